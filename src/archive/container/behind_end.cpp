#include "archive/container/behind_end.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#include "archive/container/entry_path.hpp"
#include "archive/container/tar_header.hpp"

namespace wsferry::archive {
namespace {

// What is seen of a tar from its first header on: enough for the names before it that are too long
// for a header, and, compressed, for a name in the gzip header.
constexpr std::size_t seenAhead = std::size_t{16} << 10;
constexpr std::size_t searchedAtOnce = 4 * seenAhead;
static_assert(searchedAtOnce % tarBlock == 0);

// So that bytes which were made to look like headers do not take forever.
constexpr unsigned mostTrials = 100'000;

constexpr std::string_view tarMagic = "ustar";
constexpr std::size_t tarMagicAt = 257;
constexpr std::string_view gzipMagicOfMember = "\x1F\x8B\x08";

std::string_view headerText(std::string_view header, std::size_t at, std::size_t size) {
  const std::string_view field = header.substr(at, size);
  return field.substr(0, field.find('\0'));
}

std::string headerName(std::string_view header) {
  const bool hasPrefix = header.substr(tarMagicAt, 6) == std::string_view("ustar\0", 6);
  const std::string_view prefix = hasPrefix ? headerText(header, 345, 155) : std::string_view();
  const std::string_view name = headerText(header, 0, 100);
  return normalizedPath(prefix.empty() ? std::string(name)
                                       : std::string(prefix) + "/" + std::string(name));
}

// What describes the entry that follows, or all of them.
bool describesOthers(std::string_view header) {
  return std::string_view("xgLK").find(header[156]) != std::string_view::npos;
}

// Empty for what is no tar.
std::string firstEntryOf(std::string_view tar) {
  std::string name;
  while (startsWithTarHeader(tar)) {
    name = headerName(tar);
    name = name.empty() ? "without a name" : name;
    const std::uint64_t size = octalOf(tar.substr(124, 12));
    if (!describesOthers(tar) || size > seenAhead) {
      break;
    }
    const auto blocks = static_cast<std::size_t>((size + tarBlock - 1) / tarBlock);
    tar.remove_prefix(std::min(tar.size(), tarBlock + blocks * tarBlock));
  }
  return name;
}

// The first bytes of what is compressed; empty for what is no gzip.
std::string inflatedStart(std::string_view gzip) {
  constexpr int gzipWindow = 15 + 16;
  z_stream stream{};
  if (inflateInit2(&stream, gzipWindow) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string start(4 * tarBlock, '\0');
  // The library does not write through the pointer.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(gzip.data()));
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(start.data());
  stream.avail_out = static_cast<uInt>(start.size());
  inflate(&stream, Z_SYNC_FLUSH);  // An error shows in what is missing.
  start.resize(start.size() - stream.avail_out);
  inflateEnd(&stream);
  return start;
}

// Where the next header may be, from `at` on.
std::size_t blockFrom(std::string_view /*bytes*/, std::size_t at) {
  return (at + tarBlock - 1) / tarBlock * tarBlock;  // Old ones have no magic.
}

std::size_t magicFrom(std::string_view bytes, std::size_t at) {
  const std::size_t found = bytes.find(tarMagic, at + tarMagicAt);
  return found == std::string_view::npos ? found : found - tarMagicAt;
}

std::size_t gzipFrom(std::string_view bytes, std::size_t at) {
  return bytes.find(gzipMagicOfMember, at);
}

}  // namespace

void BehindEnd::add(std::string_view bytes) {
  bytes_ += bytes.size() - static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\0'));
  while (!bytes.empty() && entry_.empty()) {
    const auto piece = bytes.substr(0, searchedAtOnce + seenAhead - pending_.size());
    pending_ += piece;
    bytes.remove_prefix(piece.size());
    if (pending_.size() == searchedAtOnce + seenAhead) {
      search(searchedAtOnce);
    }
  }
}

void BehindEnd::finish() {
  if (entry_.empty()) {
    search(pending_.size());
  }
}

// Another archive may begin anywhere: after the padding of an encrypted one that was decrypted with
// it, for example.
void BehindEnd::search(std::size_t end) {
  const std::string_view bytes = pending_;
  std::size_t first = end;
  for (const auto from : {blockFrom, magicFrom, gzipFrom}) {
    for (std::size_t at = from(bytes, 0); at < first; at = from(bytes, at + 1)) {
      const bool isGzip = from == gzipFrom;
      if ((isGzip || from == magicFrom) && ++trials_ > mostTrials) {
        break;
      }
      const std::string_view rest = bytes.substr(at, seenAhead);
      std::string name = isGzip ? firstEntryOf(inflatedStart(rest)) : firstEntryOf(rest);
      if (!name.empty()) {
        first = at;
        entry_ = std::move(name);
      }
    }
  }
  pending_.erase(0, end);
}

}  // namespace wsferry::archive
