#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/affordable.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"
#include "wsferry/core/detail/websocket/connection_end.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/message.hpp"

namespace wsferry {

/// The calls that wait on a connection, under the ids by which they are cancelled. Each is taken
/// out, then completed: so it completes once. `Completion<Args...>` is move-only and called with
/// `Args`, such as wsferry::Completion. Not thread-safe.
template <template <class...> class Completion>
class PendingCalls {
 public:
  using Id = std::uint64_t;
  using Connected = Completion<std::error_code, ErrorInfo>;
  using Received = Completion<std::error_code, Message>;
  using Done = Completion<std::error_code>;
  using Measured = Completion<std::error_code, std::chrono::nanoseconds>;

  bool isConnecting() const { return connect_.has_value(); }
  bool isConnecting(Id id) const { return connect_ && connect_->id == id; }
  bool isReceiving() const { return receive_.has_value(); }

  /// The number of the next ping, which is its payload.
  std::uint64_t newPing() { return ++lastPing_; }

  /// That of the last one that was answered; 0 if none was.
  std::uint64_t lastPong() const { return lastPong_; }

  void addConnect(Id id, Connected completion) { connect_.emplace(id, std::move(completion)); }
  void addReceive(Id id, Received completion) { receive_.emplace(id, std::move(completion)); }
  /// @param end where the message ends in the output.
  void addSend(Id id, std::uint64_t end, Done completion) {
    sends_.emplace_back(id, std::move(completion), end);
  }
  void addPing(Id id, std::uint64_t number, TimePoint sent, Measured completion) {
    pings_.emplace_back(id, std::move(completion), number, sent);
  }
  void addClose(Id id, Done completion) { closes_.emplace_back(id, std::move(completion)); }

  void completeConnect() {
    if (connect_) {
      take(connect_)({}, {});
    }
  }

  void completeReceive(const std::error_code& error, Message message) {
    if (receive_) {
      take(receive_)(error, std::move(message));
    }
  }

  /// This many bytes of the output were written.
  void onWritten(std::uint64_t written) {
    while (!sends_.empty() && sends_.front().end <= written) {
      auto completion = std::move(sends_.front().completion);
      sends_.pop_front();
      completion({});
    }
  }

  /// A peer may answer only the latest of several pings. Pongs that answer no ping of ours are
  /// ignored.
  void onPong(std::string_view payload, TimePoint now) {
    const auto number = wholeNumber(payload);
    if (!number || *number > lastPing_) {
      return;
    }
    lastPong_ = std::max(lastPong_, *number);
    while (!pings_.empty() && pings_.front().number <= *number) {
      auto ping = std::move(pings_.front());
      pings_.erase(pings_.begin());
      ping.completion({}, now - ping.sent);
    }
  }

  /// Ends a call other than one that connects, which ends with its connection. A receive has had no
  /// effect, and ends in any case; the others are begun, and end if `endsBegun`.
  void cancel(Id id, bool endsBegun) {
    if (receive_ && receive_->id == id) {
      take(receive_)(Errc::cancelled, {});
    } else if (endsBegun) {
      cancelIn(sends_, id);
      cancelIn(closes_, id);
      cancelIn(pings_, id, std::chrono::nanoseconds{});
    }
  }

  /// Ends all of these.
  void cancelAll() {
    completeReceive(Errc::cancelled, {});
    endAll(sends_, Errc::cancelled);
    endAll(pings_, Errc::cancelled, std::chrono::nanoseconds{});
    endAll(closes_, Errc::cancelled);
  }

  /// The connection is over: ends every call.
  void finish(const ConnectionEnd& end, const std::error_code& closeResult) {
    if (connect_) {
      take(connect_)(end.error, affordableInfo(end.info));
    }
    completeReceive(end.error, {});
    endAll(sends_, end.error);
    endAll(pings_, end.error, std::chrono::nanoseconds{});
    endAll(closes_, closeResult);
  }

 private:
  template <class Function>
  struct Call {
    Call(Id id_, Function completion_) : id(id_), completion(std::move(completion_)) {}
    Id id;
    Function completion;
  };
  struct Send : Call<Done> {
    Send(Id id_, Done completion_, std::uint64_t end_)
        : Call<Done>(id_, std::move(completion_)), end(end_) {}
    std::uint64_t end;
  };
  struct Ping : Call<Measured> {
    Ping(Id id_, Measured completion_, std::uint64_t number_, TimePoint sent_)
        : Call<Measured>(id_, std::move(completion_)), number(number_), sent(sent_) {}
    std::uint64_t number;
    TimePoint sent;
  };

  template <class Function>
  static Function take(std::optional<Call<Function>>& call) {
    Function completion = std::move(call->completion);
    call.reset();
    return completion;
  }

  template <class Calls, class... Rest>
  static void cancelIn(Calls& calls, Id id, Rest... rest) {
    const auto found =
        std::find_if(calls.begin(), calls.end(), [id](const auto& call) { return call.id == id; });
    if (found != calls.end()) {
      auto completion = std::move(found->completion);
      calls.erase(found);
      completion(Errc::cancelled, rest...);
    }
  }

  template <class Calls, class... Rest>
  static void endAll(Calls& calls, const std::error_code& error, Rest... rest) {
    for (auto& call : std::exchange(calls, {})) {
      call.completion(error, rest...);
    }
  }

  std::optional<Call<Connected>> connect_;
  std::optional<Call<Received>> receive_;
  std::deque<Send> sends_;
  std::vector<Ping> pings_;
  std::vector<Call<Done>> closes_;
  std::uint64_t lastPing_ = 0;
  std::uint64_t lastPong_ = 0;
};

}  // namespace wsferry
