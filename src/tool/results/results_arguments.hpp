#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/connection_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/stream/credential_arguments.hpp"
#include "tool/stream/transcript_options.hpp"
#include "wsferry/platform/egress_options.hpp"
#include "wsferry/platform/stream_service.hpp"

namespace wsferry::tool {

/// The command line of `wsferry results`, as typed.
struct ResultsArguments {
  std::vector<std::string> streams;
  std::string group;
  std::string url;
  std::string streamServiceUrl;
  std::string output;
  bool force = false;

  CredentialArguments credentials;
  AccessOptions access;

  std::optional<std::uint64_t> count;
  std::vector<std::string> tags;
  std::string matchTags;
  std::string format = "events";
  bool finalOnly = false;
  Duration timeout{0};
  bool omitPayload = false;
  bool excludeNoPayload = false;
  std::vector<std::string> resume;
  unsigned retries = 5;

  TranscriptArguments transcripts;
  ReportingOptions reporting;
};

void addResultsOptions(CLI::App& command, ResultsArguments& options);

/// What to read, checked.
struct ResultsRequest {
  platform::EgressOptions egress;
  std::optional<platform::StreamServiceOptions> service;    ///< Knows whether a stream failed.
  std::optional<platform::ClientCredentialsOptions> token;  ///< To be fetched for it.
  std::string output;
  gateway::detail::TranscriptForm transcriptForm = gateway::detail::TranscriptForm::text;
  ReportingOptions reporting;
  std::vector<std::string> unusedOptions;  ///< See Server.
  std::string howToGiveCredentials;        ///< Where there are none.
};

/// Reads secrets. @throws Error: invalidOption, invalidUrl.
ResultsRequest resolveResults(const ResultsArguments& options, const Environment& environment);

}  // namespace wsferry::tool
