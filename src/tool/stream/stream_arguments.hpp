#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tool/audio/audio_rate.hpp"
#include "tool/options/connection_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/stream/credential_arguments.hpp"
#include "tool/stream/transcript_options.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::tool {

/// Of audio in one message.
inline constexpr std::size_t largestChunk = std::size_t{1} << 20;

/// The command line of `wsferry stream`, as typed.
struct StreamArguments {
  std::string url;
  std::string input;
  std::string output;
  bool force = false;

  CredentialArguments credentials;
  AccessOptions access;

  std::string profile;  ///< Empty: vatis.
  std::string templateId;
  std::string language;
  std::vector<std::string> patches;
  std::string configurationFile;
  bool noEgress = false;
  bool persist = false;
  std::string format = "events";
  std::string formatParameter;

  std::string keepAlive;          ///< Empty: the profile's.
  Duration keepAliveInterval{0};  ///< 0: the profile's.

  Duration metadataTimeout{0};  ///< 0: the SDK's, as of the next two.
  Duration drainTimeout{0};
  std::size_t maxMessage = 0;

  std::size_t chunkSize = 4096;
  unsigned chunkMilliseconds = 0;  ///< 0: by chunkSize.
  bool realTime = false;
  std::size_t bytesPerSecond = 0;  ///< 0: as the audio says.
  std::string rawAudio;
  bool forceAudio = false;

  TranscriptArguments transcripts;
  ReportingOptions reporting;
};

/// Adds a patch as typed with --patch; a name given again makes an array. @throws Error:
/// invalidOption.
void addPatch(const std::string& text, std::vector<gateway::Patch>& patches);

/// Adds --template and --patch.
void addTemplateOptions(CLI::App& command, std::string& templateId,
                        std::vector<std::string>& patches);

void addStreamOptions(CLI::App& command, StreamArguments& options);

/// A stream to run, checked.
struct StreamRequest {
  gateway::StreamOptions stream;
  std::optional<platform::ClientCredentialsOptions> token;  ///< To be fetched for the stream.
  std::string input;                                        ///< `-` is standard input.
  std::string output;
  std::size_t chunkSize = 0;
  Duration chunkTime{0};  ///< In place of chunkSize; 0: by it.
  bool realTime = false;
  std::size_t bytesPerSecond = 0;  ///< 0: as the audio says.
  std::optional<RawAudio> rawAudio;
  bool readsWav = false;    ///< The gateway takes samples, and the header of a WAV file says which.
  bool forceAudio = false;  ///< Also what is no audio.
  gateway::detail::TranscriptForm transcriptForm = gateway::detail::TranscriptForm::text;
  ReportingOptions reporting;
  std::vector<std::string> unusedOptions;  ///< See Server.
  std::string howToGiveCredentials;        ///< Where there are none.
};

/// A profile that is built in, or else one in a file. @throws Error: invalidOption.
gateway::Profile readProfile(const std::string& nameOrFile);

/// Reads secrets, the profile and the configuration file. @throws Error: invalidOption, invalidUrl,
/// fileFailed.
StreamRequest resolveStream(const StreamArguments& options, const Environment& environment);

}  // namespace wsferry::tool
