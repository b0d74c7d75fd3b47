#include <algorithm>
#include <iostream>
#include <string>

#include "tool/commands/commands.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

void addVerifyOptions(CLI::App& command, VerifyOptions& options) {
  command
      .add_option(
          "archive", options.archives,
          "Archive, file or folder; - is standard input; several are checked one after another")
      ->type_name("ARCHIVE")
      ->required();
  addKeyOptions(command, options.key, options.keyFile);
  command.add_flag("--json", options.json, "A JSON object for each archive on standard output");
  command.add_flag("-q,--quiet", options.quiet, "Print nothing for archives that are whole");
  command.add_flag("--allow-missing-files", options.allowMissingFiles,
                   "Missing files, or files shorter than their records say, are only remarks");
  command.footer(
      "Exit code 0: whole. 5: there are problems: an import would refuse the archive or lose "
      "something.\n"
      "Remarks, such as links that lead nowhere in the database, are harmless. The digest is of "
      "the content: equal for\n"
      "equal content, whatever the format.\n"
      "\n"
      "Examples:\n"
      "  wsferry verify backup.tar.gz && echo whole\n"
      "  wsferry verify backups/*.tar.gz -q\n"
      "  wsferry verify backup.tar.gz.enc --key-file key.txt --json\n"
      "  age -d -i key.txt backup.tar.gz.age | wsferry verify -");
}

namespace {

bool lacksAllFiles(const archive::ArchiveSummary& summary) {
  const auto files = summary.totals.find(strapi::TransferStage::assets);
  const auto records = summary.entitiesByType.find(std::string(strapi::uploadFile));
  return records != summary.entitiesByType.end() && records->second.count > 0 &&
         (files == summary.totals.end() || files->second.count == 0);
}

const char* wholeText(const archive::ArchiveSummary& summary) {
  return lacksAllFiles(summary) ? "whole, but without its files" : "whole: no problems found";
}

// How many files are known to be as they were stored.
std::string checksumsText(const archive::ArchiveSummary& summary) {
  const auto files = summary.totals.find(strapi::TransferStage::assets);
  if (files == summary.totals.end() || files->second.count == 0) {
    return {};
  }
  return "files:    " + std::to_string(summary.filesWithChecksum) + " of " +
         std::to_string(files->second.count) + " match the archive's checksums\n";
}

// The same of the records.
std::string recordsText(const archive::ArchiveSummary& summary) {
  if (summary.partsOfRecords == 0) {
    return {};
  }
  const bool isSeen = summary.format.compressed || !summary.problems.empty() ||
                      summary.partsWithChecksum == summary.partsOfRecords;
  return "records:  " + std::to_string(summary.partsWithChecksum) + " of " +
         formatCount(summary.partsOfRecords, "part matches", "parts match") +
         " the archive's checksums" +
         (isSeen ? "" : "; in the rest, damage that leaves the JSON valid does not show") + "\n";
}

std::string checksumsAndDigest(const archive::ArchiveSummary& summary) {
  if (!summary.isReadToEnd) {  // A count of what matches would be 0, as if all were damaged.
    return "checksums could not be compared, and there is no digest: the archive ends too early, "
           "or cannot be read from the problem on\n";
  }
  return recordsText(summary) + checksumsText(summary) + "digest:   " + summary.digest + "\n";
}

ExitCode verify(const std::string& archive, const std::string& key, const VerifyOptions& options) {
  const std::string path = archivePath(archive, ArchivePasses::one);
  archive::VerificationOptions verification;
  verification.allowMissingFiles = options.allowMissingFiles;
  const archive::ArchiveSummary summary = archive::verifyArchive(path, key, verification);
  const bool whole = summary.problems.empty();
  const ExitCode code = whole ? ExitCode::done : ExitCode::data;
  if (!options.quiet) {
    noteUnusedKey(path, !key.empty(), summary.format.encrypted);
  }
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", whole);
    line.number("exitCode", static_cast<std::uint64_t>(code));
    writeArchive(line, path, summary);
    if (summary.isReadToEnd) {
      line.number("filesWithChecksum", summary.filesWithChecksum);
      line.number("partsOfRecords", summary.partsOfRecords);
      line.number("partsWithChecksum", summary.partsWithChecksum);
      line.text("digest", summary.digest);
    }
    line.finish(std::cout);
  } else if (!options.quiet || !whole) {
    std::cout << archiveText(path, summary) << findingsText(summary) << checksumsAndDigest(summary)
              << (whole ? wholeText(summary) : "damaged or incomplete: problems found")
              << std::endl;
  } else if (lacksAllFiles(summary)) {
    printNote(path + " is " + wholeText(summary));
  }
  if (!whole) {  // For who throws the rest away.
    std::cerr << "wsferry: " << printable(path) << " is damaged or incomplete: "
              << formatCount(summary.problems.size(), "problem", "problems") << std::endl;
  }
  return code;
}

}  // namespace

ExitCode runVerify(const VerifyOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  for (const std::string& archive : options.archives) {
    requireArchive("verify", archive);
  }
  const std::string key = archiveKey(options.key, options.keyFile);
  if (options.archives.size() == 1) {
    return verify(options.archives.front(), key, options);
  }
  // What is wrong with one keeps nobody from the others.
  ExitCode code = ExitCode::done;
  for (const std::string& archive : options.archives) {
    try {
      code = std::max(code, verify(archive, key, options));
    } catch (const Error& error) {
      code = std::max(code, run.failure.show(error));
    }
  }
  return code;
}

}  // namespace wsferry::tool
