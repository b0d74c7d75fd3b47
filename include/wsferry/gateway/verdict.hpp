#pragma once

#include <cstdint>
#include <exception>
#include <string_view>
#include <system_error>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::gateway {

/// How a stream ended (protocol section 10). The close code does not say: the last control
/// message before it does.
enum class Outcome {
  complete,    ///< The server ended the stream: all results are there.
  uploaded,    ///< Without egress: everything was handed over; results are read elsewhere.
  endedEarly,  ///< The server ended the stream by itself, and audio was left in the queue or none
               ///< was sent: it is not in the results.
  failed,      ///< The server said ERROR.
  incomplete,  ///< Our end of stream was sent, and the server's did not come; or it came, and the
               ///< server had refused some of what it was sent: results are missing.
  lost,        ///< It ended before our end of stream was sent. @see LossCause
  refused,     ///< No connection, no token, or the upgrade was refused: there never was a stream.
  cancelled    ///< Closed, destroyed, or ended by an event handler's exception, on this side.
};

WSFERRY_API std::string_view toString(Outcome value) noexcept;

/// Why a stream was probably lost.
enum class LossCause {
  none,              ///< It was not lost.
  streamNotCreated,  ///< The connection opened, but no metadata came.
  inactivity,        ///< The client had said nothing for the server's inactivity limit.
  idle,              ///< The client had sent nothing but keep-alive for the server's idle limit.
  closedByServer,    ///< It closed with code 1000, and gave no reason.
  transport          ///< The connection broke, or was closed with another code.
};

WSFERRY_API std::string_view toString(LossCause value) noexcept;

struct Verdict {
  Outcome outcome = Outcome::cancelled;
  LossCause cause = LossCause::none;

  std::error_code error;  ///< Empty for complete and uploaded; connectionClosed for endedEarly.
  ErrorInfo info;         ///< What happened and what to do; close code; a refused upgrade's answer.
  /// The server's own words: failed, refused where it gave any, and the first of those with which
  /// it refused something of a stream that is incomplete for that.
  ErrorResponse response;

  /// Given to the connection. Where that broke, the last of them may not have reached the server.
  std::uint64_t audioBytesSent = 0;
  std::uint64_t audioBytesUnsent = 0;  ///< Offered, then dropped: by dropOldest or by the end.
  /// It ended the stream before our end of stream was sent. With `complete` and `uploaded` it had
  /// been sent all audio that was offered by then; only the program knows whether there was more.
  bool endedByServer = false;
  bool retryable = false;        ///< Worth another stream, as nothing was sent yet.
  std::exception_ptr exception;  ///< What an event handler threw.

  /// Partial results with text that never became final: of each processor and channel the last one
  /// that no final one followed, of at most 64. Where results are neither told nor read, as
  /// onResponse, onPartial and onFinal are empty, none.
  std::vector<Response> openPartials;

  /// Everything was said and heard, and no event handler threw.
  [[nodiscard]] bool isSuccess() const {
    return (outcome == Outcome::complete || outcome == Outcome::uploaded) && !exception;
  }
};

}  // namespace wsferry::gateway
