#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <system_error>

#include "http/client/curl_multi.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/http/client_options.hpp"

namespace wsferry::http {

class Transfer;

/// What the exchanges of one client share: options, connections, known names. To be used on
/// executor() only, unless said otherwise.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// Names and the addresses that they have, as CURLOPT_RESOLVE takes them; empty for one that
  /// needs no lookup.
  using Resolved = std::function<void(const std::error_code&, const std::string& addresses)>;

  /// @throws Error with Errc::invalidOption.
  Session(asio::any_io_executor executor, ClientOptions options);

  const ClientOptions& options() const { return options_; }     // any thread
  asio::any_io_executor executor() const { return executor_; }  // any thread
  std::uint64_t newCallId() { return nextCallId_++; }           // any thread
  CurlMulti& multi() { return *multi_; }

  /// The addresses of a name, looked up by Asio, whose lookups no transfer has to wait for when it
  /// is given up. Remembered for a minute. Not called from inside this call.
  void resolve(const std::string& host, std::uint16_t port, Resolved done);

  void add(const std::shared_ptr<Transfer>& transfer);
  void remove(const Transfer* transfer);

  /// The client is gone.
  void end();
  bool hasEnded() const { return hasEnded_; }

 private:
  struct Name {
    std::string addresses;
    TimePoint until;
  };

  const asio::any_io_executor executor_;
  const ClientOptions options_;
  std::atomic<std::uint64_t> nextCallId_{1};
  const std::shared_ptr<CurlMulti> multi_;
  std::map<std::string, Name> names_;
  std::map<const Transfer*, std::weak_ptr<Transfer>> transfers_;
  bool hasEnded_ = false;
};

}  // namespace wsferry::http
