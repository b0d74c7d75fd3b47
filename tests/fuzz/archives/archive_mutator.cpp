// Changes archives where they mean something. libFuzzer's own changes end at the first checksum: of
// a tar's headers, of gzip, or where encryption makes noise of them. So the tar is taken out of its
// wrapping, changed in its entries, and wrapped again with all sums right.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "archive/chain/encryption.hpp"
#include "archive/container/tar_header.hpp"
#include "fuzz/archives/archive_input.hpp"
#include "support/archive_tar_bytes.hpp"
#include "wsferry/core/error.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);

namespace {

using namespace wsferry::archive;

constexpr std::size_t blockSize = 512;
constexpr std::size_t largestTar = 256 * 1024;

struct Member {
  std::string header;
  std::string content;
};

struct Archive {
  bool encrypted = false;
  bool compressed = false;
  std::vector<Member> members;
  std::string rest;  ///< Behind the last entry: the end mark.
};

// --- unwrapping and wrapping ------------------------------------------------------------------

class Bytes final : public ByteSource {
 public:
  explicit Bytes(const std::string& bytes) : bytes_(bytes) {}
  std::string_view read() override {
    return std::exchange(wasRead_, true) ? std::string_view() : bytes_;
  }

 private:
  std::string_view bytes_;
  bool wasRead_ = false;
};

class Collector final : public ByteSink {
 public:
  void write(std::string_view piece) override { collected.append(piece); }
  void finish() override {}
  std::string collected;
};

std::optional<std::string> decrypted(const std::string& bytes) {
  if (bytes.empty() || bytes.size() % 16 != 0) {
    return std::nullopt;
  }
  try {
    DecryptingSource source(std::make_unique<Bytes>(bytes), archiveKey);
    std::string result;
    for (auto piece = source.read(); !piece.empty(); piece = source.read()) {
      result.append(piece);
    }
    return result;
  } catch (const wsferry::Error&) {
    return std::nullopt;
  }
}

std::string encrypted(const std::string& bytes) {
  Collector collector;
  EncryptingSink sink(collector, archiveKey);
  sink.write(bytes);
  sink.finish();
  return collector.collected;
}

std::string inflated(const std::string& bytes) {
  std::string result(largestTar, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  inflate(&stream, Z_FINISH);
  result.resize(result.size() - stream.avail_out);
  inflateEnd(&stream);
  return result;
}

std::size_t octal(std::string_view field) {
  std::size_t value = 0;
  for (const char c : field.substr(0, field.find_first_not_of("01234567"))) {
    value = value * 8 + static_cast<std::size_t>(c - '0');
  }
  return value;
}

void splitTar(const std::string& tar, Archive& archive) {
  std::size_t at = 0;
  while (tar.size() - at >= blockSize && tar[at] != '\0') {
    Member member{tar.substr(at, blockSize), {}};
    at += blockSize;
    const std::size_t size = std::min(octal(member.header.substr(124, 11)), tar.size() - at);
    member.content = tar.substr(at, size);
    at = std::min(at + support::padded(member.content).size(), tar.size());
    archive.members.push_back(std::move(member));
  }
  archive.rest = tar.substr(at);
}

Archive unwrap(std::string bytes) {
  Archive archive;
  if (!startsWithGzipHeader(bytes) && !startsWithTarHeader(bytes)) {
    if (auto inner = decrypted(bytes)) {
      archive.encrypted = true;
      bytes = *std::move(inner);
    }
  }
  if (startsWithGzipHeader(bytes)) {
    archive.compressed = true;
    bytes = inflated(bytes);
  }
  splitTar(bytes, archive);
  return archive;
}

void put(std::string& header, std::size_t offset, std::size_t size, std::string text) {
  text.resize(size, '\0');
  header.replace(offset, size, text);
}

void putSize(Member& member) {
  char size[16];
  std::snprintf(size, sizeof size, "%011zo", member.content.size() & 077777777777);
  put(member.header, 124, 12, size);
}

void putChecksum(std::string& header) {
  put(header, 148, 8, "        ");
  unsigned sum = 0;
  for (const char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  header.replace(148, 7, std::string(text, 7));
}

std::string wrap(const Archive& archive) {
  std::string bytes;
  for (Member member : archive.members) {
    putChecksum(member.header);
    bytes += member.header + support::padded(member.content);
  }
  bytes += archive.rest;
  bytes = archive.compressed ? support::gzipped(bytes) : bytes;
  return archive.encrypted ? encrypted(bytes) : bytes;
}

// --- changing ---------------------------------------------------------------------------------

std::string changed(std::string text, std::size_t longest) {
  const std::size_t size = std::min(text.size(), longest);
  text.resize(longest);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, longest));
  return text;
}

const char* const names[] = {"metadata.json",
                             "schemas/schemas_00001.jsonl",
                             "entities/entities_00001.jsonl",
                             "entities/entities_00002.jsonl",
                             "links/links_00001.jsonl",
                             "configuration/configuration_00001.jsonl",
                             "assets/uploads/pic_1.png",
                             "assets/metadata/pic_1.png.json",
                             "assets/uploads/../x",
                             "assets\\uploads\\empty",
                             "./entities/entities_00001.jsonl",
                             "/metadata.json",
                             "export/metadata.json",
                             "entities/",
                             "._metadata.json",
                             "assets/uploads/a\xCC\x81.png",
                             ""};

class Change {
 public:
  Change(Archive& archive, unsigned seed) : archive_(archive), random_(seed) {}

  void make() {
    if (archive_.members.empty()) {
      archive_.rest = changed(archive_.rest, archive_.rest.size() + 64);
      return;
    }
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
      case 3:
        some().content =
            changed(some().content, std::min<std::size_t>(4096, some().content.size() + 64));
        return putSize(some());
      case 4:
        return put(some().header, 0, 100, changed(name(), 100));
      case 5:
        return put(some().header, 0, 100, names[below(std::size(names))]);
      case 6:
        some().header[156] = std::string_view(
            "0\0"
            "1235gxLKSVMA7",
            15)[below(15)];
        return;
      case 7:
        return insert(some());
      case 8:
        some();
        archive_.members.erase(archive_.members.begin() + static_cast<std::ptrdiff_t>(place_));
        return;
      case 9:
        return std::swap(some(), archive_.members[below(archive_.members.size())]);
      case 10:
        return insert(extension());
      case 11:
        some().header = changed(some().header, blockSize);
        some().header.resize(blockSize);
        return;
      case 12:
        return changeEnd();
      default:
        return rewrap();
    }
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  // One entry for the whole change.
  Member& some() {
    if (!isChosen_) {
      place_ = below(archive_.members.size());
      isChosen_ = true;
    }
    return archive_.members[place_];
  }

  std::string name() {
    const std::string field = some().header.substr(0, 100);
    return field.substr(0, field.find('\0'));
  }

  void insert(Member member) {
    some();
    archive_.members.insert(archive_.members.begin() + static_cast<std::ptrdiff_t>(place_),
                            std::move(member));
  }

  // A header that says more about the entry behind it, as pax or GNU tar write it.
  Member extension() {
    Member member{some().header, {}};
    const bool isPax = below(2) == 0;
    member.header[156] = isPax ? "xg"[below(2)] : "LK"[below(2)];
    const std::string value = below(2) == 0 ? names[below(std::size(names))] : changed(name(), 300);
    static const char* const keys[] = {"path", "size", "linkpath", "GNU.sparse.major",
                                       "hdrcharset"};
    member.content = isPax ? support::paxRecord(keys[below(std::size(keys))], value) : value + '\0';
    putSize(member);
    return member;
  }

  void changeEnd() {
    if (below(2) == 0) {
      archive_.rest.resize(below(3) * blockSize);
    } else {
      archive_.rest += changed(archive_.rest, blockSize);
    }
  }

  void rewrap() {
    archive_.compressed = below(2) == 0;
    archive_.encrypted = below(4) == 0;
  }

  Archive& archive_;
  std::minstd_rand random_;
  std::size_t place_ = 0;
  bool isChosen_ = false;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t maxSize, unsigned seed) {
  // Now and then without knowing anything.
  if (seed % 16 == 0) {
    return LLVMFuzzerMutate(data, size, maxSize);
  }
  Archive archive = unwrap(std::string(reinterpret_cast<const char*>(data), size));
  Change(archive, seed).make();
  const std::string bytes = wrap(archive);
  if (bytes.empty() || bytes.size() > maxSize) {
    return LLVMFuzzerMutate(data, size, maxSize);
  }
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}
