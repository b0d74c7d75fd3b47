#pragma once

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "core/net/descriptor_shortage.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry {

/// When to try which of a host's addresses (RFC 8305): one after the other, the next one when the
/// one before has failed, or has not answered for a moment. All go on until one has connected. No
/// clock and no sockets of its own. Not thread-safe.
class ConnectRace {
 public:
  using Addresses = std::vector<asio::ip::tcp::endpoint>;

  /// How long one address is waited for before the next one is tried too.
  static constexpr Duration delay{250};

  /// Both families by turns, beginning with that of the first: where one of them leads nowhere, the
  /// other one does not come behind all its addresses.
  static Addresses byTurns(const Addresses& addresses) {
    Addresses first;
    Addresses second;
    for (const auto& address : addresses) {
      (address.protocol() == addresses.front().protocol() ? first : second).push_back(address);
    }
    Addresses result;
    for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
      if (i < first.size()) {
        result.push_back(first[i]);
      }
      if (i < second.size()) {
        result.push_back(second[i]);
      }
    }
    return result;
  }

  explicit ConnectRace(std::size_t addresses) : addresses_(addresses) {}

  /// The number of the address to try now, from 0; nothing if none is due.
  std::optional<std::size_t> next(TimePoint now) {
    if (started_ == addresses_ || now < due_) {
      return std::nullopt;
    }
    due_ = now + delay;
    ++running_;
    return started_++;
  }

  /// When next() has something to say.
  std::optional<TimePoint> nextStart() const {
    return started_ < addresses_ ? std::optional(due_) : std::nullopt;
  }

  /// One of those tried has failed: the next one is due.
  void onFailed(const std::error_code& error) {
    --running_;
    due_ = TimePoint::min();
    if (!failure_ || weight(error) > weight(failure_)) {
      failure_ = error;
    }
  }

  /// Of the failures the one that tells most: a machine that refuses is there, which one without a
  /// way to it, as in a network without IPv6, need not be.
  const std::error_code& failure() const { return failure_; }

  /// All have been tried and have failed.
  bool isLost() const { return running_ == 0 && started_ == addresses_; }

 private:
  static int weight(const std::error_code& error) {
    if (isDescriptorShortage(error)) {
      return 4;  // That address was not tried.
    }
    if (error == asio::error::connection_refused) {
      return 3;
    }
    if (error == asio::error::timed_out) {
      return 1;
    }
    return error == asio::error::network_unreachable || error == asio::error::host_unreachable ||
                   error == asio::error::address_family_not_supported
               ? 0
               : 2;
  }

  std::size_t addresses_;
  std::size_t started_ = 0;
  std::size_t running_ = 0;
  TimePoint due_ = TimePoint::min();
  std::error_code failure_;
};

}  // namespace wsferry
