#include "wsferry/archive/earlier_archive.hpp"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "archive/bounded/line_splitter.hpp"
#include "archive/checksums/kept_checksums.hpp"
#include "archive/file/file_state.hpp"
#include "archive/text/created_at.hpp"
#include "core/file/file_error.hpp"
#include "core/file/file_handle.hpp"
#include "core/file/spool.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

constexpr std::size_t fileMemory = std::size_t{4} << 20;

/// What the first pass found out.
struct Survey {
  KeptChecksums checksums;
  bool hasRecords = false;  ///< That are as they were.
  std::uint64_t files = 0;
  std::uint64_t wanted = 0;  ///< At most.
  std::string createdAt;     ///< Of the archive's metadata, if they were there.
  bool isWhole = false;
  std::string damage;  ///< Of an archive that is not.
};

/// What the second pass wanted, and did not take.
struct Passed {
  std::uint64_t wanted = 0;
  std::uint64_t damaged = 0;
  std::uint64_t unverified = 0;
  std::string firstDamaged;
};

void requireReadable(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), path);
  if (!file.isOpen()) {
    throwFileError("open", path, errno);
  }
  (void)fileStateOf(path);  // Refuses what gives its bytes only once.
}

}  // namespace

class EarlierArchive::Impl {
 public:
  explicit Impl(EarlierArchiveOptions options) : options_(std::move(options)) {
    requireReadable(options_.path);
    budget_.limit = fileMemory;
  }

  void offer(strapi::WantedFiles& wanted) {
    hasWantedFailed_ = false;
    damage_.clear();
    Survey survey;
    reading(survey.damage, [&] { look(survey, wanted); });
    Passed passed;
    std::string damage;
    if (survey.wanted > 0) {
      reading(damage, [&] { give(survey, wanted, passed); });
    }
    if (damage_.empty() && passed.damaged > 0) {
      damage_ = passed.firstDamaged + " does not match its checksum";
    }
    tell(survey, passed, damage);
  }

  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

  const std::string& damage() const { return damage_; }

 private:
  /// What an archive is wrong in ends the reading of it, and nothing else.
  template <typename Read>
  void reading(std::string& damage, Read read) {
    try {
      read();
    } catch (const Error& error) {
      if (hasWantedFailed_ || error.code() == Errc::cancelled) {
        throw;
      }
      damage = error.info().message;
      if (error.code() == ArchiveErrc::invalidArchive) {  // And not a key that is wrong.
        damage_ = damage;
      }
    }
  }

  /// A call of what wants the files. What it throws is not the archive's fault.
  template <typename Call>
  auto ask(Call call) {
    try {
      return call();
    } catch (...) {
      hasWantedFailed_ = true;
      throw;
    }
  }

  void look(Survey& survey, strapi::WantedFiles& wanted) {
    ArchiveReader reader(options_.path, options_.key, &cancelled_);
    bool isInOrder = true;  // As we and Strapi store them; a tar that was packed anew may not be.
    while (const auto entry = reader.next()) {
      if (entry->kind == EntryKind::records && entry->stage == TransferStage::entities) {
        isInOrder = isInOrder && survey.files == 0;
        readRecords(reader, survey, wanted);
      } else if (entry->kind == EntryKind::checksums) {
        // The last part may be missing: what has a checksum is as good for that.
        survey.checksums.read([&reader] { return reader.read(); }, [](const FileChecksum&) {});
      } else if (entry->kind == EntryKind::metadata) {
        survey.createdAt = createdAtOf(reader.readAll());
      } else if (entry->kind == EntryKind::asset) {
        ++survey.files;
        survey.wanted += isWanted(*entry, wanted) ? 1 : 0;
      }
    }
    survey.wanted = isInOrder ? survey.wanted : survey.files;
    survey.isWhole = true;
  }

  bool isWanted(const Entry& file, strapi::WantedFiles& wanted) {
    return ask([&] { return wanted.wants(file.filename, file.size); });
  }

  void readRecords(ArchiveReader& reader, Survey& survey, strapi::WantedFiles& wanted) {
    LineSplitter lines([&reader] { return reader.read(); });
    for (std::string_view line; lines.next(line);) {
      if (line.find(strapi::uploadFile) == std::string_view::npos) {
        continue;  // Most are no files, and need not be read.
      }
      const strapi::EntityView* record = look(line);
      if (record != nullptr && record->type == strapi::uploadFile &&
          ask([&] { return wanted.earlierRecord(*record); })) {
        survey.hasRecords = true;
      }
    }
  }

  // Nothing for a record that is damaged: no file of it is taken.
  const strapi::EntityView* look(std::string_view line) {
    try {
      return &records_.look(TransferStage::entities, line).entity;
    } catch (const Error&) {
      return nullptr;
    }
  }

  void give(const Survey& survey, strapi::WantedFiles& wanted, Passed& passed) {
    ArchiveReader reader(options_.path, options_.key, &cancelled_);
    // Its own files may be older than it is. Those of an export by Strapi are not.
    ask([&] {
      wanted.earlierBegan(survey.checksums.empty() ? survey.createdAt
                                                   : survey.checksums.confirmed());
    });
    const bool isFolder = reader.format().container == Container::directory;
    for (std::uint64_t left = survey.wanted; left > 0;) {
      const auto entry = reader.next();
      if (!entry) {
        return;
      }
      if (entry->kind != EntryKind::asset || !isWanted(*entry, wanted)) {
        continue;
      }
      --left;
      ++passed.wanted;
      const bool isVerifiable =
          survey.checksums.has(entry->path) ||
          (survey.checksums.empty() && survey.isWhole && !options_.isUnfinished);
      if (!isVerifiable) {
        ++passed.unverified;
        continue;
      }
      strapi::EarlierFile file{entry->filename, entry->size, {}, {}};
      // A file whose writer was killed may not be on the disk yet: it is not shared.
      if (isFolder && !options_.isUnfinished) {
        file.path = options_.path + "/" + reader.leadingFolder() + entry->path;
      }
      if (!giveFile(file, reader, survey.checksums, wanted)) {
        passed.firstDamaged = passed.damaged++ == 0 ? file.name : passed.firstDamaged;
      }
    }
  }

  // False for a file that is not what was stored.
  bool giveFile(strapi::EarlierFile file, ArchiveReader& reader, const KeptChecksums& checksums,
                strapi::WantedFiles& wanted) {
    Spool bytes(budget_, temporaryFolder());
    Sha256 hash;
    for (auto piece = reader.read(); !piece.empty(); piece = reader.read()) {
      hash.update(piece);
      bytes.write(piece);
    }
    file.sha256 = hash.hex();
    if (bytes.size() != file.size ||
        checksums.judge(uploadPath(file.name), bytes.size(), file.sha256) ==
            KeptChecksums::Verdict::other) {
      return false;
    }
    std::uint64_t place = 0;
    const auto read = [&bytes, &place] {
      const std::string_view piece =
          place < bytes.size() ? bytes.readAt(place, bytes.size() - place) : std::string_view();
      place += piece.size();
      return piece;
    };
    ask([&] { wanted.take(file, read); });
    return true;
  }

  void tell(const Survey& survey, const Passed& passed, const std::string& damage) const {
    if (!survey.damage.empty() || !damage.empty()) {
      tell("cannot be read to its end, so missing files are fetched: " +
           (damage.empty() ? survey.damage : damage));
    } else if (survey.files > 0 && !survey.hasRecords) {
      tell("has no file that matches a record of the server; is it from this server?");
    }
    if (passed.unverified > 0) {
      tell("has no checksum of " + counted(passed.unverified, "file", "files") + ", and " +
           std::string(formOf(passed.unverified, "it is", "they are")) + " fetched");
    }
    if (passed.damaged > 0) {
      tell("has " + counted(passed.damaged, "file", "files") +
           " whose bytes are not those of the checksum, and " +
           std::string(formOf(passed.damaged, "it is", "they are")) +
           " fetched: " + passed.firstDamaged + (passed.damaged > 1 ? ", ..." : ""));
    }
  }

  void tell(const std::string& what) const {
    if (options_.onDiagnostic) {
      strapi::Diagnostic diagnostic;
      diagnostic.kind = "warning";
      diagnostic.message = options_.path + " " + what;
      options_.onDiagnostic(diagnostic);
    }
  }

  const EarlierArchiveOptions options_;
  std::atomic<bool> cancelled_{false};
  SpoolBudget budget_;
  strapi::RecordReader records_;
  bool hasWantedFailed_ = false;  ///< And not the archive.
  std::string damage_;            ///< Of the archive, by this pass.
};

EarlierArchive::EarlierArchive(EarlierArchiveOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

EarlierArchive::~EarlierArchive() = default;

void EarlierArchive::offer(strapi::WantedFiles& wanted) {
  impl_->offer(wanted);
}

void EarlierArchive::cancel() noexcept {
  impl_->cancel();
}

std::string EarlierArchive::damage() const {
  return impl_->damage();
}

}  // namespace wsferry::archive
