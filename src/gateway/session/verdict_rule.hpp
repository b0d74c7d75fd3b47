#pragma once

#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

/// What the verdict on a stream depends on besides its history.
struct VerdictRules {
  bool egress = true;
  bool closeCompletes = false;  ///< @see Profile::closeCompletes
  // @see Profile
  std::vector<std::string> authenticationErrors;
  std::vector<std::string> authorizationErrors;
  std::vector<std::string> passingErrors;
  Duration inactivityLimit{0};
  Duration idleLimit{0};
};

/// What happened to a stream that is over.
struct StreamHistory {
  bool opened = false;
  bool metadataMissing = false;  ///< The profile has it, and it had not come.
  bool endSent = false;          ///< Our end of stream.
  bool serverEnded = false;
  bool serverEndedFirst = false;  ///< Before our end was sent.
  bool audioLeft = false;         ///< Audio waited to be sent when the stream ended.
  std::optional<ErrorResponse> serverError;
  bool cancelled = false;    ///< By this side, before the server had ended or failed the stream.
  bool uploadQuiet = false;  ///< Without egress: nothing came for the upload's time limit.

  /// How the connection ended, or why it was not opened.
  std::error_code error;
  ErrorInfo info;
  bool endedUnheard = false;  ///< While nothing was read: when is not known.
  bool endedHere = false;     ///< A limit of ours ended it, so that the server's do not explain it.
  std::optional<ErrorResponse> refusal;  ///< In the answer to the upgrade.
  std::exception_ptr exception;          ///< What the provider of the secret threw.

  Duration sinceSent{0};         ///< The last message, of whatever kind.
  Duration sinceContentSent{0};  ///< The last one that was no keep-alive.

  std::uint64_t audioBytesSent = 0;
};

/// The verdict (protocol section 10), without the audio that was not sent.
Verdict judge(const StreamHistory& history, const VerdictRules& rules);

}  // namespace wsferry::gateway
