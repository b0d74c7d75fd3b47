#include "wsferry/archive/archive_source.hpp"

#include <atomic>
#include <optional>
#include <set>
#include <utility>

#include "archive/check/preflight.hpp"
#include "archive/container/entry_source.hpp"
#include "archive/file/file_state.hpp"
#include "archive/file/temporary_path.hpp"
#include "archive/transfer/stage_reader.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::archive {
namespace {

using strapi::TransferStage;

std::string temporaryFolderOf(const ArchiveSourceOptions& options) {
  return options.temporaryFolder.empty() ? temporaryFolder() : options.temporaryFolder;
}

[[noreturn]] void throwProblems(const std::string& path, const std::vector<std::string>& problems) {
  std::string message = path + " is not an export that can be imported:";
  for (const auto& problem : problems) {
    message += "\n" + problem;
  }
  throw Error(ArchiveErrc::invalidArchive, std::move(message));
}

[[noreturn]] void throwOtherBytes(const std::string& path) {
  throw Error(ArchiveErrc::invalidArchive,
              path + " has other bytes than when it was checked: start again");
}

// What the first pass found out.
struct FirstPass {
  FirstPass(const FileState& stateOfFile, SpoolBudget& budget, const std::string& folder,
            bool acceptDoubles)
      : state(stateOfFile), check(findings, budget, folder, acceptDoubles) {}

  FileState state;
  Findings findings;
  Preflight check;
  ArchiveSummary summary;
};

}  // namespace

class ArchiveSource::Impl {
 public:
  explicit Impl(ArchiveSourceOptions options)
      : options_(std::move(options)), folder_(temporaryFolderOf(options_)) {
    budget_.limit = options_.memory;
  }

  void bootstrap() {
    throwIfCancelled(&cancelled_);
    stages_.reset();
    sentDoubles_.clear();
    if (first_) {
      expectUnchanged(FileChange::none);
    } else {
      readFirstPass();
    }
    stages_.emplace([this] { return openAgain(); }, first_->check.entries(), budget_, folder_,
                    !options_.withoutFiles);
  }

  void readRecords(TransferStage stage, strapi::RecordSink& sink) {
    sink.totals(totalsOf(stage));
    stages().read(stage, [this, &sink](const StageReader::StageEntry& entry) {
      Sha256 hash;
      LineSplitter lines([&entry, &hash] {
        const std::string_view bytes = entry.read();
        hash.update(bytes);
        return bytes;
      });
      std::string_view line;
      while (lines.next(line)) {
        throwIfCancelled(&cancelled_);
        sink.record(line);
      }
      if (hash.hex() != first_->check.sha256OfPart(entry.path)) {
        throwOtherBytes(entry.path);
      }
    });
  }

  void readAssets(strapi::AssetSink& sink) {
    sink.totals(totalsOf(TransferStage::assets));
    stages().read(TransferStage::assets,
                  [this, &sink](const StageReader::StageEntry& entry) { readAsset(entry, sink); });
  }

  void close() {
    // Every byte that was given is one that was checked.
    if (stages_ && !isNameTaken()) {
      expectUnchanged(FileChange::unexplained);
    }
    stages_.reset();
  }
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  void renew() noexcept { cancelled_.store(false, std::memory_order_relaxed); }

  const FirstPass& first() const {
    if (!first_) {
      throw Error(Errc::invalidState, "the archive is not checked yet: call bootstrap() first");
    }
    return *first_;
  }

 private:
  void readFirstPass() {
    auto pass = std::make_unique<FirstPass>(fileStateOf(options_.path), budget_, folder_,
                                            options_.acceptDoubles);
    if (options_.withoutFiles) {
      pass->findings.ignoreFiles();
    }
    ArchiveScan inspection(options_.path, options_.key, pass->findings, pass->check, &cancelled_);
    inspection.run();
    pass->summary = inspection.takeSummary();
    const auto refusals = pass->findings.takeRefusals();
    if (!refusals.empty()) {
      throwProblems(options_.path, refusals);
    }
    pass->findings.moveTo(pass->summary);
    first_ = std::move(pass);
  }

  strapi::StageTotals totalsOf(TransferStage stage) const {
    const auto& totals = first().summary.totals;
    const auto found = totals.find(stage);
    const strapi::Tally total = found == totals.end() ? strapi::Tally() : found->second;
    return {total.bytes, total.count};
  }

  StageReader& stages() {
    throwIfCancelled(&cancelled_);
    if (!stages_) {
      throw Error(Errc::invalidState, "the archive is not open: call bootstrap() first");
    }
    return *stages_;
  }

  void expectUnchanged(FileChange most) const {
    if (changeOf(first_->state, fileStateOf(options_.path)) > most) {
      throw Error(ArchiveErrc::invalidArchive,
                  options_.path + " has changed since it was checked: start again");
    }
  }

  // A file that is open stays what it was when another one takes its name, or none.
  bool isNameTaken() const {
    if (first_->summary.format.container == Container::directory) {
      return false;
    }
    try {
      return fileStateOf(options_.path).id != first_->state.id;
    } catch (const Error&) {
      return true;
    }
  }

  ArchiveReader openAgain() {
    expectUnchanged(FileChange::none);
    return ArchiveReader(options_.path, options_.key, &cancelled_);
  }

  void readAsset(const StageReader::StageEntry& entry, strapi::AssetSink& sink) {
    const bool isSecond =
        first_->check.isDoubled(entry.filename) && !sentDoubles_.insert(entry.filename).second;
    if (isSecond || first_->check.isLeftOut(entry.filename)) {
      return;
    }
    const std::string assetId = Uuid::random().toString();
    const std::string sha256 = first_->check.sha256OfUpload(entry.filename);
    sink.begin(assetId,
               {entry.filename, entry.size, first_->check.metadataOf(entry.filename), {}, sha256});
    std::uint64_t size = 0;
    Sha256 hash;
    for (auto bytes = entry.read(); !bytes.empty(); bytes = entry.read()) {
      throwIfCancelled(&cancelled_);
      hash.update(bytes);
      sink.write(assetId, bytes);
      size += bytes.size();
    }
    if (size != entry.size) {
      throw Error(ArchiveErrc::invalidArchive,
                  entry.path + " has " + counted(size, "byte", "bytes") + " instead of " +
                      std::to_string(entry.size) + ": it changed while it was read");
    }
    if (hash.hex() != sha256) {
      throwOtherBytes(entry.path);
    }
    sink.end(assetId);
  }

  const ArchiveSourceOptions options_;
  const std::string folder_;
  std::atomic<bool> cancelled_{false};
  SpoolBudget budget_;
  std::unique_ptr<FirstPass> first_;
  std::set<std::string> sentDoubles_;  ///< Of the uploads that are there twice.
  std::optional<StageReader> stages_;
};

ArchiveSource::ArchiveSource(ArchiveSourceOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

ArchiveSource::~ArchiveSource() = default;

void ArchiveSource::bootstrap() {
  impl_->bootstrap();
}

strapi::Metadata ArchiveSource::getMetadata() {
  return impl_->first().summary.metadata;
}

std::vector<strapi::Schema> ArchiveSource::getSchemas() {
  return impl_->first().check.schemas();
}

void ArchiveSource::readRecords(TransferStage stage, strapi::RecordSink& sink) {
  impl_->readRecords(stage, sink);
}

void ArchiveSource::readAssets(strapi::AssetSink& sink) {
  impl_->readAssets(sink);
}

std::vector<strapi::Loss> ArchiveSource::losses(bool ofRecords) const {
  return impl_->first().check.losses(ofRecords);
}

void ArchiveSource::close() {
  impl_->close();
}

void ArchiveSource::cancel() noexcept {
  impl_->cancel();
}

void ArchiveSource::renew() noexcept {
  impl_->renew();
}

const ArchiveSummary& ArchiveSource::summary() const {
  return impl_->first().summary;
}

}  // namespace wsferry::archive
