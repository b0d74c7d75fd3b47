#include "wsferry/core/error.hpp"

#include <utility>

#include "wsferry/core/detail/error/error_table.hpp"
#include "wsferry/core/detail/error/never_destroyed.hpp"
#include "wsferry/core/detail/text/printable.hpp"

namespace wsferry {

const ErrorRow* ErrorTable::find(int value) const noexcept {
  return value > 0 && static_cast<std::size_t>(value) <= size_ ? rows_ + value - 1 : nullptr;
}

std::string_view ErrorTable::nameOf(int value) const noexcept {
  const ErrorRow* const row = find(value);
  return row == nullptr ? "other" : row->name;
}

std::string ErrorTable::message(int value) const {
  const ErrorRow* const row = find(value);
  return row == nullptr ? "unknown error" : row->text;
}

bool ErrorTable::equivalent(int value, const std::error_condition& condition) const noexcept {
  const ErrorRow* const row = find(value);
  return (row != nullptr && condition == row->group) || default_error_condition(value) == condition;
}

namespace {

constexpr ErrorRow errorRows[] = {
    {Errc::invalidUrl, "invalidUrl", "invalid URL", ErrorCondition::usage},
    {Errc::invalidOption, "invalidOption", "invalid option", ErrorCondition::usage},
    {Errc::plaintextCredentials, "plaintextCredentials",
     "credentials over an unencrypted connection", ErrorCondition::safety},
    {Errc::invalidState, "invalidState", "not possible in this state", ErrorCondition::usage},
    {Errc::nameNotResolved, "nameNotResolved", "host name not resolved",
     ErrorCondition::connection},
    {Errc::connectFailed, "connectFailed", "connection failed", ErrorCondition::connection},
    {Errc::connectTimedOut, "connectTimedOut", "connecting took too long",
     ErrorCondition::connection},
    {Errc::tlsFailed, "tlsFailed", "TLS failed", ErrorCondition::connection},
    {Errc::proxyRefused, "proxyRefused", "refused by the proxy", ErrorCondition::connection},
    {Errc::notAuthenticated, "notAuthenticated", "not authenticated",
     ErrorCondition::authentication},
    {Errc::notAuthorized, "notAuthorized", "not authorized", ErrorCondition::authentication},
    {Errc::notFound, "notFound", "not found", ErrorCondition::connection},
    {Errc::upgradeRefused, "upgradeRefused", "WebSocket upgrade refused",
     ErrorCondition::connection},
    {Errc::invalidUpgrade, "invalidUpgrade", "invalid answer to the WebSocket upgrade",
     ErrorCondition::connection},
    {Errc::connectionLost, "connectionLost", "connection lost", ErrorCondition::connection},
    {Errc::connectionClosed, "connectionClosed", "connection closed by the peer",
     ErrorCondition::connection},
    {Errc::timedOut, "timedOut", "timed out", ErrorCondition::connection},
    {Errc::protocolViolation, "protocolViolation", "protocol violation",
     ErrorCondition::connection},
    {Errc::messageTooBig, "messageTooBig", "message too big", ErrorCondition::connection},
    {Errc::queueFull, "queueFull", "queue full", ErrorCondition::connection},
    {Errc::cancelled, "cancelled", "cancelled", ErrorCondition::cancelled},
    {Errc::remoteFailed, "remoteFailed", "the remote failed", ErrorCondition::remote},
    {Errc::dataMissing, "dataMissing", "data missing", ErrorCondition::data},
    {Errc::checksumMismatch, "checksumMismatch", "checksum mismatch", ErrorCondition::data},
    {Errc::fileExists, "fileExists", "file exists", ErrorCondition::safety},
    {Errc::outOfResources, "outOfResources", "out of descriptors or memory", ErrorCondition::data},
    {Errc::fileFailed, "fileFailed", "file operation failed", ErrorCondition::data},
};
static_assert(coversAll(errorRows, Errc::fileFailed));

const ErrorTable& errorTable() noexcept {
  static const NeverDestroyed<ErrorTable> category("wsferry", errorRows);
  return *category;
}

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

std::string_view toString(Errc value) noexcept {
  return errorTable().nameOf(static_cast<int>(value));
}

std::string_view errorName(const std::error_code& error) noexcept {
  const auto* const known = dynamic_cast<const ErrorTable*>(&error.category());
  return known == nullptr ? "other" : known->nameOf(error.value());
}

const std::error_category& errorCategory() noexcept {
  return errorTable();
}

const std::error_category& errorConditionCategory() noexcept {
  static const NeverDestroyed<ConditionCategory> category;
  return *category;
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

Error Error::at(std::string_view stage, SubjectKind kind, std::string subject) const {
  ErrorInfo info = info_;
  if (info.stage.empty()) {
    info.stage = stage;
  }
  if (info.subject.empty() && !subject.empty()) {
    info.subject = std::move(subject);
    info.subjectKind = kind;
  }
  return Error(code(), std::move(info));
}

Error Error::withMessage(std::string message) const {
  ErrorInfo info = info_;
  info.message = std::move(message);
  return Error(code(), std::move(info));
}

Error Error::ofOption(std::string option) const {
  ErrorInfo info = info_;
  info.option = std::move(option);
  return Error(code(), std::move(info));
}

}  // namespace wsferry
