#include "tool/commands/archive_transfer.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

#include "tool/report/output_options.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

void warnOfName(const archive::ArchiveDestinationOptions& destination, TransferReport& report) {
  const std::string& path = destination.path;
  if (path == "-" || destination.format.container == archive::Container::directory) {
    return;
  }
  const std::string fitting = fittingName(path, destination.format);
  if (path != fitting) {
    report.warning("`strapi import` goes by the ending of a name, and takes this archive as " +
                   fitting + ": rename it before an import");
  }
}

// Moved away first: what is being finished meanwhile then fails, and cannot get the final name
// while it is being removed.
void removeTemporary(const std::string& temporary) {
  std::error_code error;
  const std::string doomed = temporary + ".removed";
  std::filesystem::rename(temporary, doomed, error);
  // A file goes without the handle that a folder takes, and that there may be none for.
  if (!error && !std::filesystem::remove(doomed, error)) {
    std::filesystem::remove_all(doomed, error);
  }
}

}  // namespace

TransferOutcome transferIntoArchive(strapi::Source& source,
                                    archive::ArchiveDestinationOptions archive,
                                    strapi::TransferEngineOptions options, TransferReport& report,
                                    Interruption& interruption) {
  const TimePoint begin = Clock::now();
  warnOfName(archive, report);
  archive::ArchiveDestination destination(std::move(archive));
  options.onProgress = [&report](const strapi::StageProgress& progress) {
    report.progress(progress);
  };
  strapi::TransferEngine engine(source, destination, std::move(options));
  TransferOutcome outcome;
  {
    // Nothing cancels a file system that takes long to synchronise.
    const Interruption::Scope scope(
        interruption, [&engine] { engine.cancel(); },
        [temporary = destination.temporaryPath()] { removeTemporary(temporary); });
    outcome.transfer = engine.run();
  }
  outcome.exitCode = exitCodeFor(outcome.transfer);
  outcome.archive = destination.result();
  outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  return outcome;
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
                                                        bool forceGiven) {
  return [&interruption, forceGiven](FailureReport& failure) {
    showAsInterruption(failure, interruption);
    // A folder that holds other things is replaced by nothing.
    if (failure.error == toString(Errc::fileExists) && !forceGiven &&
        failure.cause != ErrorCause::foreignFiles) {
      failure.remedy = "Choose another name, or replace it with --force.";
    }
  };
}

}  // namespace wsferry::tool
