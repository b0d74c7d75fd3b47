#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "tool/report/transfer_report.hpp"

namespace wsferry::tool {

/// How a transfer is reported, as typed.
struct ReportingOptions {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string progress = "auto";  ///< auto, always or never.
  std::string logFile;            ///< Empty: none.
};

/// `outputTaken` is what on the command line has standard output for the archive, such as `-o -`;
/// empty for a command that makes none.
void addReportingOptions(CLI::App& command, ReportingOptions& options,
                         const std::string& outputTaken = {});

Verbosity verbosityOf(const ReportingOptions& options);

/// Whether anybody gets to see what is told of an archive that was made well.
bool showsArchive(const ReportingOptions& options);

/// @throws Error with Errc::invalidOption for options that exclude each other.
void checkReporting(const ReportingOptions& options);

/// A report on this process's terminal, and in a log file if asked for. `output` is what the
/// command makes, as typed: with `-`, results go to standard error.
/// @throws Error: invalidOption for a log that is no such file, or that output; fileFailed if it
/// cannot be opened.
std::unique_ptr<TransferReport> makeReport(const ReportingOptions& options,
                                           const std::string& output);

}  // namespace wsferry::tool
