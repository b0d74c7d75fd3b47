#include "gateway/request/stream_settings.hpp"

#include <string>

#include "wsferry/core/error.hpp"

namespace wsferry::gateway {
namespace {

// Ten years: deadlines stay within the clock's range.
constexpr Duration longest{315'360'000'000};

void requireNotNegative(Duration value, const std::string& name) {
  if (value < Duration::zero() || value > longest) {
    throw Error(Errc::invalidOption, name + " is " + std::to_string(value.count()) +
                                         " ms; it has to lie between 0 and ten years");
  }
}

void requirePositive(Duration value, const std::string& name) {
  requireNotNegative(value, name);
  if (value == Duration::zero()) {
    throw Error(Errc::invalidOption, name + " is 0; it has to be positive");
  }
}

void requireTimeLimits(const StreamOptions& options) {
  requirePositive(options.sendTimeout, "sendTimeout");
  requirePositive(options.drainTimeout, "drainTimeout");
  requirePositive(options.uploadTimeout, "uploadTimeout");
  requirePositive(options.closeTimeout, "closeTimeout");
  requirePositive(options.inactivityLimit, "inactivityLimit");
  requirePositive(options.idleLimit, "idleLimit");
  requirePositive(options.connection.connectTimeout, "connection.connectTimeout");
  requireNotNegative(options.pongTimeout, "pongTimeout");
  requireNotNegative(options.idleWarning, "idleWarning");
  requireNotNegative(options.keepAliveInterval, "keepAliveInterval");
  if (options.waitForMetadata) {
    requirePositive(options.metadataTimeout, "metadataTimeout");
  }
}

}  // namespace

StreamSettings makeStreamSettings(const StreamOptions& options) {
  requireTimeLimits(options);
  StreamSettings settings;
  settings.profile = options.profile;
  settings.rules.egress = options.egress.value_or(true);
  settings.rules.closeCompletes = options.profile.closeCompletes;
  settings.rules.authenticationErrors = std::move(settings.profile.authenticationErrors);
  settings.rules.authorizationErrors = std::move(settings.profile.authorizationErrors);
  settings.rules.passingErrors = std::move(settings.profile.passingErrors);
  settings.rules.inactivityLimit = options.inactivityLimit;
  settings.rules.idleLimit = options.idleLimit;
  settings.line = {options.keepAlive, options.keepAliveInterval, options.pongTimeout,
                   options.idleWarning, options.sendTimeout};
  settings.format = options.format;
  settings.awaitsMetadata =
      options.waitForMetadata && options.profile.sendsMetadata && settings.rules.egress;
  settings.metadataTimeout = options.metadataTimeout;
  settings.drainTimeout = options.drainTimeout;
  settings.uploadTimeout = options.uploadTimeout;
  settings.closeTimeout = options.closeTimeout;
  return settings;
}

}  // namespace wsferry::gateway
