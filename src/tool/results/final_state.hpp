#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <system_error>

#include "tool/report/exit_code.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/platform/stream_service.hpp"

namespace wsferry::tool {

/// What a service of the platform says of a stream.
struct StreamAnswer {
  std::error_code error;
  ErrorInfo info;
  gateway::StreamMetadata stream;
};

/// Asks the Stream Service until the state is a final one, for `limit` at most, and longer and
/// longer apart. Its last answer; nothing if none came.
std::optional<StreamAnswer> awaitFinalState(const platform::StreamServiceOptions& options,
                                            const std::string& id, std::chrono::milliseconds limit,
                                            Interruption& interruption);

/// Whether it is the state of a stream that did not succeed.
bool isFailedState(const std::string& state);

/// Why a stream did not succeed by such an answer, or may not have.
struct StateFailure {
  std::error_code error;
  std::string message;
  bool isFailed = false;  ///< The service says so; else it is not known.

  ExitCode exitCode() const { return isFailed ? ExitCode::remote : ExitCode::connection; }
};

/// Nothing for a stream that is completed.
std::optional<StateFailure> failureOf(const std::optional<StreamAnswer>& answer);

/// Has a stream cancelled that nobody wants any more, and says in words what has become of it.
/// That may take some seconds, also after a signal.
std::string cancelStream(const platform::StreamServiceOptions& options, const std::string& id,
                         Interruption& interruption);

}  // namespace wsferry::tool
