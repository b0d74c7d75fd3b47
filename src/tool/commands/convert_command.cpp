#include <utility>

#include "tool/commands/archive_transfer.hpp"
#include "tool/commands/commands.hpp"
#include "tool/options/completeness_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr const char* outputKeyPrefix = "output-";

}  // namespace

void addConvertOptions(CLI::App& command, ConvertOptions& options) {
  command.add_option("archive", options.archive, "Archive to read, file or folder")
      ->type_name("ARCHIVE")
      ->required();
  command
      .add_option("output", options.output.path,
                  "File or folder to make; - writes the tar to standard output")
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
      "  wsferry convert backup.tar.gz folder/");
}

ExitCode runConvert(const ConvertOptions& options, CommandRun& run) {
  const bool toStandardOutput = options.output.path == "-";
  run.failure.useReport(options.reporting, toStandardOutput);
  run.failure.amend = amendArchiveFailure(run.interruption, options.output.force);
  TransferReport& report = *run.failure.report;
  checkReporting(options.reporting);
  requireArchive("convert", options.archive);
  if (toStandardOutput && standardOutputIsTerminal()) {
    throw Error(Errc::invalidOption,
                "- writes an archive, and standard output is a terminal: redirect it");
  }
  archive::ArchiveDestinationOptions output = resolveOutput(options.output, outputKeyPrefix);
  strapi::TransferEngineOptions engine;
  engine.filter = resolveSelection(options.selection);
  engine.allowMissingFiles = options.allowMissingFiles;
  archive::ArchiveSourceOptions input;
  input.path = options.archive;
  input.key = archiveKey(options.key, options.keyFile);
  input.acceptDoubles = true;
  const bool keyGiven = !input.key.empty();
  archive::ArchiveSource source(std::move(input));
  report.start({"convert", options.archive, output.path});
  const bool withFiles = engine.filter.includes(strapi::TransferStage::assets);
  TransferOutcome outcome =
      transferIntoArchive(source, std::move(output), std::move(engine), report, run.interruption);
  std::vector<std::string> findings =
      findingsOf(source.summary(), withFiles, outcome.transfer.remarks);
  if (options.reporting.quiet) {
    outcome.sourceNotes = std::move(findings);  // Quiet hides warnings, and these are of losses.
  } else {
    for (const std::string& finding : findings) {
      report.warning(finding);
    }
  }
  const std::string note =
      unusedKeyNote(options.archive, keyGiven, source.summary().format.encrypted);
  if (!note.empty()) {
    report.warning(note);
  }
  report.done(outcome);
  run.hasTransferred = true;
  return outcome.exitCode;
}

}  // namespace wsferry::tool
