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
};

/// `outputTaken` is what on the command line has standard output for the archive, such as `-o -`;
/// empty for a command that makes none.
void addReportingOptions(CLI::App& command, ReportingOptions& options,
                         const std::string& outputTaken = {});

Verbosity verbosityOf(const ReportingOptions& options);

/// @throws Error with Errc::invalidOption for options that exclude each other.
void checkReporting(const ReportingOptions& options);

/// A report on this process's terminal. With `standardOutputTaken`, results go to standard error.
std::unique_ptr<TransferReport> makeReport(const ReportingOptions& options,
                                           bool standardOutputTaken);

}  // namespace wsferry::tool
