#include "tool/transfer/archive_transfer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/check/whole_end.hpp"
#include "archive/file/part_names.hpp"
#include "tool/report/output_options.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/series/left_out.hpp"
#include "tool/series/name_template.hpp"
#include "tool/series/series_archive.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void warnOfName(const archive::ArchiveDestinationOptions& archive, TransferReport& report) {
  const std::string& path = archive.path;
  if (path == "-" || archive.format.container == archive::Container::directory) {
    return;
  }
  const std::string fitting = fittingName(path, archive.format);
  if (path != fitting && archive.format.encrypted && !endsWith(path, ".enc")) {
    // Who wants to restore it would take it for damaged: also with --quiet.
    report.diagnostic(
        {"note",
         path + " is encrypted, but its name does not say so: `strapi import` accepts it only as " +
             fitting,
         {}});
  } else if (path != fitting) {
    report.warning("`strapi import` goes by the extension, and accepts this archive as " + fitting +
                   ": rename it before an import");
  }
}

namespace {

// Moved away first: what is being finished meanwhile then fails, and cannot get the final name
// while it is being removed. False if it cannot be, as it has that name already, for example.
bool removeTemporary(const std::string& temporary) {
  std::error_code error;
  const std::string doomed = temporary + ".removed";
  std::filesystem::rename(temporary, doomed, error);
  if (error) {
    return false;
  }
  // A file goes without the handle that a folder takes, and that there may be none for.
  if (!std::filesystem::remove(doomed, error)) {
    std::filesystem::remove_all(doomed, error);
  }
  return true;
}

// What a disk that is full lacks at least, where that is known. progress() may come from another
// thread.
class FilesToCome {
 public:
  void take(const strapi::StageProgress& progress) {
    const std::uint64_t total = progress.totals.bytes.value_or(0);
    if (progress.stage == strapi::TransferStage::assets) {
      bytes_ = total - std::min(progress.moved.bytes, total);
    }
  }
  std::string text() const {
    const std::uint64_t bytes = bytes_;
    return bytes == 0 ? "" : "; files of " + formatBytes(bytes) + " were still to come";
  }

 private:
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

namespace {

// What a link leads to is replaced, and not the link. One that leads nowhere is refused elsewhere.
std::string linkedPath(const std::string& path) {
  try {
    return archive::followLink(withoutSlashes(path));
  } catch (const Error&) {
    return withoutSlashes(path);
  }
}

}  // namespace

namespace {

bool isOfFiles(const strapi::Loss& loss) {
  return loss.kind == strapi::LossKind::missingFile || loss.kind == strapi::LossKind::shortFile;
}

// What an earlier run lost is mostly missed by this one, too: it counts once.
archive::NotedLosses lossesOf(const strapi::TransferResult& result,
                              const archive::NotedLosses& earlier) {
  std::uint64_t files = 0;
  std::uint64_t others = 0;
  for (const strapi::Loss& loss : result.losses) {
    (isOfFiles(loss) ? files : others) += loss.count;
  }
  files = std::max(files, earlier.files);
  others = std::max(others, earlier.count - earlier.files);
  return {files + others, files};
}

}  // namespace

bool mayCountInSeries(const std::string& path) {
  const std::string name = linkedPath(path);
  return NameTemplate::tellsDate(std::string_view(name).substr(name.rfind('/') + 1));
}

namespace {

// Nor does what has nothing of a stage replace the archive beside the target, or what has not
// brought a type or a file the only one that has it.
void requireNotEmptied(const strapi::TransferResult& result, const std::string& target,
                       const std::string& aside, const std::string& key,
                       const std::atomic<bool>& cancelled) {
  if (aside.empty()) {
    return;
  }
  std::string lack = lackedStage(result, aside, key, cancelled);
  if (lack.empty()) {
    const Unbrought held = unbroughtAlone(result, aside, linkedPath(target), key, cancelled);
    lack = held.isEmpty() ? "" : held.text();
  }
  if (!lack.empty()) {
    throw Error(Errc::fileExists,
                "the new archive " + lack + ", so it replaces neither " + target + " nor " + aside +
                    ", which an earlier run left there. If that is right, move "
                    "or remove " +
                    aside + ", and " + target + " too if the new one is to take its place");
  }
}

std::string asideText(const std::string& target, const std::string& aside,
                      const std::string& emptied, const std::string& key) {
  const bool isDoubtful = !archive::hasWholeEnd(linkedPath(target), key);
  const std::string why = emptied.empty() ? "lacks something" : emptied;
  const std::string remedy =
      emptied.empty() ? "" : ". If that is right, remove the earlier archive";
  return target + " is still the earlier archive" +
         (isDoubtful ? " (which `wsferry verify` should read: its end is not that of a whole one)"
                     : "") +
         ", because the new one " + why + ", and is " + aside + remedy;
}

bool isAccepted(const KnownLack& known, bool acceptsFiles) {
  return known.losses.count == 0 || (acceptsFiles && known.losses.areFiles());
}

}  // namespace

TransferOutcome transferIntoArchive(strapi::Source& source,
                                    archive::ArchiveDestinationOptions archive,
                                    strapi::TransferEngineOptions options, TransferReport& report,
                                    Interruption& interruption, ProvisionalMark* mark,
                                    const KnownLack& known) {
  const TimePoint begin = Clock::now();
  const std::string target = archive.path;
  const std::string key = archive.key;
  const bool replaces = archive.overwrite && target != "-";
  if (mark != nullptr) {
    archive.beforeNaming = [mark](const std::string& path) { mark->set(linkedPath(path)); };
  }
  archive::ArchiveDestination destination(std::move(archive));
  const bool isKnownAccepted = isAccepted(known, options.allowMissingFiles);
  std::string aside;
  std::string emptied;
  options.beforeClose = [&](const strapi::TransferResult& result) {
    const archive::NotedLosses losses = lossesOf(result, known.losses);
    const bool isLess = !result.isWhole() || known.isMarked || !isKnownAccepted ||
                        (losses.count > 0 && mayCountInSeries(target));
    if (replaces) {
      const std::string path = archive::followLink(withoutSlashes(target));
      const std::atomic<bool>& cancelled = interruption.requested();
      emptied = lackedStage(result, path, key, cancelled);
      const bool isWorthMore =
          isLess && (isWorthKeeping(path, key, std::max<std::uint64_t>(losses.count, 1)) ||
                     hasLostFile(result, path, key, cancelled) ||
                     hasLostRecords(result, path, key, cancelled));
      aside = isWorthMore || !emptied.empty() ? incompleteName(path) : std::string();
      requireNotEmptied(result, target, aside, key, cancelled);
    }
    destination.noteLosses(losses);
    if (auto time = known.filesAsOf ? known.filesAsOf() : std::nullopt) {
      destination.noteFilesAsOf(*std::move(time));
    }
    if (!aside.empty()) {
      destination.storeAs(aside);
    }
  };
  FilesToCome toCome;
  options.onProgress = [&](const strapi::StageProgress& progress) {
    toCome.take(progress);
    report.progress(progress);
  };
  strapi::TransferEngine engine(source, destination, std::move(options));
  TransferOutcome outcome;
  try {
    // Nothing cancels a file system that takes long to synchronise.
    const Interruption::Scope scope(
        interruption, [&engine] { engine.cancel(); },
        [temporary = destination.temporaryPath(), mark] {
          if (removeTemporary(temporary) && mark != nullptr) {
            mark->withdraw();
          }
        });
    outcome.transfer = engine.run();
    interruption.holdEnd();
  } catch (const Error& error) {
    throw error.code() == Errc::fileFailed && isOfFullDisk(error.info())
        ? error.withMessage(error.info().message + toCome.text())
        : error;
  }
  outcome.exitCode = exitCodeFor(outcome.transfer);
  outcome.archive = destination.result();
  if (!aside.empty()) {
    outcome.sourceNotes.push_back(asideText(target, aside, emptied, key));
  }
  if (outcome.exitCode == ExitCode::done && !(aside.empty() && isKnownAccepted)) {
    outcome.exitCode = ExitCode::data;
  }
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
}

std::string removeAside(const strapi::TransferResult& result, const std::string& target,
                        const std::string& key, const std::atomic<bool>& cancelled) {
  if (target == "-") {
    return {};
  }
  const std::string aside = incompleteName(archive::followLink(withoutSlashes(target)));
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(aside, ignored))) {
    return {};
  }
  try {
    if (const std::string emptied = lackedStage(result, aside, key, cancelled); !emptied.empty()) {
      return aside + " stays, because the new archive " + emptied;
    }
    if (const Unbrought held = unbroughtIn(result, aside, key, cancelled); !held.isEmpty()) {
      return aside + " stays, because the new archive " + held.text();
    }
  } catch (const Error&) {  // The archive is made, whoever wants to end.
    return aside + " stays, because the run was interrupted before it was read";
  }
  const bool isFolder = std::filesystem::is_directory(aside, ignored);
  if (!archive::hasWholeEnd(aside, key) || (isFolder && !foreignIn(aside).empty())) {
    return aside +
           " stays: it has the name of an incomplete archive, but was not made by wsferry, or "
           "holds something else as well. Remove it yourself if it is useless";
  }
  if (!archive::removeTree(aside)) {
    return aside +
           " stays, because it cannot be removed: an earlier run left it there, because it lacked "
           "something";
  }
  try {
    markComplete(aside);  // Of one with a date in its name.
  } catch (const Error& error) {
    return "removed " + aside + ", but not the mark beside it: " + error.info().message;
  }
  return "removed " + aside + ", which an earlier run left there because it lacked something";
}

void noteCompleteness(bool isComplete, TransferOutcome& outcome) {
  const std::string path = linkedPath(outcome.archive->path);
  try {
    if (isComplete) {
      markComplete(path);
    } else {
      markIncomplete(path);
    }
  } catch (const Error& error) {
    outcome.sourceNotes.push_back((isComplete
                                       ? "a later run does not take this archive for a whole one: "
                                       : "a later run may take this archive for a whole one: ") +
                                  error.info().message);
    if (outcome.exitCode == ExitCode::done) {
      outcome.exitCode = ExitCode::data;
    }
  }
}

void showAsInterruption(FailureReport& failure, const Interruption& interruption) {
  if (interruption.requested()) {
    failure = {};
    failure.exitCode = ExitCode::interrupted;
    failure.error = toString(Errc::cancelled);
    failure.message = "interrupted; nothing was left behind";
  }
}

std::function<void(FailureReport&)> amendArchiveFailure(const Interruption& interruption,
                                                        bool forceGiven,
                                                        const std::string& remedyIfExists) {
  return [&interruption, forceGiven, remedyIfExists](FailureReport& failure) {
    showAsInterruption(failure, interruption);
    // A folder that holds other things is replaced by nothing.
    if (failure.error == toString(Errc::fileExists) && !forceGiven &&
        failure.cause != ErrorCause::foreignFiles) {
      failure.remedy = remedyIfExists;
    }
  };
}

}  // namespace wsferry::tool
