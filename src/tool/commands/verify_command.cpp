#include <iostream>

#include "tool/commands/commands.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"

namespace wsferry::tool {

void addVerifyOptions(CLI::App& command, ArchiveOptions& options) {
  addArchiveOptions(command, options);
  command.add_flag("--allow-missing-files", options.allowMissingFiles,
                   "Files that are missing, or shorter than their records say, are remarks");
  command.footer(
      "Exit code 0: whole. 5: there are problems, which an import refuses or loses something by.\n"
      "Remarks, such as links that lead nowhere in the database, do no harm. The digest is that of "
      "the content: equal for\n"
      "equal content, whatever the format.\n\n"
      "Examples:\n"
      "  wsferry verify backup.tar.gz && echo whole\n"
      "  wsferry verify backup.tar.gz.enc --key-file key.txt --json");
}

namespace {

const char* wholeText(const archive::ArchiveSummary& summary) {
  const auto files = summary.totals.find(strapi::TransferStage::assets);
  const auto records = summary.entitiesByType.find("plugin::upload.file");
  const bool lacksFiles = records != summary.entitiesByType.end() && records->second.count > 0 &&
                          (files == summary.totals.end() || files->second.count == 0);
  return lacksFiles ? "whole, but without its files" : "whole: no problems found";
}

}  // namespace

ExitCode runVerify(const ArchiveOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  requireArchive("verify", options.archive);
  archive::VerificationOptions verification;
  verification.allowMissingFiles = options.allowMissingFiles;
  const archive::ArchiveSummary summary = archive::verifyArchive(
      options.archive, archiveKey(options.key, options.keyFile), verification);
  const bool whole = summary.problems.empty();
  const ExitCode code = whole ? ExitCode::done : ExitCode::data;
  noteUnusedKey(options, summary);
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", whole);
    line.number("exitCode", static_cast<std::uint64_t>(code));
    writeArchive(line, options.archive, summary);
    line.text("digest", summary.digest);
    line.finish(std::cout);
  } else {
    std::cout << archiveText(options.archive, summary) << findingsText(summary)
              << "digest:   " << summary.digest << '\n'
              << (whole ? wholeText(summary) : "damaged or incomplete: problems found")
              << std::endl;
  }
  return code;
}

}  // namespace wsferry::tool
