#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// Without a key: deriving one takes so long that nothing would be tried.
void readAll(const std::string& path) {
  using wsferry::Errc;
  try {
    wsferry::archive::ArchiveReader reader(path);
    while (const auto entry = reader.next()) {
      std::uint64_t size = 0;
      // Some entries are left half read.
      for (std::string_view bytes = reader.read(); !bytes.empty() && size < 100000;
           bytes = reader.read()) {
        size += bytes.size();
      }
      require(size <= entry->size);
    }
  } catch (const wsferry::Error& error) {
    require(error.code() == Errc::invalidArchive || error.code() == Errc::keyRequired);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("archive", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  require(ftruncate(file, 0) == 0);
  require(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  readAll(path);
  return 0;
}
