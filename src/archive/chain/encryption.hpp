#pragma once

#include <memory>
#include <string>

#include "archive/chain/byte_sink.hpp"
#include "archive/chain/byte_source.hpp"

namespace wsferry::archive {

/// Encrypts as `strapi export --encrypt` does (protocol section 8).
class EncryptingSink final : public ByteSink {
 public:
  EncryptingSink(ByteSink& next, const std::string& passphrase);
  ~EncryptingSink() override;

  void write(std::string_view bytes) override;
  void finish() override;

 private:
  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  ByteSink& next_;
  std::string buffer_;
};

/// Undoes EncryptingSink. There is no authentication in the format: only a wrong end is noticed.
class DecryptingSource final : public ByteSource {
 public:
  DecryptingSource(std::unique_ptr<ByteSource> source, const std::string& passphrase);
  ~DecryptingSource() override;

  /// @throws Error when the last block has no proper padding: invalidArchive where bytes came
  /// before, by which the caller has judged the key; else wrongKey.
  std::string_view read() override;

 private:
  [[noreturn]] void throwWrongEnd() const;

  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  std::unique_ptr<ByteSource> source_;
  std::string buffer_;
  bool hasDecrypted_ = false;
  bool ended_ = false;
};

}  // namespace wsferry::archive
