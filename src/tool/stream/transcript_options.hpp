#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tool/report/reporting_options.hpp"
#include "wsferry/gateway/detail/captions/transcript_writer.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

/// In which form final results are written, as typed.
struct TranscriptArguments {
  std::string format = "text";
  bool timestamps = false;
};

void addTranscriptOptions(CLI::App& command, TranscriptArguments& options);

/// What the results have, as far as it is known before there are any.
struct ExpectedResults {
  const gateway::Profile& profile;
  std::string profileName;  ///< For messages.
  bool isRaw = false;       ///< Texts and bytes alone.
  bool goesToFile = false;
};

/// The form. `json` asks for --json, which is set. @throws Error with Errc::invalidOption for
/// options that exclude each other, and where results will not have what the form needs.
gateway::detail::TranscriptForm resolveTranscripts(const TranscriptArguments& options,
                                                   const ExpectedResults& expected,
                                                   ReportingOptions& reporting);

}  // namespace wsferry::tool
