#include <filesystem>
#include <system_error>
#include <utility>

#include "core/file/file_error.hpp"
#include "tool/commands/archive_transfer.hpp"
#include "tool/commands/commands.hpp"
#include "tool/options/completeness_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/series/series_archive.hpp"
#include "tool/terminal/terminal.hpp"
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
                  "File or folder to make; a folder that ends in / gets a file that is called as "
                  "ARCHIVE; - writes the tar to standard output")
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

// Of what is marked, by its name or by that which a link leads to, the content alone may not show
// what it lacks.
bool isKnownToLack(const std::string& archive) {
  std::error_code unknown;
  const std::filesystem::path place = std::filesystem::canonical(archive, unknown);
  return isMarkedIncomplete(archive) || (!unknown && isMarkedIncomplete(place.string()));
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
  strapi::TransferEngineOptions engine;
  engine.filter = resolveSelection(options.selection);
  engine.allowMissingFiles = options.allowMissingFiles;
  archive::ArchiveSourceOptions input;
  input.path = archivePath(options.archive, ArchivePasses::several);
  input.key = archiveKey(options.key, options.keyFile);
  input.acceptDoubles = true;
  const bool withFiles = engine.filter.includes(strapi::TransferStage::assets);
  input.withoutFiles = !withFiles;
  const bool keyGiven = !input.key.empty();
  const std::string path = input.path;
  archive::ArchiveSource source(std::move(input));
  report.start({"convert", path, output.path});
  warnOfName(output, report);
  TransferOutcome outcome =
      transferIntoArchive(source, std::move(output), std::move(engine), report, run.interruption);
  const bool isOfIncomplete = isKnownToLack(path);
  if (isOfIncomplete) {
    outcome.sourceNotes.push_back(
        path + " does not count as whole, nor does what was made of it: " + incompleteWords);
  }
  if (!toStandardOutput) {
    noteCompleteness(outcome.transfer.isWhole() && !isOfIncomplete, outcome);
  }
  std::vector<std::string> findings =
      findingsOf(source.summary(), withFiles, outcome.transfer.remarks);
  if (options.reporting.quiet) {
    // Quiet hides warnings, and these are of losses.
    outcome.sourceNotes.insert(outcome.sourceNotes.end(), findings.begin(), findings.end());
  } else {
    for (const std::string& finding : findings) {
      report.warning(finding);
    }
  }
  const std::string note = unusedKeyNote(path, keyGiven, source.summary().format.encrypted);
  if (!note.empty()) {
    report.warning(note);
  }
  report.done(outcome);
  run.hasTransferred = true;
  return outcome.exitCode;
}

}  // namespace wsferry::tool
