#include <iostream>

#include "tool/commands/commands.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

void addArchiveOptions(CLI::App& command, ArchiveOptions& options) {
  command.add_option("archive", options.archive, "Archive, file or folder")
      ->type_name("ARCHIVE")
      ->required();
  addKeyOptions(command, options.key, options.keyFile);
  command.add_flag("--json", options.json, "One JSON object on standard output");
}

void addInspectOptions(CLI::App& command, ArchiveOptions& options) {
  addArchiveOptions(command, options);
  command.footer(
      "Examples:\n"
      "  wsferry inspect backup.tar.gz\n"
      "  wsferry inspect backup.tar.gz.enc --key-file key.txt --json");
}

void noteUnusedKey(const ArchiveOptions& options, const archive::ArchiveSummary& summary) {
  const bool keyGiven = !options.key.empty() || !options.keyFile.empty();
  const std::string note = unusedKeyNote(options.archive, keyGiven, summary.format.encrypted);
  if (!note.empty()) {
    printNote(note);
  }
}

ExitCode runInspect(const ArchiveOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  requireArchive("inspect", options.archive);
  const archive::ArchiveSummary summary =
      archive::inspectArchive(options.archive, archiveKey(options.key, options.keyFile));
  noteUnusedKey(options, summary);
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", true);
    line.number("exitCode", static_cast<std::uint64_t>(ExitCode::done));
    writeArchive(line, options.archive, summary);
    line.finish(std::cout);
  } else {
    std::cout << archiveText(options.archive, summary) << findingsText(summary) << std::flush;
  }
  return ExitCode::done;
}

}  // namespace wsferry::tool
