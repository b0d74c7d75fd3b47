#include "wsferry/gateway/detail/request/stream_request.hpp"

#include <cstddef>
#include <utility>

#include "core/websocket/upgrade.hpp"

namespace wsferry::gateway {

StreamOptions::StreamOptions() {
  connection.maxMessageSize = std::size_t{16} << 20;
}

StreamOptions::StreamOptions(Profile used) : StreamOptions() {
  constexpr Duration tenYears{315'360'000'000};
  profile = std::move(used);
  keepAlive = profile.keepAlive;
  keepAliveInterval = profile.keepAliveInterval;
  pongTimeout = profile.pongTimeout;
  inactivityLimit = profile.inactivityLimit.count() > 0 ? profile.inactivityLimit : tenYears;
  idleLimit = profile.idleLimit.count() > 0 ? profile.idleLimit : tenYears;
  idleWarning = profile.idleLimit.count() > 0 ? profile.idleLimit * 5 / 6 : Duration(0);
}

StreamRequest makeStreamRequest(const StreamOptions& options, const std::string& secret) {
  return detail::composeStreamRequest(options, secret,
                                      [](const Url& url, const WebSocketOptions& connection) {
                                        makeUpgradeRequest(url, connection);
                                      });
}

}  // namespace wsferry::gateway
