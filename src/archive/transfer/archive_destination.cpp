#include "wsferry/archive/archive_destination.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <exception>
#include <filesystem>
#include <utility>

#include "archive/check/record_shape.hpp"
#include "archive/container/directory_tree_writer.hpp"
#include "archive/container/tar_tree_writer.hpp"
#include "archive/file/part_names.hpp"
#include "archive/findings/findings.hpp"
#include "archive/transfer/asset_writer.hpp"
#include "archive/transfer/checked_records.hpp"
#include "core/file/file_error.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/iso_time.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

constexpr std::size_t longestUploadName = 255;
constexpr std::size_t metadataExtension = 5;  // .json

void checkFormat(const ArchiveDestinationOptions& options) {
  const ArchiveFormat& format = options.format;
  if (format.container == Container::directory && (format.compressed || format.encrypted)) {
    throw Error(Errc::invalidOption,
                "an export into a folder can be neither compressed nor encrypted; make a tar")
        .ofOption("format");
  }
  if (format.container == Container::directory && options.path == "-") {
    throw Error(Errc::invalidOption, "a folder cannot be written to standard output; make a tar")
        .ofOption("path");
  }
  if (format.encrypted && options.key.empty()) {
    throw Error(ArchiveErrc::keyRequired, "an encrypted archive needs a key");
  }
  if (options.path.empty()) {
    throw Error(Errc::invalidOption, "the archive has no path").ofOption("path");
  }
  if (options.keepUnfinished && options.path == "-") {
    throw Error(Errc::invalidOption,
                "what was written to standard output cannot be kept for another attempt")
        .ofOption("path");
  }
  if (endsWith(options.path, ".enc") && !format.encrypted) {
    throw Error(Errc::invalidOption, options.path +
                                         " is the name of an encrypted archive, but everybody "
                                         "could read this one: encrypt it, or give another name")
        .ofOption("path");
  }
}

// Early, so that nobody waits for a transfer that cannot be stored. Moving into place checks again.
void checkTarget(const ArchiveDestinationOptions& options) {
  requireOutsideExport(options.path);
  struct stat information {};
  if (::lstat(options.path.c_str(), &information) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) {
      throwFileError("create", options.path, errno);
    }
    return;
  }
  std::error_code isNone;  // Such as a link that leads to itself.
  const bool isFolder = std::filesystem::is_directory(options.path, isNone);
  const bool wantsFolder = options.format.container == Container::directory;
  // First what overwriting does not change, so that nobody is told to try that.
  if (isFolder && !wantsFolder) {
    throw Error(Errc::invalidOption, options.path +
                                         " is a folder: give the name of a file in it, such as " +
                                         options.path + "/export" + options.format.extension())
        .ofOption("path");
  }
  if (isFolder) {
    requireExportFolder(options.path);
  }
  if (!options.overwrite) {
    throwFileExists(options.path);
  }
  if (wantsFolder ? !isFolder : !S_ISREG(information.st_mode)) {
    throw Error(Errc::fileFailed, "cannot replace " + options.path + ": it is not a " +
                                      (wantsFolder ? "folder" : "file"));
  }
}

// As JSON.stringify(metadata, null, 2) makes it.
std::string metadataJson(const strapi::Metadata& metadata) {
  return "{\n  \"createdAt\": " + encodeJsonString(metadata.createdAt) +
         ",\n  \"strapi\": {\n    \"version\": " + encodeJsonString(metadata.strapiVersion) +
         "\n  }\n}";
}

// By two clocks, of which one may be ahead.
std::string earlierOfNowAnd(const std::string& createdAt) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (const auto created = readIsoTime(createdAt); created && *created <= now) {
    return createdAt;
  }
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  char text[32];
  const bool isKnown = ::gmtime_r(&seconds, &parts) != nullptr &&
                       std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts) != 0;
  return isKnown ? text : std::string();
}

[[noreturn]] void throwInvalidState(const char* message) {
  throw Error(Errc::invalidState, message);
}

}  // namespace

class ArchiveDestination::Impl {
 public:
  explicit Impl(ArchiveDestinationOptions options) : options_(std::move(options)) {
    while (options_.path.size() > 1 && options_.path.back() == '/') {
      options_.path.pop_back();
    }
    checkFormat(options_);
    const bool isFolder = options_.format.container == Container::directory;
    result_.path = options_.path;
    if (options_.path != "-") {
      if (options_.overwrite) {
        options_.path = followLink(options_.path);
      }
      checkTarget(options_);
    }
    if (isFolder) {
      tree_ = std::make_unique<DirectoryTreeWriter>(options_.path);
    } else {
      tree_ = std::make_unique<TarTreeWriter>(options_);
    }
    checksums_.emplace(*tree_);
    records_.emplace(*tree_, *checksums_, options_.partSize, check_, findings_);
    assets_.emplace(*tree_, *checksums_, longestUploadName - (isFolder ? metadataExtension : 0),
                    check_, findings_, result_.notes);
  }

  void beforeTransfer(const strapi::TransferManifest& manifest) {
    metadata_ = metadataJson(manifest.metadata);
    filesAsOf_ = earlierOfNowAnd(manifest.metadata.createdAt);
    beginStage(TransferStage::schemas);
    for (const auto& schema : manifest.schemas) {
      records_->record(schema.json);
    }
    endStage();
  }

  void beginStage(TransferStage stage) {
    if (!tree_ || metadata_.empty() || stage_) {
      throwInvalidState(
          "an archive's stage begins between beforeTransfer and close, and after endStage");
    }
    stage_ = stage;
    if (stage != TransferStage::assets) {
      records_->begin(stage);
    }
  }

  strapi::RecordSink& records() {
    if (!stage_ || *stage_ == TransferStage::assets) {
      throwInvalidState("an archive takes records only in a stage of records");
    }
    return *records_;
  }

  strapi::AssetSink& assets() {
    if (stage_ != TransferStage::assets) {
      throwInvalidState("an archive takes files only in the assets stage");
    }
    return *assets_;
  }

  void endStage() {
    if (!stage_) {
      throwInvalidState("an archive's stage ends that has not begun");
    }
    if (*stage_ == TransferStage::assets) {
      assets_->endStage();
    } else {
      records_->end(result_.notes);
    }
    stage_.reset();
  }

  void close() {
    if (!tree_ || metadata_.empty() || stage_) {
      throwInvalidState("an archive closes once, after beforeTransfer and the end of its stages");
    }
    refuseUnimportable();
    checksums_->end(losses_, filesAsOf_);
    tree_->put("metadata.json", {metadata_});
    const StoredTree stored = tree_->commit(options_.path, options_.overwrite, [this] {
      if (options_.beforeNaming) {
        options_.beforeNaming(result_.path);
      }
    });
    result_.bytes = stored.bytes;
    result_.sha256 = stored.sha256;
    result_.sharedFiles = stored.sharedFiles;
    if (!stored.note.empty()) {
      result_.notes.push_back(stored.note);
    }
    discard();
  }

  void storeAs(std::string path) {
    if (!tree_ || options_.path == "-") {
      throwInvalidState("an archive gets another name before close, and not on standard output");
    }
    result_.path = path;
    options_.path = std::move(path);
  }

  void noteLosses(const NotedLosses& losses) { losses_ = losses; }
  void noteFilesAsOf(std::string time) { filesAsOf_ = std::move(time); }

  void rollback() noexcept {
    if (options_.keepUnfinished && tree_) {
      leave();
    }
    discard();
  }

  // What is not committed goes away with the tree, unless it was left.
  void discard() noexcept {
    stage_.reset();
    assets_.reset();
    records_.reset();
    checksums_.reset();
    tree_.reset();
  }

  const ArchiveResult& result() const { return result_; }
  std::string temporaryPath() const { return tree_ ? tree_->temporaryPath() : left_; }

 private:
  // So that what has come can be read. If that fails, it has to come again, and that is all.
  void leave() noexcept {
    try {
      checksums_->endPart();
      std::string path = tree_->temporaryPath();
      tree_->leave();
      left_ = std::move(path);
    } catch (const std::exception&) {
    }
  }

  // Better none than an archive that nobody can import.
  void refuseUnimportable() {
    check_.finish();
    const std::vector<std::string> problems = findings_.takeProblems();
    if (!problems.empty()) {
      std::string message = "the content that arrived makes no archive that can be fully imported:";
      for (const auto& problem : problems) {
        message += "\n" + problem;
      }
      throw Error(ArchiveErrc::invalidArchive, std::move(message));
    }
  }

  ArchiveDestinationOptions options_;
  ArchiveResult result_;
  std::string metadata_;
  NotedLosses losses_;
  std::string filesAsOf_;
  Findings findings_;
  RecordShape check_{findings_, false};  ///< The engine looks for the files.
  std::unique_ptr<TreeWriter> tree_;     ///< Until close or rollback.
  std::string left_;                     ///< Where a rollback left what had come.
  std::optional<ChecksumWriter> checksums_;
  std::optional<CheckedRecords> records_;
  std::optional<AssetWriter> assets_;
  std::optional<TransferStage> stage_;
};

ArchiveDestination::ArchiveDestination(ArchiveDestinationOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ArchiveDestination::~ArchiveDestination() = default;

void ArchiveDestination::beforeTransfer(const strapi::TransferManifest& manifest) {
  impl_->beforeTransfer(manifest);
}

void ArchiveDestination::beginStage(TransferStage stage) {
  impl_->beginStage(stage);
}

strapi::RecordSink& ArchiveDestination::records() {
  return impl_->records();
}

strapi::AssetSink& ArchiveDestination::assets() {
  return impl_->assets();
}

void ArchiveDestination::endStage() {
  impl_->endStage();
}

void ArchiveDestination::close() {
  impl_->close();
}

void ArchiveDestination::rollback() noexcept {
  impl_->rollback();
}

void ArchiveDestination::storeAs(std::string path) {
  impl_->storeAs(std::move(path));
}

void ArchiveDestination::noteLosses(const NotedLosses& losses) {
  impl_->noteLosses(losses);
}

void ArchiveDestination::noteFilesAsOf(std::string time) {
  impl_->noteFilesAsOf(std::move(time));
}

const ArchiveResult& ArchiveDestination::result() const {
  return impl_->result();
}

std::string ArchiveDestination::temporaryPath() const {
  return impl_->temporaryPath();
}

}  // namespace wsferry::archive
