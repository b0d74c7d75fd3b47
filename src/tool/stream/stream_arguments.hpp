#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/connection_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/stream/audio_rate.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::tool {

/// The command line of `wsferry stream`, as typed.
struct StreamArguments {
  std::string url;
  std::string input;
  std::string output;
  bool force = false;

  std::string apiKey;
  std::string apiKeyFile;
  std::string clientId;
  std::string clientSecret;
  std::string clientSecretFile;
  std::string bearer;
  std::string bearerFile;
  std::string placement = "header";
  std::vector<std::string> subprotocols;
  bool rawSubprotocols = false;
  std::vector<std::string> headers;
  AccessOptions access;

  std::string templateId;
  std::string language;
  std::vector<std::string> patches;
  std::string configurationFile;
  bool noEgress = false;
  bool persist = false;
  std::string format = "events";
  std::string formatParameter;

  std::string keepAlive = "ping";
  Duration keepAliveInterval{5'000};

  std::size_t chunkSize = 4096;
  bool realTime = false;
  std::string rawAudio;

  ReportingOptions reporting;
};

void addStreamOptions(CLI::App& command, StreamArguments& options);

/// A stream to run, checked.
struct StreamRequest {
  gateway::StreamOptions stream;
  std::string input;  ///< `-` is standard input.
  std::string output;
  std::size_t chunkSize = 0;
  bool realTime = false;
  std::optional<RawAudio> rawAudio;
  std::vector<std::string> unusedOptions;  ///< See Server.
};

/// Reads secrets and the configuration file. @throws Error: invalidOption, invalidUrl, fileFailed.
StreamRequest resolveStream(const StreamArguments& options, const Environment& environment);

}  // namespace wsferry::tool
