#include "wsferry/http/file_source.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/files/cancellation.hpp"
#include "http/files/file_comparison.hpp"
#include "http/files/file_fetcher.hpp"
#include "http/files/file_list.hpp"
#include "http/files/missed_files.hpp"
#include "http/files/reused_files.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/http_date.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/http/detail/files/brought_files.hpp"
#include "wsferry/http/detail/files/confirmed_files.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/strapi/record_type.hpp"

namespace wsferry::http {
namespace {

using strapi::TransferStage;

/// Notes the files' records on their way.
class RecordWatch final : public strapi::RecordSink {
 public:
  RecordWatch(strapi::RecordSink& next, FileList& files) : next_(next), files_(files) {}

  void totals(const strapi::StageTotals& totals) override { next_.totals(totals); }
  void record(const strapi::Record& record) override {
    const bool isFile = record.isRead() ? record.entity().type == strapi::uploadFile
                                        : strapi::readRecordType(TransferStage::entities, record) ==
                                              strapi::uploadFile;
    if (isFile) {
      files_.add(record.text());
    }
    next_.record(record);
  }
  void omitted(const strapi::Omission& omission) override { next_.omitted(omission); }

 private:
  strapi::RecordSink& next_;
  FileList& files_;
};

}  // namespace

class FileSource::Impl {
 public:
  Impl(strapi::Source& source, FileSourceOptions options)
      : source_(source),
        options_(std::move(options)),
        addresses_(options_.adminUrl, options_.filesUrl) {
    if (options_.compareFiles != 0 && !options_.comparedSource) {
      throw Error(Errc::invalidOption, "compareFiles needs a comparedSource");
    }
  }

  strapi::Source& source() { return source_; }
  const FileSourceStatistics& statistics() const { return statistics_; }

  void readAhead(const std::vector<TransferStage>& stages) { ahead_ = stages; }

  // Files are not fetched as long as records come. Before the sink takes files, no more than
  // bufferBytes of them could come: that saves a part of a second. And what is compared or reused
  // is chosen from all records.
  void readRecords(TransferStage stage, strapi::RecordSink& sink) {
    startAhead();
    if (stage != TransferStage::entities) {
      source_.readRecords(stage, sink);
      return;
    }
    files_.emplace();
    RecordWatch watch(sink, *files_);
    source_.readRecords(stage, watch);
  }

  void readAssets(strapi::AssetSink& sink) {
    statistics_ = {};
    statistics_.mayReuse = !options_.earlier.empty();
    if (!files_) {
      if (!options_.earlier.empty()) {
        warn("No file is reused, because the files' records are not read.");
      }
      readAll(sink);
      return;
    }
    // A server that fails to read the records may leave them out without a word: files that it
    // sends all the same are what shows it.
    if (files_->isEmpty() || !compare()) {
      readAll(sink);
      return;
    }
    BroughtFiles brought;
    NotingSink noting(sink, brought);
    reuse(noting);
    MissedFiles missed;
    example_.clear();
    const bool hasGivenUp = fetch(noting, missed);
    if (missed.files.size() != 0) {
      missed.files.close();
      missed.records.close();
      brought.close();
      tellMissed(missed.files.size(), hasGivenUp);  // First: the source may fail at one of them.
      readMissed(sink, missed, brought);
    }
    files_.reset();
  }

  void cancel() noexcept {
    cancellation_.cancel();
    for (const auto& earlier : options_.earlier) {
      earlier->cancel();
    }
    source_.cancel();
  }

 private:
  // Not before files are on their way, where there are some: this waits for the server once.
  void startAhead() {
    if (!ahead_.empty()) {
      source_.readAhead(std::exchange(ahead_, {}));
    }
  }

  void readAll(strapi::AssetSink& sink) {
    startAhead();
    RestSink all(sink, nullptr, nullptr, statistics_);
    source_.readAssets(all);
  }

  // Whether what comes by HTTP is what the source sends, as far as that is to be compared.
  bool compare() {
    isReuseTrusted_ = true;
    if (options_.compareFiles == 0) {
      return true;
    }
    FileComparison comparison(options_, addresses_);
    const Cancellation::Running running(cancellation_, [&comparison] { comparison.cancel(); });
    comparison.run(*files_);
    const std::uint64_t compared = comparison.compared().size();
    statistics_.compared = compared;
    statistics_.comparedFiles.assign(comparison.compared().begin(), comparison.compared().end());
    statistics_.differing = comparison.differing();
    const std::uint64_t chosen = comparison.chosen().size();
    const bool isUnproved = compared == 0 && chosen != 0 && comparison.brokenOff().empty();
    if (compared < chosen) {
      tell("note", "Only " + std::to_string(compared) + " of " + counted(chosen, "file", "files") +
                       " could be compared, because " +
                       (comparison.brokenOff().empty()
                            ? "the others did not come both ways"
                            : "the server broke off at one: " + comparison.brokenOff()) +
                       (isUnproved ? ": all files are requested over the socket." : ""));
    }
    if (const FirstNames& reused = comparison.differingReused(); reused.count() != 0) {
      isReuseTrusted_ = false;
      tellDiffering(reused, compared,
                    std::string(formOf(reused.count(), "is", "are")) +
                        " kept by an earlier transfer with other bytes than the server's",
                    "nothing is reused");
    }
    if (const FirstNames& byHttp = comparison.differingByHttp(); byHttp.count() != 0) {
      // Archives that were made by HTTP before may hold such bytes.
      tellDiffering(byHttp, compared, "came by HTTP with other bytes",
                    "all files are requested over the socket");
      return false;
    }
    return !isUnproved;
  }

  // What did not come by HTTP. A server breaks off at a file that its storage refuses.
  void readMissed(strapi::AssetSink& sink, const MissedFiles& missed, BroughtFiles& brought) {
    RestSink rest(sink, &missed, &brought, statistics_);
    try {
      source_.readAssets(rest);
    } catch (const Error& error) {
      if (error.code() == ErrorCondition::remote || error.code() == ErrorCondition::connection) {
        requireEqual(brought);
      }
      if (!options_.keepGoing || error.code() != Errc::remoteFailed || !rest.isBetweenFiles()) {
        throw;
      }
      omit(sink, missed, rest.takePassed(),
           error.info().remoteMessage.empty() ? error.info().message : error.info().remoteMessage);
      return;
    }
    requireEqual(brought);
  }

  // What of the missed files has not passed.
  void omit(strapi::AssetSink& sink, const MissedFiles& missed, const NameSet& passed,
            const std::string& why) {
    files_->forEachRecord([&](std::uint64_t, const strapi::EntityView& record) {
      for (const MediaFile& file : mediaFilesOf(record)) {
        if (missed.files.contains(file.name) && !passed.contains(file.name)) {
          sink.omitted({strapi::Omission::Kind::file, file.recordId, 1,
                        file.shown() + " did not arrive: " + why});
        }
      }
    });
  }

  // What the sink has got cannot be taken back: the socket shows that it is not the server's.
  void requireEqual(const BroughtFiles& brought) {
    // Some may be the same ones as before.
    statistics_.compared = std::max<std::uint64_t>(statistics_.compared, brought.compared());
    const FirstNames& differing = brought.differing();
    statistics_.differing += differing.count();
    if (differing.count() != 0) {
      throw Error(HttpErrc::filesDiffer, counted(differing.count(), "file", "files") + " of " +
                                             std::to_string(brought.compared()) +
                                             " that came by HTTP, or from an earlier transfer, " +
                                             std::string(formOf(differing.count(), "has", "have")) +
                                             " other bytes over the socket: " + differing.text());
    }
  }

  // Takes what earlier transfers have brought, and leaves the rest in the list.
  void reuse(strapi::AssetSink& sink) {
    if (options_.earlier.empty() || !isReuseTrusted_) {
      return;
    }
    startAhead();
    std::optional<ConfirmedFiles> confirmed;
    if (options_.checkEarlier) {
      confirmed = confirm();
    }
    ReusedFiles reuse(*files_, sink, statistics_, {}, confirmed ? &*confirmed : nullptr);
    for (const auto& earlier : options_.earlier) {
      reuse.takeFrom(*earlier);
    }
    if (const FirstNames changed = reuse.changed(); changed.count() != 0) {
      tell("note",
           counted(changed.count(), "file has", "files have") +
               " changed in the server's storage, or may have, although not in the records, and " +
               std::string(formOf(changed.count(), "is", "are")) + " fetched (" + changed.text() +
               ").");
    }
    files_->leaveOut([wanted = reuse.takeWanted()](std::string_view name) mutable {
      return wanted.isTaken(name);
    });
  }

  // What the server has of the files, by HEAD.
  ConfirmedFiles confirm() {
    ConfirmedFiles confirmed;
    FirstNames missing;
    std::string why;
    {
      FileFetcher fetcher(options_, addresses_, *files_, FileFetcher::Method::head);
      const Cancellation::Running running(cancellation_, [&fetcher] { fetcher.cancel(); });
      while (const auto piece = fetcher.next()) {
        if (piece->kind == FilePiece::Kind::begin) {
          confirmed.add(piece->file.name, piece->size, readHttpDate(piece->lastModified));
        } else if (piece->kind == FilePiece::Kind::missed && !piece->file.name.empty()) {
          missing.add(piece->file.shown());
          why = why.empty() ? piece->mismatch.text() : why;
        }
      }
    }
    files_->rewind();
    confirmed.close();
    if (missing.count() != 0) {
      tell("note", "The server does not confirm " + counted(missing.count(), "file", "files") +
                       " by HEAD, and " +
                       std::string(formOf(missing.count(), "it is", "they are")) +
                       " not reused: " + missing.text() + " (" + why + ").");
    }
    return confirmed;
  }

  // Whether it gave up in between.
  bool fetch(strapi::AssetSink& sink, MissedFiles& missed) {
    FileFetcher fetcher(options_, addresses_, *files_);
    const Cancellation::Running running(cancellation_, [&fetcher] { fetcher.cancel(); });
    startAhead();
    std::string assetID;
    while (const auto piece = fetcher.next()) {
      switch (piece->kind) {
        case FilePiece::Kind::begin:
          assetID = "http-" + std::to_string(++statistics_.byHttp);
          sink.begin(assetID, {piece->file.name, piece->size, piece->file.metadata});
          break;
        case FilePiece::Kind::bytes:
          statistics_.bytesByHttp += piece->bytes.size();
          sink.write(assetID, piece->bytes);
          break;
        case FilePiece::Kind::end:
          sink.end(assetID);
          break;
        case FilePiece::Kind::missed:
          missed.files.add(piece->file.name);
          missed.records.add(piece->file.recordId);
          ++statistics_.reasons[piece->mismatch.kind];
          if (example_.empty()) {
            example_ = piece->file.shown() + ": " + piece->mismatch.kind +
                       (piece->mismatch.detail.empty() ? "" : ", " + piece->mismatch.detail);
          }
          break;
      }
    }
    return fetcher.hasGivenUp();
  }

  void tellMissed(std::size_t missed, bool hasGivenUp) {
    warn(counted(missed, "file", "files") + " did not come by HTTP" +
         (hasGivenUp ? ", which was given up," : "") + " and " +
         std::string(formOf(missed, "is", "are")) +
         " requested over the socket, which sends every file again (" + example_ + ").");
  }

  void tellDiffering(const FirstNames& files, std::uint64_t compared, const std::string& how,
                     const std::string& so) {
    tell("note", counted(files.count(), "file", "files") + " of " + std::to_string(compared) +
                     " that were compared " + how + " (" + files.text() + "): " + so + ".");
  }

  void warn(std::string message) { tell("warning", std::move(message)); }

  void tell(const char* kind, std::string message) {
    if (options_.onDiagnostic) {
      strapi::Diagnostic diagnostic;
      diagnostic.kind = kind;
      diagnostic.message = std::move(message);
      options_.onDiagnostic(diagnostic);
    }
  }

  strapi::Source& source_;
  const FileSourceOptions options_;
  const FileAddresses addresses_;
  std::optional<FileList> files_;     ///< Of the records that came.
  bool isReuseTrusted_ = true;        ///< By what was compared.
  std::string example_;               ///< The first that was missed.
  std::vector<TransferStage> ahead_;  ///< To be begun by the source.
  FileSourceStatistics statistics_;
  Cancellation cancellation_;
};

FileSource::FileSource(strapi::Source& source, FileSourceOptions options)
    : impl_(std::make_unique<Impl>(source, std::move(options))) {}

FileSource::~FileSource() = default;

void FileSource::bootstrap() {
  impl_->source().bootstrap();
}
strapi::Metadata FileSource::getMetadata() {
  return impl_->source().getMetadata();
}
std::vector<strapi::Schema> FileSource::getSchemas() {
  return impl_->source().getSchemas();
}
void FileSource::readAhead(const std::vector<strapi::TransferStage>& stages) {
  impl_->readAhead(stages);
}
void FileSource::readRecords(TransferStage stage, strapi::RecordSink& sink) {
  impl_->readRecords(stage, sink);
}
void FileSource::readAssets(strapi::AssetSink& sink) {
  impl_->readAssets(sink);
}
bool FileSource::mayOmit() const {
  return impl_->source().mayOmit();
}
std::vector<strapi::Loss> FileSource::losses(bool ofRecords) const {
  return impl_->source().losses(ofRecords);
}
void FileSource::close() {
  impl_->source().close();
}
void FileSource::cancel() noexcept {
  impl_->cancel();
}
FileSourceStatistics FileSource::statistics() const {
  return impl_->statistics();
}

}  // namespace wsferry::http
