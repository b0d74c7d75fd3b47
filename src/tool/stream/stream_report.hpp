#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tool/report/failure_report.hpp"
#include "tool/terminal/first_few.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::tool {

/// The text of a result: a transcription, or a payload that is text; nothing for others.
std::optional<std::string> textOf(const gateway::Response& response);

/// Why a result of the WS Gateway cannot be read that should be a transcription; empty if it can,
/// or should be something else.
std::string unreadableText(const gateway::Response& response);

/// What is told to people of results of these schemas, which are no text.
std::string notShownText(const std::set<std::string>& schemas);

/// How far a stream is.
struct StreamProgress {
  std::uint64_t audioBytes = 0;  ///< Sent.
  std::chrono::milliseconds elapsed{0};
};

/// How a stream has ended.
struct StreamOutcome {
  gateway::Verdict verdict;
  FailureReport failure;     ///< Of a stream that has not succeeded, or was interrupted.
  bool interrupted = false;  ///< By a signal, which ended the audio, or later the stream.
  bool audioLeft = false;    ///< Of one that was interrupted: there was more that was not read.
  std::chrono::milliseconds elapsed{0};

  bool isSuccess() const { return verdict.isSuccess() && !interrupted; }

  /// The verdict in a word. A stream is not complete whose audio was cut short.
  std::string_view name() const {
    return interrupted && verdict.isSuccess() ? "interrupted" : toString(verdict.outcome);
  }
};

/// The kind of a warning that has the gateway's own words, of what may be missing in the results.
inline constexpr const char* gatewaysWarning = "warning of the gateway";

/// Whether it may still change. What may not is a result.
inline bool isPartial(const gateway::Response& response) {
  return response.frameType == "partial";
}

/// Tells somebody what a stream gives and how it goes. Functions may be called from any thread.
/// Those that write results throw Error with Errc::fileFailed if they cannot be written.
class StreamReport {
 public:
  virtual ~StreamReport() = default;
  virtual void start(const std::string& url, const std::string& input) = 0;
  virtual void metadata(const gateway::StreamMetadata& metadata) = 0;
  virtual void response(const gateway::Response& response) = 0;
  virtual void binary(std::string_view bytes) = 0;
  virtual void rawText(std::string_view text) = 0;
  virtual void unknown(std::string_view json) = 0;
  /// Of `kind`, such as "message that is not readable", of which many may come: after the first few
  /// they are counted.
  virtual void warning(const std::string& kind, std::string_view message) = 0;
  virtual void progress(const StreamProgress& progress) = 0;
  virtual void ended(const StreamOutcome& outcome) = 0;
};

}  // namespace wsferry::tool
