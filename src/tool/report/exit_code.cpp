#include "tool/report/exit_code.hpp"

#include <asio/error.hpp>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

bool isSystemError(const std::error_code& error) noexcept {
  // Asio may have a category of its own.
  return error.category() == std::system_category() ||
         error.category() == std::generic_category() ||
         error.category() == asio::error::get_system_category();
}

ExitCode exitCodeFor(const std::error_code& error) {
  if (error == ErrorCondition::usage) {
    return ExitCode::usage;
  }
  if (error == ErrorCondition::authentication) {
    return ExitCode::authentication;
  }
  if (error == ErrorCondition::connection) {
    return ExitCode::connection;
  }
  if (error == ErrorCondition::data) {
    return ExitCode::data;
  }
  if (error == ErrorCondition::safety) {
    return ExitCode::refused;
  }
  if (error == ErrorCondition::cancelled) {
    return ExitCode::interrupted;
  }
  return isSystemError(error) ? ExitCode::data : ExitCode::remote;
}

ExitCode exitCodeFor(const strapi::TransferResult& result) {
  return result.isWhole() ? ExitCode::done : ExitCode::data;
}

std::string_view errorName(const std::error_code& error) noexcept {
  if (error.category() != errorCategory()) {
    return "other";
  }
  switch (static_cast<Errc>(error.value())) {
    case Errc::invalidUrl:
      return "invalidUrl";
    case Errc::invalidOption:
      return "invalidOption";
    case Errc::plaintextCredentials:
      return "plaintextCredentials";
    case Errc::invalidState:
      return "invalidState";
    case Errc::nameNotResolved:
      return "nameNotResolved";
    case Errc::connectFailed:
      return "connectFailed";
    case Errc::connectTimedOut:
      return "connectTimedOut";
    case Errc::tlsFailed:
      return "tlsFailed";
    case Errc::proxyRefused:
      return "proxyRefused";
    case Errc::notAuthenticated:
      return "notAuthenticated";
    case Errc::notAuthorized:
      return "notAuthorized";
    case Errc::notFound:
      return "notFound";
    case Errc::upgradeRefused:
      return "upgradeRefused";
    case Errc::invalidUpgrade:
      return "invalidUpgrade";
    case Errc::connectionLost:
      return "connectionLost";
    case Errc::connectionClosed:
      return "connectionClosed";
    case Errc::timedOut:
      return "timedOut";
    case Errc::protocolViolation:
      return "protocolViolation";
    case Errc::messageTooBig:
      return "messageTooBig";
    case Errc::queueFull:
      return "queueFull";
    case Errc::notTransferEndpoint:
      return "notTransferEndpoint";
    case Errc::cancelled:
      return "cancelled";
    case Errc::remoteFailed:
      return "remoteFailed";
    case Errc::remoteInitialization:
      return "remoteInitialization";
    case Errc::remoteValidation:
      return "remoteValidation";
    case Errc::dataMissing:
      return "dataMissing";
    case Errc::checksumMismatch:
      return "checksumMismatch";
    case Errc::invalidArchive:
      return "invalidArchive";
    case Errc::wrongKey:
      return "wrongKey";
    case Errc::keyRequired:
      return "keyRequired";
    case Errc::versionMismatch:
      return "versionMismatch";
    case Errc::schemaMismatch:
      return "schemaMismatch";
    case Errc::consentMissing:
      return "consentMissing";
    case Errc::fileExists:
      return "fileExists";
    case Errc::outOfResources:
      return "outOfResources";
    case Errc::fileFailed:
      return "fileFailed";
  }
  return "other";
}

}  // namespace wsferry::tool
