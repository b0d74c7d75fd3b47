#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/connection_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/stream/credential_arguments.hpp"
#include "tool/stream/transcript_options.hpp"
#include "tool/upload/upload_report.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/platform/egress_options.hpp"
#include "wsferry/platform/stream_service.hpp"
#include "wsferry/platform/upload_options.hpp"

namespace wsferry::tool {

/// The command line of `wsferry upload`, as typed.
struct UploadArguments {
  std::string input;
  std::string url;
  std::string egressUrl;
  std::string streamServiceUrl;
  Duration stateTimeout{0};  ///< 0: the default.
  std::string output;
  bool force = false;

  std::string templateId;
  std::string name;
  std::string group;
  std::string language;
  std::vector<std::string> patches;
  bool persist = false;
  bool forceAudio = false;

  CredentialArguments credentials;
  AccessOptions access;
  TranscriptArguments transcripts;
  ReportingOptions reporting;
};

void addUploadOptions(CLI::App& command, UploadArguments& options);

/// What to upload and what to wait for, checked.
struct UploadRequest {
  platform::UploadOptions upload;
  std::optional<platform::EgressOptions> egress;            ///< Results are waited for.
  std::optional<platform::StreamServiceOptions> service;    ///< Knows and cancels the stream.
  Duration stateTimeout{0};                                 ///< 0: the default.
  std::optional<platform::ClientCredentialsOptions> token;  ///< To be fetched for all of them.
  std::string input;
  std::string output;
  bool forceAudio = false;  ///< Also what is no audio.
  gateway::detail::TranscriptForm transcriptForm = gateway::detail::TranscriptForm::text;
  ReportingOptions reporting;
  std::vector<std::string> unusedOptions;  ///< See Server.
  std::string howToGiveCredentials;        ///< Where there are none.

  Awaited awaited() const {
    return egress ? Awaited::results : service ? Awaited::state : Awaited::nothing;
  }
  /// How long the stream's final state may take: behind its last result, or the upload.
  Duration stateLimit() const {
    const Duration byDefault = egress ? Duration(5'000) : Duration(1'800'000);
    return stateTimeout.count() > 0 ? stateTimeout : byDefault;
  }
};

/// Reads secrets. @throws Error: invalidOption, invalidUrl.
UploadRequest resolveUpload(const UploadArguments& options, const Environment& environment);

}  // namespace wsferry::tool
