#include "archive/check/whole_end.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/chain/encryption.hpp"
#include "archive/chain/gzip_sink.hpp"
#include "archive/checksums/kept_checksums.hpp"
#include "archive/container/entry_path.hpp"
#include "archive/container/tar_header.hpp"
#include "core/file/file_handle.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t shortestEnd = 2 * tarBlock;  // Of zeros.
constexpr std::size_t endSize = std::size_t{8} << 10;
static_assert(endSize > GzipSink::endInTheOpen + 100);

// What was read already.
class ReadBytesSource final : public ByteSource {
 public:
  explicit ReadBytesSource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view read() override {
    const std::string_view all = hasGiven_ ? std::string_view() : bytes_;
    hasGiven_ = true;
    return all;
  }

 private:
  const std::string bytes_;
  bool hasGiven_ = false;
};

std::string bytesAt(FileHandle& file, std::uint64_t place, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const std::size_t more = file.readAt(bytes.data() + have, size - have, place + have);
    if (more == 0) {
      break;
    }
    have += more;
  }
  bytes.resize(have);
  return bytes;
}

// Equal blocks encrypt equally, wherever they are: any of them can be decrypted.
std::string decryptedStart(std::string bytes, const std::string& key) {
  return std::string(
      DecryptingSource(std::make_unique<ReadBytesSource>(std::move(bytes)), key).read());
}

std::string decryptedEnd(std::string bytes, const std::string& key) {
  DecryptingSource source(std::make_unique<ReadBytesSource>(std::move(bytes)), key);
  std::string end;
  for (auto piece = source.read(); !piece.empty(); piece = source.read()) {
    end += piece;
  }
  return end;
}

// What no other program writes right before metadata.json: the last line of the checksums.
std::optional<ChecksumLine> lastChecksumLine(std::string_view tar) {
  const std::size_t size = tar.find_last_not_of('\0') + 1;
  const std::string_view text = tar.substr(0, size);
  if (!endsWith(text, "\n")) {
    return std::nullopt;
  }
  const std::string_view lines = text.substr(0, size - 1);
  ChecksumLine line = readChecksumLine(lines.substr(lines.rfind('\n') + 1));
  return line.isEnd ? std::optional(std::move(line)) : std::nullopt;
}

// An archive's last entry is metadata.json, and the end mark of the tar follows.
std::optional<WholeEnd> endOfTar(std::string_view end, bool demandsChecksums) {
  using namespace std::string_view_literals;
  constexpr std::string_view name = "metadata.json\0"sv;
  for (std::size_t at = end.size() % tarBlock; at + tarBlock <= end.size(); at += tarBlock) {
    const std::string_view header = end.substr(at);
    if (header.substr(0, name.size()) != name || !startsWithTarHeader(header)) {
      continue;
    }
    const std::uint64_t size = octalOf(header.substr(124, 11));
    const std::uint64_t blocks = (size + tarBlock - 1) / tarBlock;
    const std::uint64_t zeros = tarBlock + blocks * tarBlock;
    if (size == 0 || zeros + shortestEnd > header.size() ||
        !isZeros(header.substr(static_cast<std::size_t>(zeros)))) {
      continue;
    }
    const auto checksums = lastChecksumLine(end.substr(0, at));
    if (checksums || !demandsChecksums) {
      return WholeEnd{std::string(header.substr(tarBlock, static_cast<std::size_t>(size))),
                      checksums ? checksums->losses : NotedLosses(),
                      checksums ? checksums->confirmed : std::string()};
    }
  }
  return std::nullopt;
}

// See GzipCompressor::finish().
std::optional<WholeEnd> endOfGzip(std::string_view end) {
  using namespace std::string_view_literals;
  constexpr std::size_t trailer = 8;
  constexpr std::size_t stored = GzipSink::endInTheOpen;
  constexpr std::string_view header = "\x01\x00\x10\xFF\xEF"sv;
  static_assert(stored == 0x1000);
  if (end.size() < header.size() + stored + trailer) {
    return std::nullopt;
  }
  end = end.substr(end.size() - header.size() - stored - trailer);
  return end.substr(0, header.size()) == header ? endOfTar(end.substr(header.size(), stored), false)
                                                : std::nullopt;
}

std::optional<WholeEnd> endOfFile(const std::string& path, const std::string& key) {
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), path);
  struct stat information {};
  if (!file.isOpen() || ::fstat(file.descriptor(), &information) != 0 ||
      !S_ISREG(information.st_mode)) {
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(information.st_size);
  const auto last = static_cast<std::size_t>(std::min<std::uint64_t>(size, endSize));
  std::string start = bytesAt(file, 0, 2 * tarBlock);
  std::string end = bytesAt(file, size - last, last);
  if (!startsWithGzipHeader(start) && !startsWithTarHeader(start)) {
    if (key.empty() || size % 16 != 0) {
      return std::nullopt;
    }
    start = decryptedStart(std::move(start), key);
    end = decryptedEnd(std::move(end), key);
  }
  if (startsWithGzipHeader(start)) {
    return endOfGzip(end);
  }
  return startsWithTarHeader(start) ? endOfTar(end, true) : std::nullopt;
}

std::string checksumPart(std::size_t number) {
  char name[40];
  std::snprintf(name, sizeof name, "checksums_%05zu.jsonl", number);
  return name;
}

// An upload that lost them cannot be imported.
bool hasMetadata(const fs::path& folder, const std::string& path) {
  if (describeEntry(path).kind != EntryKind::asset) {
    return true;
  }
  std::error_code error;
  const std::string name = fs::path(path).filename().string();
  return fs::is_regular_file(
      fs::symlink_status(folder / "assets/metadata" / (name + ".json"), error));
}

// As no other file of it is read through one.
bool hasLinkedRoom(const fs::path& folder) {
  std::error_code error;
  for (const char* room : {"assets", "assets/uploads", "assets/metadata", "checksums", "schemas",
                           "entities", "links", "configuration"}) {
    if (fs::is_symlink(fs::symlink_status(folder / room, error))) {
      return true;
    }
  }
  return false;
}

// A folder gets its name when all is in it: what is missing now was removed or cut off since.
bool isWholeFolder(const fs::path& folder, KeptChecksums& checksums) {
  std::error_code error;
  if (fs::file_size(folder / "metadata.json", error) == 0 || error || hasLinkedRoom(folder)) {
    return false;
  }
  bool hasFiles = true;
  const auto look = [&](const FileChecksum& file) {
    const fs::path at = folder / file.path;
    hasFiles = hasFiles && fs::is_regular_file(fs::symlink_status(at, error)) &&
               fs::file_size(at, error) == file.size && hasMetadata(folder, file.path);
  };
  std::size_t parts = 0;
  for (fs::directory_iterator at(folder / "checksums", error), none; !error && at != none;
       at.increment(error)) {
    ++parts;
    FileHandle file(::open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
                    at->path());
    if (!file.isOpen()) {
      return false;
    }
    std::string buffer(std::size_t{64} << 10, '\0');
    const auto read = [&file, &buffer] {
      return std::string_view(buffer.data(), file.read(buffer.data(), buffer.size()));
    };
    const KeptChecksums::Part part = checksums.read(read, look);
    if (!hasFiles || !part.hasAny || part.badLine > 0) {
      return false;
    }
  }
  return !checksums.empty() && checksums.end() != KeptChecksums::End::missing && !error &&
         fs::exists(folder / "checksums" / checksumPart(parts), error);
}

std::optional<WholeEnd> endOfFolder(const fs::path& folder) {
  const fs::path path = folder / "metadata.json";
  FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), path);
  KeptChecksums checksums;
  if (!file.isOpen() || !isWholeFolder(folder, checksums)) {
    return std::nullopt;
  }
  return WholeEnd{bytesAt(file, 0, endSize), checksums.losses(), checksums.confirmed()};
}

}  // namespace

bool hasWholeEnd(const std::string& path, const std::string& key) noexcept {
  return readWholeEnd(path, key).has_value();
}

std::optional<WholeEnd> readWholeEnd(const std::string& path, const std::string& key) noexcept {
  try {
    std::error_code error;
    return fs::is_directory(path, error) ? endOfFolder(path) : endOfFile(path, key);
  } catch (const std::exception&) {  // Who reads all of it hears of it.
    return std::nullopt;
  }
}

}  // namespace wsferry::archive
