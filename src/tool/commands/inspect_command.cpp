#include <iostream>

#include "tool/commands/commands.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/transfer/standard_input.hpp"

namespace wsferry::tool {

void addInspectOptions(CLI::App& command, InspectOptions& options) {
  command.add_option("archive", options.archive, "Archive, file or folder; - is standard input")
      ->type_name("ARCHIVE")
      ->required();
  addKeyOptions(command, options.key, options.keyFile);
  command.add_flag("--json", options.json, "One JSON object on standard output");
  command.footer(
      "Examples:\n"
      "  wsferry inspect backup.tar.gz\n"
      "  wsferry inspect backup.tar.gz.enc --key-file key.txt --json");
}

ExitCode runInspect(const InspectOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  requireArchive("inspect", options.archive);
  const std::string path = archivePath(options.archive, ArchivePasses::one);
  const std::string key = archiveKey(options.key, options.keyFile);
  const archive::ArchiveSummary summary = archive::inspectArchive(path, key);
  const bool ok = summary.problems.empty();
  const ExitCode code = ok ? ExitCode::done : ExitCode::data;
  noteUnusedKey(path, !key.empty(), summary.format.encrypted);
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", ok);
    line.number("exitCode", static_cast<std::uint64_t>(code));
    writeArchive(line, path, summary);
    line.finish(std::cout);
  } else {
    std::cout << archiveText(path, summary) << findingsText(summary) << std::flush;
  }
  return code;
}

}  // namespace wsferry::tool
