#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/error/thrown.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

/// What the verdict on a stream depends on besides its history.
struct VerdictRules {
  bool egress = true;
  bool closeCompletes = false;  ///< @see Profile::closeCompletes
  bool hasTemplate = true;      ///< Streams are made from one.
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
  bool metadataMissing = false;  ///< The profile has it, but it had not come.
  bool endSent = false;          ///< Our end of stream.
  bool serverEnded = false;
  bool serverEndedFirst = false;  ///< Before our end was sent.
  bool audioLeft = false;         ///< Audio waited to be sent when the stream ended.
  std::optional<ErrorResponse> serverError;
  std::uint64_t refusals =
      0;  ///< Refused by the server since audio was sent, in a stream that survived.
  ErrorResponse firstRefusal;
  std::string lastUnknown;   ///< The server's last message, if its type is not known.
  bool cancelled = false;    ///< By this side, before the server had ended or failed the stream.
  bool uploadQuiet = false;  ///< Without egress: nothing came for the upload's time limit.

  /// How the connection ended, or why it was not opened.
  std::error_code error;
  ErrorInfo info;
  bool endedUnheard = false;  ///< While nothing was read, so the time is unknown.
  bool endedHere = false;     ///< One of our limits ended it, so the server's do not explain it.
  std::optional<ErrorResponse> refusal;  ///< In the answer to the upgrade.
  std::exception_ptr exception;          ///< What the secret's provider threw.

  Duration sinceSent{0};         ///< The last message, of whatever kind.
  Duration sinceContentSent{0};  ///< The last one other than a keep-alive.

  std::uint64_t audioBytesSent = 0;
};

/// The verdict (protocol section 10), without the audio that was not sent.
[[nodiscard]] Verdict judge(const StreamHistory& history, const VerdictRules& rules);

/// Adds an event handler's exception. What the server had said takes precedence.
void addException(Verdict& verdict, const std::exception_ptr& exception);

/// Adds that close() dropped this many events before the program received them: a missing result is
/// never mistaken for one that did not exist.
void addUntold(Verdict& verdict, std::uint64_t events);

namespace detail {

inline constexpr std::uint16_t normalClose = 1000;
inline constexpr std::uint16_t closeWithoutCode = 1005;
inline constexpr std::size_t maxWords = 500;

template <class Range, class Value>
bool contains(const Range& range, const Value& value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

inline bool closedNormally(const StreamHistory& history) {
  return !history.endedHere && history.error == Errc::connectionClosed &&
         (history.info.closeCode == normalClose || history.info.closeCode == closeWithoutCode);
}

// The code that the server closed with, as the profile's lists of errors have it; empty if it did
// not close.
inline std::string closeCodeOf(const StreamHistory& history) {
  const bool closed = !history.endedHere && history.error == Errc::connectionClosed;
  return closed ? std::to_string(history.info.closeCode) : std::string();
}

inline Outcome outcomeWithoutRefusals(const StreamHistory& history, const VerdictRules& rules) {
  if (history.serverError) {
    return Outcome::failed;
  }
  if (history.serverEnded) {
    if (history.serverEndedFirst && (history.audioLeft || history.audioBytesSent == 0)) {
      return Outcome::endedEarly;
    }
    return rules.egress ? Outcome::complete : Outcome::uploaded;
  }
  if (history.cancelled) {
    return Outcome::cancelled;
  }
  if (!history.opened) {
    return Outcome::refused;
  }
  if (!history.endSent) {
    return Outcome::lost;
  }
  if (!rules.egress) {
    return history.uploadQuiet || closedNormally(history) ? Outcome::uploaded : Outcome::lost;
  }
  return rules.closeCompletes && closedNormally(history) ? Outcome::complete : Outcome::incomplete;
}

// Whether it is what the server refused that makes the results incomplete.
inline bool isCutByRefusals(const StreamHistory& history, const VerdictRules& rules) {
  const Outcome outcome = outcomeWithoutRefusals(history, rules);
  return history.refusals > 0 && (outcome == Outcome::complete || outcome == Outcome::uploaded);
}

inline Outcome outcomeOf(const StreamHistory& history, const VerdictRules& rules) {
  return isCutByRefusals(history, rules) ? Outcome::incomplete
                                         : outcomeWithoutRefusals(history, rules);
}

inline LossCause causeOf(const StreamHistory& history, const VerdictRules& rules) {
  if (history.metadataMissing && !history.endSent) {
    return LossCause::streamNotCreated;
  }
  const bool silent = !history.endedHere && history.error == Errc::connectionLost;
  if (!history.endedUnheard && (silent || closedNormally(history))) {
    if (history.sinceSent >= rules.inactivityLimit) {
      return LossCause::inactivity;
    }
    if (history.sinceContentSent >= rules.idleLimit) {
      return LossCause::idle;
    }
  }
  return closedNormally(history) && history.info.closeCode == normalClose
             ? LossCause::closedByServer
             : LossCause::transport;
}

// `Title: message (NAME, status 400)`
inline std::string words(const ErrorResponse& response) {
  std::string text = printable(response.title, maxWords);
  if (!response.message.empty()) {
    text += (text.empty() ? "" : ": ") + printable(response.message, maxWords);
  }
  std::string facts = printable(response.internalErrorName, maxWords);
  if (response.statusCode != 0) {
    facts += (facts.empty() ? "status " : ", status ") + std::to_string(response.statusCode);
  }
  if (text.empty()) {
    return facts.empty() ? "it gave no reason" : facts;
  }
  return facts.empty() ? text : text + " (" + facts + ")";
}

// The sentence about the connection, ready for another to follow.
inline std::string connectionSentence(const StreamHistory& history) {
  std::string text = history.info.message.empty() ? "The connection ended" : history.info.message;
  if (text.back() != '.') {
    text += '.';
  }
  return text + " ";
}

// A server that closes in good order may have given the reason before, in a form that the profile
// does not know. Empty if it has not.
inline std::string lastWords(const StreamHistory& history) {
  if (!closedNormally(history) || !history.info.closeReason.empty() ||
      history.lastUnknown.empty()) {
    return {};
  }
  return "It gave no reason and sent no end of stream, so results may be missing. Its last "
         "message, of an unknown type, may be the reason: " +
         printable(history.lastUnknown, maxWords);
}

inline std::string lossMessage(const StreamHistory& history, const VerdictRules& rules,
                               LossCause cause) {
  std::string connection = connectionSentence(history);
  switch (cause) {
    case LossCause::none:
      break;
    case LossCause::streamNotCreated:
      return connection +
             "The server had not announced the stream, so it was probably not created: check the " +
             (rules.hasTemplate ? "template, the patches" : "first message, the URL") +
             " and the credentials.";
    case LossCause::inactivity:
      return connection + "This side had said nothing for " + secondsText(history.sinceSent) +
             ", and the server's limit is " + secondsText(rules.inactivityLimit) +
             ": switch keep-alive on, with an interval below that, and stream the audio again.";
    case LossCause::idle:
      return connection + "This side had sent nothing but keep-alive for " +
             secondsText(history.sinceContentSent) + ", and the server's limit is " +
             secondsText(rules.idleLimit) + ": open a stream when there is audio for it.";
    case LossCause::closedByServer:
      if (const std::string said = lastWords(history); !said.empty()) {
        return connection + said;
      }
      return connection +
             (history.info.closeReason.empty() ? "It gave no reason and sent no end of stream"
                                               : "It sent no end of stream") +
             ", so results may be missing: stream the audio again.";
    case LossCause::transport:
      return connection +
             (history.endSent ? "Whether the server has all of the audio is not known"
                              : "Not all of the audio was sent") +
             ": stream it again.";
  }
  return connection;
}

inline std::string messageOf(const StreamHistory& history, const VerdictRules& rules,
                             const Verdict& verdict) {
  const bool isCutShort =
      verdict.outcome == Outcome::lost || verdict.outcome == Outcome::incomplete;
  if (isCutShort && verdict.error == ErrorCondition::authentication) {
    return connectionSentence(history) + "By this code the server refuses the credentials.";
  }
  switch (verdict.outcome) {
    case Outcome::complete:
      if (!history.serverEnded) {
        return "The server closed the connection after our end of stream: all results have "
               "arrived.";
      }
      return verdict.endedByServer ? "The server ended the stream by itself, before our end of "
                                     "stream, but after all audio was sent."
                                   : "The server ended the stream: all results have arrived.";
    case Outcome::uploaded:
      return verdict.endedByServer ? "The server ended the stream by itself, before our end of "
                                     "stream; the results are read elsewhere."
                                   : "The audio was handed over; the results are read elsewhere.";
    case Outcome::endedEarly:
      return history.audioBytesSent == 0
                 ? "The server ended the stream by itself, before any audio was sent. Check the "
                   "template and its limits, and stream the audio again."
                 : "The server ended the stream by itself while audio was left: the results lack "
                   "it, and perhaps some of what was sent. Check the template's limits, and stream "
                   "the audio after the last result.";
    case Outcome::failed:
      return "The server failed the stream: " + words(verdict.response) + ".";
    case Outcome::incomplete:
      if (isCutByRefusals(history, rules)) {
        return "The server refused " + counted(history.refusals, "message", "messages") +
               " that it was sent, so results are missing: " + words(verdict.response) + ".";
      }
      if (const std::string said = lastWords(history); !said.empty()) {
        return connectionSentence(history) + said;
      }
      return connectionSentence(history) +
             "The server's end of stream had not come, so the last results are missing.";
    case Outcome::lost:
      return lossMessage(history, rules, verdict.cause);
    case Outcome::refused:
      return history.refusal
                 ? connectionSentence(history) + "The server says: " + words(verdict.response) + "."
                 : history.info.message;
    case Outcome::cancelled:
      return history.info.message;
  }
  return {};
}

inline std::error_code errorOf(const StreamHistory& history, const VerdictRules& rules,
                               const Verdict& verdict) {
  if (verdict.isSuccess()) {
    return {};
  }
  if (verdict.outcome == Outcome::endedEarly) {
    return Errc::connectionClosed;
  }
  if (isCutByRefusals(history, rules)) {
    return Errc::remoteFailed;
  }
  const bool isFailed = verdict.outcome == Outcome::failed;
  const int status = isFailed ? verdict.response.statusCode : 0;
  const std::string name = isFailed ? verdict.response.internalErrorName : closeCodeOf(history);
  if (status == 401 || contains(rules.authenticationErrors, name)) {
    return Errc::notAuthenticated;
  }
  if (status == 403 || contains(rules.authorizationErrors, name)) {
    return Errc::notAuthorized;
  }
  return isFailed ? Errc::remoteFailed : history.error;
}

// Whether the connection ended in a way that another one may avoid.
inline bool connectionMayPass(const StreamHistory& history) {
  if (history.error == Errc::connectionClosed) {
    // Going away, server error, restart, try again later, bad gateway.
    constexpr std::array<std::uint16_t, 5> passing = {1001, 1011, 1012, 1013, 1014};
    return contains(passing, history.info.closeCode);
  }
  return history.error != Errc::timedOut && mayPass(history.error, history.info);
}

inline bool isRetryable(const StreamHistory& history, const VerdictRules& rules,
                        const Verdict& verdict) {
  if (history.audioBytesSent > 0 || verdict.isSuccess() || verdict.outcome == Outcome::cancelled ||
      verdict.error == ErrorCondition::authentication) {
    return false;
  }
  const std::string& name = verdict.response.internalErrorName;
  if (!name.empty()) {
    return contains(rules.passingErrors, name);
  }
  return verdict.outcome != Outcome::failed && verdict.outcome != Outcome::endedEarly &&
         (connectionMayPass(history) || contains(rules.passingErrors, closeCodeOf(history)));
}

}  // namespace detail

inline Verdict judge(const StreamHistory& history, const VerdictRules& rules) {
  Verdict verdict;
  verdict.outcome = detail::outcomeOf(history, rules);
  if (verdict.outcome == Outcome::lost) {
    verdict.cause = detail::causeOf(history, rules);
  }
  if (verdict.outcome == Outcome::failed) {
    verdict.response = *history.serverError;
  } else if (detail::isCutByRefusals(history, rules)) {
    verdict.response = history.firstRefusal;
  } else if (verdict.outcome == Outcome::refused && history.refusal) {
    verdict.response = *history.refusal;
  }
  verdict.endedByServer = history.serverEndedFirst && verdict.outcome != Outcome::failed;
  verdict.error = detail::errorOf(history, rules, verdict);
  verdict.info = history.info;
  verdict.info.message = detail::messageOf(history, rules, verdict);
  // Otherwise they are those of the secret's provider.
  if (verdict.outcome != Outcome::refused || history.refusal) {
    verdict.info.remoteCode = verdict.response.internalErrorName;
    verdict.info.remoteMessage = verdict.response.message;
    verdict.info.remoteDetails = verdict.response.json;
  }
  verdict.audioBytesSent = history.audioBytesSent;
  verdict.exception = history.exception;
  verdict.retryable = detail::isRetryable(history, rules, verdict);
  return verdict;
}

inline void addException(Verdict& verdict, const std::exception_ptr& exception) {
  verdict.exception = exception;
  if (verdict.outcome == Outcome::cancelled) {
    verdict.info.message = "An event handler threw an exception" + exceptionText(exception) +
                           ". The stream was therefore closed; its results are incomplete.";
  }
}

inline void addUntold(Verdict& verdict, std::uint64_t events) {
  if (events > 0 && verdict.isSuccess()) {
    verdict.outcome = Outcome::cancelled;
    verdict.error = Errc::cancelled;
    verdict.info.message = "The stream was closed by this side with " +
                           counted(events, "event", "events") +
                           " of the server not delivered yet; its results are incomplete.";
  }
}

}  // namespace wsferry::gateway
