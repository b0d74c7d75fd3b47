// POSIX: which file standard output is.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/check/whole_end.hpp"
#include "core/file/file_error.hpp"
#include "tool/commands/commands.hpp"
#include "tool/options/completeness_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/series/archive_mark.hpp"
#include "tool/series/left_out.hpp"
#include "tool/series/series_archive.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/archive_transfer.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr const char* outputKeyPrefix = "output-";

}  // namespace

void addConvertOptions(CLI::App& command, ConvertOptions& options) {
  command
      .add_option("archive", options.archive,
                  "Archive to read, file or folder; - is standard input")
      ->type_name("ARCHIVE")
      ->required();
  command
      .add_option("output", options.output.path,
                  "File or folder to make; a folder ending in / receives a file with ARCHIVE's "
                  "name; - writes the tar to standard output")
      ->type_name("OUT")
      ->required();
  addKeyOptions(command, options.key, options.keyFile);
  addOutputOptions(command, options.output, outputKeyPrefix);
  addSelectionOptions(command, options.selection);
  addMissingFilesOption(command, options.allowMissingFiles);
  addReportingOptions(command, options.reporting, "OUT -");
  command.footer(
      "Examples:\n"
      "  wsferry convert backup.tar.gz.enc plain.tar.gz --key-file key.txt\n"
      "  wsferry convert backup.tar.gz content.tar.gz.enc --exclude files \\\n"
      "    --encrypt --output-key-file key.txt\n"
      "  wsferry convert backup.tar.gz folder --format dir");
}

namespace {

// In a folder it is called as the archive that it is made of.
archive::ArchiveDestinationOptions resolveTarget(const ConvertOptions& options) {
  archive::ArchiveDestinationOptions output = resolveOutput(options.output, outputKeyPrefix);
  if (endsWith(output.path, "/") && output.format.container == archive::Container::tar) {
    std::error_code error;
    const std::filesystem::path input =
        std::filesystem::absolute(options.archive, error).lexically_normal();
    if (error) {  // The folder that it is relative to is gone.
      throwFileError("find", options.archive, error.value());
    }
    const bool isFolder = !input.has_filename();
    const std::string name = (isFolder ? input.parent_path() : input).filename().string();
    output.path += fittingName(name, output.format);
  }
  return output;
}

// By its mark, or that of what a link leads to, and by its end. Who leaves all files out misses
// none.
KnownLack knownLack(const std::string& archive, const std::string& key, bool withFiles) {
  std::error_code unknown;
  const std::filesystem::path place = std::filesystem::canonical(archive, unknown);
  const auto end = archive::readWholeEnd(archive, key);
  archive::NotedLosses losses = end ? end->losses : archive::NotedLosses();
  if (!withFiles) {
    losses = {losses.count - losses.files, 0};
  }
  return {losses, isMarkedIncomplete(archive) || (!unknown && isMarkedIncomplete(place.string())),
          [confirmed = end ? std::optional(end->confirmed) : std::nullopt] { return confirmed; }};
}

// As `x - >> x` has it: an archive that grows while it is read has no end.
void requireOtherOutput(const std::string& path) {
  struct stat read {};
  struct stat written {};
  if (::stat(path.c_str(), &read) == 0 && ::fstat(STDOUT_FILENO, &written) == 0 &&
      S_ISREG(read.st_mode) && read.st_dev == written.st_dev && read.st_ino == written.st_ino) {
    throw Error(Errc::invalidOption,
                "standard output is the archive being read: send it to another file");
  }
}

// Whether each part of the records has the checksum that a pull gives it: of another archive nobody
// knows what it lacks.
bool isMadeByPull(const archive::ArchiveSummary& archive) {
  return archive.partsOfRecords > 0 && archive.partsWithChecksum == archive.partsOfRecords;
}

// Why an archive that has all that was asked for is not one of the whole ones of a series; empty
// for one that may be.
std::string notWholeInSeries(const strapi::TransferFilter& filter, const std::string& input,
                             const archive::ArchiveSummary& archive) {
  return isSelection(filter) ? "it has a selection of the content"
         : !isMadeByPull(archive)
             ? "the archive it was made from has no checksums to show that it is whole"
         : !mayCountInSeries(input)
             ? "the archive it was made from has no date in its name, and does not count either"
             : "";
}

// What the archive that was made counts for later, said and noted.
void noteWhatItCountsFor(const ConvertOptions& options, const strapi::TransferFilter& filter,
                         const archive::ArchiveSummary& input, const KnownLack& known,
                         TransferReport& report, TransferOutcome& outcome) {
  const bool isAccepted = known.losses.areFiles() && options.allowMissingFiles &&
                          !mayCountInSeries(options.output.path);
  const bool isOfIncomplete = known.isMarked || (known.losses.count > 0 && !isAccepted);
  if (isOfIncomplete) {
    outcome.sourceNotes.push_back(
        options.archive +
        " does not count as whole, nor does what was made from it: " + incompleteWords);
  }
  if (options.output.path == "-") {
    return;
  }
  const bool isWhole = outcome.transfer.isWhole() && !isOfIncomplete;
  const std::string why = isWhole && mayCountInSeries(outcome.archive->path)
                              ? notWholeInSeries(filter, options.archive, input)
                              : std::string();
  noteCompleteness(isWhole && why.empty(), outcome);
  if (!why.empty()) {
    report.warning("`wsferry prune` does not count " + outcome.archive->path + ": " + why);
  }
}

// Quiet hides warnings, and these are of losses.
void tellFindings(const archive::ArchiveSummary& input, bool withFiles, bool isQuiet,
                  TransferReport& report, TransferOutcome& outcome) {
  constexpr std::size_t mostFindings = 10;
  std::vector<std::string> findings = findingsOf(input, withFiles, outcome.transfer.remarks);
  if (findings.size() > mostFindings) {
    const std::size_t more = findings.size() - mostFindings;
    findings.resize(mostFindings);
    findings.push_back("and " + std::to_string(more) + " more, which `wsferry verify` lists");
  }
  if (isQuiet) {
    outcome.sourceNotes.insert(outcome.sourceNotes.end(), findings.begin(), findings.end());
    return;
  }
  for (const std::string& finding : findings) {
    report.warning(finding);
  }
}

// Then an archive that could not be read to its end may hold some of it.
bool lacksStage(const archive::ArchiveSummary& archive) {
  const auto hasSome = [&archive](strapi::TransferStage stage) {
    const auto found = archive.totals.find(stage);
    return found != archive.totals.end() && found->second.count > 0;
  };
  return !std::all_of(strapi::stageOrder.begin(), strapi::stageOrder.end(), hasSome);
}

// An archive that holds less replaces none, whatever it is less by: nobody knows which selection
// made it. Types that its schemas no longer have are none that it lacks.
void requireNoMoreThan(archive::ArchiveSource& source, const std::string& input,
                       const archive::ArchiveDestinationOptions& output,
                       Interruption& interruption) {
  std::error_code unknown;
  if (!output.overwrite || output.path == "-" ||
      std::filesystem::equivalent(input, output.path, unknown)) {
    return;
  }
  const auto heldMore = [&](const archive::ArchiveSummary& existing) {
    const Interruption::Scope scope(interruption, [&source] { source.cancel(); });
    source.bootstrap();
    const std::string more = moreThan(source.summary(), existing);
    if (!more.empty()) {
      return "holds " + more + ", of which the archive to convert has none";
    }
    return lacksStage(source.summary()) ? mayHoldMore(existing) : std::string();
  };
  requireHoldsNoMore(output, heldMore, interruption.requested());
}

}  // namespace

ExitCode runConvert(const ConvertOptions& options, CommandRun& run) {
  const bool toStandardOutput = options.output.path == "-";
  run.failure.useReport(options.reporting, options.output.path);
  run.failure.amend = amendArchiveFailure(run.interruption, options.output.force);
  TransferReport& report = *run.failure.report;
  checkReporting(options.reporting);
  requireArchive("convert", options.archive);
  if (toStandardOutput && standardOutputIsTerminal()) {
    throw Error(Errc::invalidOption,
                "- writes an archive, and standard output is a terminal: redirect it");
  }
  archive::ArchiveDestinationOptions output = resolveTarget(options);
  output.fileHash = showsArchive(options.reporting);
  strapi::TransferEngineOptions engine;
  engine.filter = resolveSelection(options.selection);
  engine.allowMissingFiles = options.allowMissingFiles;
  const strapi::TransferFilter filter = engine.filter;
  archive::ArchiveSourceOptions input;
  input.path = archivePath(options.archive, ArchivePasses::several);
  input.key = archiveKey(options.key, options.keyFile);
  input.acceptDoubles = true;
  const bool withFiles = filter.includes(strapi::TransferStage::assets);
  input.withoutFiles = !withFiles;
  const bool keyGiven = !input.key.empty();
  const std::string path = input.path;
  if (toStandardOutput) {
    requireOtherOutput(path);
  }
  const KnownLack known = knownLack(path, input.key, withFiles);
  const std::string target = output.path;
  requireHoldsNoMore(output, filter, run.interruption.requested());
  archive::ArchiveSource source(std::move(input));
  requireNoMoreThan(source, path, output, run.interruption);
  report.start({"convert", path, output.path});
  warnOfName(output, report);
  ProvisionalMark mark(isSelection(filter));
  TransferOutcome outcome =
      transferIntoArchive(source, std::move(output), std::move(engine), report, run.interruption,
                          mayCountInSeries(target) ? &mark : nullptr, known);
  mark.keep();
  const archive::ArchiveSummary& summary = source.summary();
  noteWhatItCountsFor(options, filter, summary, known, report, outcome);
  tellFindings(summary, withFiles, options.reporting.quiet, report, outcome);
  const std::string note = unusedKeyNote(path, keyGiven, summary.format.encrypted);
  if (!note.empty()) {
    report.warning(note);
  }
  report.done(outcome);
  run.hasTransferred = true;
  return outcome.exitCode;
}

}  // namespace wsferry::tool
