#include "http/files/file_comparison.hpp"

#include <memory>
#include <random>
#include <utility>

#include "http/files/file_fetcher.hpp"
#include "http/files/missed_files.hpp"
#include "http/files/reused_files.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/http/detail/files/file_sample.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"

namespace wsferry::http {
namespace {

/// Ends a transfer that has brought enough.
struct Enough {};

/// Keeps the SHA-256 of files, and ends the transfer when it has all of them.
class DigestSink final : public strapi::AssetSink {
 public:
  using Names = std::set<std::string, std::less<>>;

  /// `names` outlives it. Null: of all that come.
  explicit DigestSink(const Names* names) : names_(names) {}

  void begin(std::string_view assetID, const strapi::AssetInfo& info) override {
    const std::string name = strapi::nameInRecord(info.filename, info.metadata);
    if (names_ == nullptr || names_->find(name) != names_->end()) {
      open_.insert_or_assign(std::string(assetID), OpenDigest{name, {}});
    }
  }
  void write(std::string_view assetID, std::string_view bytes) override {
    if (const auto open = open_.find(assetID); open != open_.end()) {
      open->second.hash.update(bytes);
    }
  }
  void end(std::string_view assetID) override {
    if (const auto open = open_.find(assetID); open != open_.end()) {
      digests_[open->second.name] = open->second.hash.hex();
      open_.erase(open);
    }
    if (names_ != nullptr && open_.empty() && digests_.size() == names_->size()) {
      throw Enough();
    }
  }
  // Is told by the transfer that is to be whole.
  void omitted(const strapi::Omission&) override {}

  FileComparison::Digests takeDigests() { return std::move(digests_); }

 private:
  const Names* const names_;
  OpenDigests open_;
  FileComparison::Digests digests_;
};

std::uint64_t anySeed() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

void FileComparison::run(FileList& files) {
  choose(files);
  if (chosen_.empty()) {
    return;
  }
  const Digests digests = bySocket();
  FileList chosen;
  files.forEachRecord([&](std::uint64_t place, const strapi::EntityView& record) {
    for (const MediaFile& file : mediaFilesOf(record)) {
      if (digests.find(file.name) != digests.end()) {
        chosen.add(files.recordAt(place));
        return;
      }
    }
  });
  chosen.leaveOut(
      [&digests](std::string_view name) { return digests.find(name) == digests.end(); });
  compareByHttp(chosen, digests);
  compareReused(files, digests);
}

// Those that a server sends first would be the same ones each time.
void FileComparison::choose(FileList& files) {
  FileSample sample(options_.compareFiles, options_.compareSeed.value_or(anySeed()));
  files.forEachRecord([&sample](std::uint64_t, const strapi::EntityView& record) {
    for (const MediaFile& file : mediaFilesOf(record)) {
      if (!file.name.empty()) {
        sample.add(file.name);
      }
    }
  });
  chosen_ = sample.names();
}

FileComparison::Digests FileComparison::bySocket() {
  const std::unique_ptr<strapi::Source> source = options_.comparedSource();
  const Cancellation::Running running(cancellation_, [&source] { source->cancel(); });
  DigestSink sink(&chosen_);
  source->bootstrap();
  try {
    source->readAssets(sink);
    source->close();
  } catch (const Enough&) {
    // The destructor ends the transfer.
  } catch (const Error& error) {
    if (error.code() != Errc::remoteFailed) {
      throw;
    }
    // At a file that its storage refuses: what came before can be compared.
    brokenOff_ =
        error.info().remoteMessage.empty() ? error.info().message : error.info().remoteMessage;
  }
  return sink.takeDigests();
}

void FileComparison::compareByHttp(FileList& files, const Digests& digests) {
  FileFetcher fetcher(options_, addresses_, files);
  const Cancellation::Running running(cancellation_, [&fetcher] { fetcher.cancel(); });
  Sha256 hash;
  std::string name;
  while (const auto piece = fetcher.next()) {
    switch (piece->kind) {
      case FilePiece::Kind::begin:
        name = piece->file.name;
        break;
      case FilePiece::Kind::bytes:
        hash.update(piece->bytes);
        break;
      case FilePiece::Kind::end:
        compare(name, hash.hex(), digests, byHttp_);
        break;
      case FilePiece::Kind::missed:
        break;
    }
  }
}

// Those that would be taken from there, of which nothing comes by HTTP.
void FileComparison::compareReused(FileList& files, const Digests& digests) {
  if (options_.earlier.empty()) {
    return;
  }
  DigestSink sink(nullptr);
  FileSourceStatistics notCounted;
  ReusedFiles reused(files, sink, notCounted, [&digests](std::string_view name) {
    return digests.find(name) != digests.end();
  });
  for (const auto& earlier : options_.earlier) {
    reused.takeFrom(*earlier);
  }
  for (const auto& [name, digest] : sink.takeDigests()) {
    compare(name, digest, digests, reused_);
  }
}

void FileComparison::compare(const std::string& name, const std::string& digest,
                             const Digests& digests, FirstNames& differing) {
  compared_.insert(name);
  if (digest != digests.at(name)) {
    differing_.insert(name);
    differing.add(name);
  }
}

}  // namespace wsferry::http
