#include "wsferry/core/error.hpp"

#include "wsferry/core/detail/text/printable.hpp"

namespace wsferry {
namespace {

const char* text(Errc value) noexcept {
  switch (value) {
    case Errc::invalidUrl:
      return "invalid URL";
    case Errc::invalidOption:
      return "invalid option";
    case Errc::plaintextCredentials:
      return "credentials over an unencrypted connection";
    case Errc::invalidState:
      return "not possible in this state";
    case Errc::nameNotResolved:
      return "host name not resolved";
    case Errc::connectFailed:
      return "connection failed";
    case Errc::connectTimedOut:
      return "connecting took too long";
    case Errc::tlsFailed:
      return "TLS failed";
    case Errc::proxyRefused:
      return "refused by the proxy";
    case Errc::notAuthenticated:
      return "not authenticated";
    case Errc::notAuthorized:
      return "not authorized";
    case Errc::notFound:
      return "not found";
    case Errc::upgradeRefused:
      return "WebSocket upgrade refused";
    case Errc::invalidUpgrade:
      return "invalid answer to the WebSocket upgrade";
    case Errc::connectionLost:
      return "connection lost";
    case Errc::connectionClosed:
      return "connection closed by the peer";
    case Errc::timedOut:
      return "timed out";
    case Errc::protocolViolation:
      return "protocol violation";
    case Errc::messageTooBig:
      return "message too big";
    case Errc::queueFull:
      return "queue full";
    case Errc::notTransferEndpoint:
      return "not Strapi's transfer endpoint";
    case Errc::cancelled:
      return "cancelled";
    case Errc::remoteFailed:
      return "the remote failed";
    case Errc::remoteInitialization:
      return "the remote failed to initialize";
    case Errc::remoteValidation:
      return "the remote refused the data";
    case Errc::dataMissing:
      return "data missing";
    case Errc::checksumMismatch:
      return "checksum mismatch";
    case Errc::invalidArchive:
      return "invalid archive";
    case Errc::wrongKey:
      return "wrong key or damaged file";
    case Errc::keyRequired:
      return "key required";
    case Errc::versionMismatch:
      return "versions do not match";
    case Errc::schemaMismatch:
      return "schemas differ";
    case Errc::consentMissing:
      return "no consent";
    case Errc::fileExists:
      return "file exists";
    case Errc::outOfResources:
      return "out of descriptors or memory";
    case Errc::fileFailed:
      return "file operation failed";
  }
  return "unknown error";
}

ErrorCondition conditionOf(Errc value) noexcept {
  switch (value) {
    case Errc::invalidUrl:
    case Errc::invalidOption:
    case Errc::invalidState:
    case Errc::keyRequired:
      return ErrorCondition::usage;
    case Errc::notAuthenticated:
    case Errc::notAuthorized:
      return ErrorCondition::authentication;
    case Errc::nameNotResolved:
    case Errc::connectFailed:
    case Errc::connectTimedOut:
    case Errc::tlsFailed:
    case Errc::proxyRefused:
    case Errc::notFound:
    case Errc::upgradeRefused:
    case Errc::invalidUpgrade:
    case Errc::connectionLost:
    case Errc::connectionClosed:
    case Errc::timedOut:
    case Errc::protocolViolation:
    case Errc::messageTooBig:
    case Errc::queueFull:
    case Errc::notTransferEndpoint:
      return ErrorCondition::connection;
    case Errc::remoteFailed:
    case Errc::remoteInitialization:
    case Errc::remoteValidation:
      return ErrorCondition::remote;
    case Errc::dataMissing:
    case Errc::checksumMismatch:
    case Errc::invalidArchive:
    case Errc::wrongKey:
    case Errc::outOfResources:
    case Errc::fileFailed:
      return ErrorCondition::data;
    case Errc::plaintextCredentials:
    case Errc::versionMismatch:
    case Errc::schemaMismatch:
    case Errc::consentMissing:
    case Errc::fileExists:
      return ErrorCondition::safety;
    case Errc::cancelled:
      return ErrorCondition::cancelled;
  }
  return ErrorCondition::connection;
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "wsferry"; }
  std::string message(int value) const override { return text(static_cast<Errc>(value)); }
  bool equivalent(int value, const std::error_condition& condition) const noexcept override {
    return condition == conditionOf(static_cast<Errc>(value)) ||
           default_error_condition(value) == condition;
  }
};

class ConditionCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "wsferry.condition"; }
  std::string message(int value) const override {
    switch (static_cast<ErrorCondition>(value)) {
      case ErrorCondition::usage:
        return "wrong use";
      case ErrorCondition::authentication:
        return "authentication or authorization failed";
      case ErrorCondition::connection:
        return "connection failed, lost or timed out";
      case ErrorCondition::remote:
        return "the remote refused or failed";
      case ErrorCondition::data:
        return "data damaged, incomplete or not stored";
      case ErrorCondition::safety:
        return "refused for safety";
      case ErrorCondition::cancelled:
        return "cancelled";
    }
    return "unknown condition";
  }
};

}  // namespace

const std::error_category& errorCategory() noexcept {
  // Never destroyed: threads may need it while the process exits.
  static const auto& category = *new Category;
  return category;
}

const std::error_category& errorConditionCategory() noexcept {
  static const auto& category = *new ConditionCategory;
  return category;
}

std::error_code make_error_code(Errc value) noexcept {
  return {static_cast<int>(value), errorCategory()};
}

std::error_condition make_error_condition(ErrorCondition value) noexcept {
  return {static_cast<int>(value), errorConditionCategory()};
}

std::string describe(const std::error_code& code, const ErrorInfo& info) {
  std::string line;
  if (!info.stage.empty()) {
    line += info.stage + ": ";
  }
  if (!info.subject.empty()) {
    line += info.subject + ": ";
  }
  line += info.message.empty() ? code.message() : info.message;
  // The remote's words are usually part of the message; they are never left out.
  const std::string words = printable(info.remoteMessage, 2000);
  if (!words.empty() && line.find(words) == std::string::npos) {
    line += " (the remote says: " + words + ")";
  }
  return line;
}

Error::Error(std::error_code code, ErrorInfo info)
    : std::system_error(code), info_(std::move(info)), what_(describe(code, info_)) {}

Error::Error(std::error_code code, std::string message)
    : Error(code, [&message] {
        ErrorInfo info;
        info.message = std::move(message);
        return info;
      }()) {}

}  // namespace wsferry
