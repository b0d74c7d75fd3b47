// Stands in for OpenSSL's function in the fuzz targets: deriving a key as archives want it takes so
// long that nothing would be tried. What encrypts and what decrypts both call this one.
#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" int EVP_PBE_scrypt(const char* passphrase, std::size_t size, const unsigned char*,
                              std::size_t, std::uint64_t, std::uint64_t, std::uint64_t,
                              std::uint64_t, unsigned char* key, std::size_t keySize) {
  std::memset(key, 'k', keySize);
  std::memcpy(key, passphrase, size < keySize ? size : keySize);
  return 1;
}
