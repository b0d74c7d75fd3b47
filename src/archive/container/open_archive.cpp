#include "archive/container/open_archive.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <initializer_list>

#include "archive/bounded/line_splitter.hpp"
#include "archive/chain/encryption.hpp"
#include "archive/chain/gunzip_source.hpp"
#include "archive/container/tar_header.hpp"
#include "archive/file/file_source.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

// Of the encrypted container that newer versions of Strapi write.
constexpr std::string_view newerMagic = "STRAPIEX";
constexpr std::size_t encryptedBlockSize = 16;

// A source whose first bytes can be looked at.
class PeekedSource final : public ByteSource {
 public:
  explicit PeekedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
    first_ = source_->read();
  }

  std::string_view first() const { return first_; }

  std::string_view read() override {
    if (isFirst_) {
      isFirst_ = false;
      return first_;
    }
    return source_->read();
  }

  std::uint64_t skip(std::uint64_t count) override { return isFirst_ ? 0 : source_->skip(count); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string_view first_;
  bool isFirst_ = true;
};

bool isPageStart(std::string_view bytes) {
  bytes = withoutByteOrderMark(bytes);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  for (const std::string_view start : {"<!doctype html", "<html"}) {
    const auto equals = [](char left, char right) {
      return (left >= 'A' && left <= 'Z' ? left + ('a' - 'A') : left) == right;
    };
    if (bytes.size() >= start.size() &&
        std::equal(start.begin(), start.end(), bytes.begin(),
                   [&equals](char right, char left) { return equals(left, right); })) {
      return true;
    }
  }
  return false;
}

// What people take for an archive, by its first bytes, with what to do; empty for what is unknown.
std::string otherKindOf(std::string_view bytes) {
  struct Kind {
    std::string_view magic;
    const char* text;
  };
  static constexpr Kind kinds[] = {
      {"PK\x03\x04", "it is a zip archive: unzip it, and give the folder"},
      {{"\xFD"
        "7zXZ\0",
        6},
       "it is compressed with xz: unpack it with `xz -d` first"},
      {"BZh", "it is compressed with bzip2: unpack it with `bzip2 -d` first"},
      {"\x28\xB5\x2F\xFD", "it is compressed with zstd: unpack it with `zstd -d` first"},
      {"7z\xBC\xAF\x27\x1C", "it is a 7z archive: unpack it, and give the folder"},
      {"Rar!\x1A\x07", "it is a RAR archive: unpack it, and give the folder"},
      {"age-encryption.org/", "it is encrypted with age: decrypt it with `age -d` first"},
      {{"SQLite format 3\0", 16}, "it is an SQLite database, not an export of one"}};
  for (const Kind& kind : kinds) {
    if (bytes.substr(0, kind.magic.size()) == kind.magic) {
      return kind.text;
    }
  }
  return isPageStart(bytes)
             ? "it is an HTML page, such as an error page saved instead of the download"
             : "";
}

void refuseOtherKind(std::string_view bytes) {
  const std::string other = otherKindOf(bytes);
  if (!other.empty()) {
    throw Error(ArchiveErrc::invalidArchive, other);
  }
}

bool startsWithArchive(std::string_view bytes) {
  return startsWithGzipHeader(bytes) || startsWithTarHeader(bytes);
}

// One that was cut short may have any length.
bool hasLengthOfEncrypted(const std::string& path) {
  struct stat information {};
  const bool isFile = ::stat(path.c_str(), &information) == 0 && S_ISREG(information.st_mode);
  return !isFile || information.st_size % off_t{encryptedBlockSize} == 0;
}

[[noreturn]] void throwNoArchive() {
  throw Error(ArchiveErrc::invalidArchive,
              "it is not an archive: neither tar nor gzip, nor a complete encrypted file");
}

std::unique_ptr<PeekedSource> decrypt(const std::string& path, const std::string& key,
                                      std::unique_ptr<PeekedSource> source) {
  const bool mayBeWhole = !source->first().empty() && hasLengthOfEncrypted(path);
  const bool mayBeCut = source->first().size() >= encryptedBlockSize && !key.empty();
  if (!mayBeWhole && !mayBeCut) {
    throwNoArchive();
  }
  if (key.empty()) {
    if (endsWith(path, ".enc")) {
      throw Error(ArchiveErrc::keyRequired, path + " is encrypted: give its key");
    }
    throw Error(
        ArchiveErrc::invalidArchive,
        "it is neither tar nor gzip: damaged, or not an archive. If it is encrypted, give its key");
  }
  auto decrypted =
      std::make_unique<PeekedSource>(std::make_unique<DecryptingSource>(std::move(source), key));
  if (!startsWithArchive(decrypted->first())) {
    if (!mayBeWhole) {
      throwNoArchive();
    }
    throw Error(ArchiveErrc::wrongKey, "wrong key or damaged file");
  }
  return decrypted;
}

OpenedArchive recognize(const std::string& path, const std::string& key) {
  OpenedArchive opened;
  opened.format.compressed = false;
  auto source = std::make_unique<PeekedSource>(std::make_unique<FileSource>(path));
  if (source->first().substr(0, newerMagic.size()) == newerMagic) {
    throw Error(ArchiveErrc::invalidArchive,
                "it is encrypted in a newer way (STRAPIEX) that this version cannot read; export "
                "again without encryption");
  }
  if (!startsWithArchive(source->first())) {
    refuseOtherKind(source->first());
    source = decrypt(path, key, std::move(source));
    opened.format.encrypted = true;
  }
  if (startsWithGzipHeader(source->first())) {
    opened.format.compressed = true;
    opened.behindData = std::make_unique<BehindEnd>();
    source = std::make_unique<PeekedSource>(std::make_unique<GunzipSource>(
        std::move(source),
        [behind = opened.behindData.get()](std::string_view bytes) { behind->add(bytes); }));
    if (!startsWithTarHeader(source->first())) {
      refuseOtherKind(source->first());
      throw Error(ArchiveErrc::invalidArchive, "it holds compressed data that are not a tar");
    }
  }
  opened.tar = std::move(source);
  return opened;
}

}  // namespace

OpenedArchive openArchive(const std::string& path, const std::string& key) {
  try {
    return recognize(path, key);
  } catch (const Error& error) {
    if (error.code() != ArchiveErrc::invalidArchive && error.code() != ArchiveErrc::wrongKey) {
      throw;
    }
    throw error.withMessage("cannot read " + path + ": " + error.info().message);
  }
}

}  // namespace wsferry::archive
