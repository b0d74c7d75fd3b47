#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/archives/archive_input.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/error.hpp"

namespace {

void readAll(const std::string& path) {
  using wsferry::archive::ArchiveErrc;
  using wsferry::archive::EntryKind;
  try {
    wsferry::archive::ArchiveReader reader(path, archiveKey);
    while (const auto entry = reader.next()) {
      std::uint64_t size = 0;
      // Some entries are left half read.
      for (std::string_view bytes = reader.read(); !bytes.empty() && size < 100000;
           bytes = reader.read()) {
        size += bytes.size();
      }
      // Nobody says how large something is that is no file, such as a link with content.
      const bool mayBeNoFile =
          entry->kind == EntryKind::other || entry->kind == EntryKind::leftover;
      require(mayBeNoFile || size <= entry->size);
    }
  } catch (const wsferry::Error& error) {
    require(error.code() == ArchiveErrc::invalidArchive || error.code() == ArchiveErrc::wrongKey);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  readAll(fileWith(data, size));
  return 0;
}
