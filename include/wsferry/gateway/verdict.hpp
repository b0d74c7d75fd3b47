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

/// How a stream ended (protocol section 10). The last control message says it, not the close code.
enum class Outcome {
  complete,    ///< The server ended the stream: all results have arrived.
  uploaded,    ///< Without egress: everything was handed over; results are read elsewhere.
  endedEarly,  ///< The server ended the stream by itself while audio was left in the queue, or
               ///< before any was sent: that audio is not in the results.
  failed,      ///< The server said ERROR.
  incomplete,  ///< Our end of stream was sent, but the server's did not come; or it came, but the
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
  /// The server's own words: for failed; for refused, if it gave any; and for a stream that is
  /// incomplete because of refusals, the first refusal.
  ErrorResponse response;

  /// Given to the connection. If that broke, the last of them may not have reached the server.
  std::uint64_t audioBytesSent = 0;
  std::uint64_t audioBytesUnsent = 0;  ///< Offered, then dropped: by dropOldest or by the end.
  /// The server ended the stream before our end of stream was sent. With `complete` and `uploaded`
  /// all audio offered by then had been sent; only the program knows whether there was more.
  bool endedByServer = false;
  bool retryable = false;        ///< Another stream is worth trying, because nothing was sent yet.
  std::exception_ptr exception;  ///< What an event handler threw.

  /// Partial results with text that never became final: for each processor and channel, at most 64,
  /// the last one that no final one followed. None if results are neither delivered nor read,
  /// because onResponse, onPartial and onFinal are empty.
  std::vector<Response> openPartials;

  /// Everything was sent and received, and no event handler threw.
  [[nodiscard]] bool isSuccess() const {
    return (outcome == Outcome::complete || outcome == Outcome::uploaded) && !exception;
  }
};

}  // namespace wsferry::gateway
