#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "wsferry/export.hpp"

namespace wsferry {

/// What can go wrong with input, connections, data and files, as `std::error_code` values of
/// `errorCategory()`. Libraries add their own: `strapi::TransferErrc`, `archive::ArchiveErrc`,
/// `http::HttpErrc`, `platform::PlatformErrc`. Every error belongs to a group in `ErrorCondition`,
/// and programs usually act on these: `if (error == ErrorCondition::authentication) ...`.
enum class Errc {
  // The caller's input.
  invalidUrl = 1,        ///< Not an http, https, ws or wss URL with a host.
  invalidOption,         ///< An option or argument has no meaning.
  plaintextCredentials,  ///< Credentials would cross a network unencrypted; not allowed by default.
  invalidState,          ///< The call does not fit the object's state (not connected, closed...).

  // Getting a connection.
  nameNotResolved,   ///< The host name has no address.
  connectFailed,     ///< The TCP connection was refused or the host is unreachable.
  connectTimedOut,   ///< connectTimeout (name, TCP, proxy, TLS) or handshakeTimeout (upgrade).
  tlsFailed,         ///< TLS handshake failed: certificate, host name, protocol version...
  proxyRefused,      ///< The HTTP proxy refused to open the tunnel.
  notAuthenticated,  ///< 401: no credentials, or unknown or expired ones.
  notAuthorized,     ///< 403: the credentials lack the needed scope.
  notFound,          ///< 404: wrong path, feature switched off, or a proxy dropped `Upgrade`.
  upgradeRefused,    ///< Any other answer to the upgrade than 101.
  invalidUpgrade,    ///< The answer is not HTTP, or the 101 breaks RFC 6455.

  // A connection's life.
  connectionLost,     ///< Reset, end of file, or no sign of life within the liveness window.
  connectionClosed,   ///< The peer sent a close frame while something was still expected.
  timedOut,           ///< No answer in time. The request may have taken effect.
  protocolViolation,  ///< The peer sent something that the protocol does not allow.
  messageTooBig,      ///< A message is larger than the configured maximum.
  queueFull,          ///< More is waiting than the configured bound allows.
  cancelled,          ///< Ended by the caller.
  remoteFailed,       ///< The remote answered with an error of its own.

  // Data.
  dataMissing,       ///< Fewer items arrived than were announced or sent.
  checksumMismatch,  ///< A file's bytes differ from its checksum, or the checksum is missing.

  // This machine.
  fileExists,      ///< The target exists and overwriting was not requested.
  outOfResources,  ///< This process or machine has no file descriptor or memory left.
  fileFailed,      ///< Reading or writing a file failed; the message has path and cause.
};

/// Groups of errors, one per reaction of a program. Compare with `==`.
enum class ErrorCondition {
  usage = 1,       ///< Correct the input: invalidUrl, invalidOption, invalidState, and
                   ///< archive::ArchiveErrc::keyRequired.
  authentication,  ///< Correct the credentials: notAuthenticated, notAuthorized.
  connection,      ///< Try again later, or correct address, proxy, TLS: everything about reaching
                   ///< the remote and keeping the connection, time-outs and protocol violations.
  remote,          ///< The remote refused or failed: remoteFailed and its siblings of
                   ///< strapi::TransferErrc.
  data,            ///< Data is damaged or incomplete, or could not be stored, or this machine is
                   ///< out of what it takes: outOfResources.
  safety,          ///< Refused to protect something: fileExists, plaintextCredentials, and
                   ///< versionMismatch and schemaMismatch of strapi::TransferErrc.
  cancelled,       ///< Ended by the caller.
};

/// Its name in the enumeration, such as `timedOut`; for logs and programs, and stable.
WSFERRY_API std::string_view toString(Errc value) noexcept;

/// The same for a code of any of wsferry's enumerations; `other` for one of another category.
WSFERRY_API std::string_view errorName(const std::error_code& error) noexcept;

WSFERRY_API const std::error_category& errorCategory() noexcept;
WSFERRY_API const std::error_category& errorConditionCategory() noexcept;
WSFERRY_API std::error_code make_error_code(Errc value) noexcept;
WSFERRY_API std::error_condition make_error_condition(ErrorCondition value) noexcept;

/// Details beyond the code, for programs that want to give different advice.
enum class ErrorCause {
  unknown,
  notTls,        ///< tlsFailed: the port does not speak TLS.
  notHttp,       ///< invalidUpgrade, proxyRefused: the answer is not HTTP.
  foreignFiles,  ///< fileExists: a folder that holds something else, and is never replaced.
  noSuchName,    ///< nameNotResolved: the name service knows no such name. Otherwise it has not
                 ///< answered, or failed.
  handshakeCut,  ///< tlsFailed: the connection ended during the handshake without a reason.
                 ///< Otherwise one of the sides refused something.
  brokenStep,    ///< ErrorCondition::remote: the remote broke off while sending a stage. Otherwise
                 ///< it refused a request.
  fullDisk       ///< fileFailed: a file system of this side, or a quota of it, has no room left.
};

/// Whose address ErrorInfo::address is.
enum class ErrorPeer { none, remote, proxy };

/// What ErrorInfo::subject names.
enum class SubjectKind {
  none,
  type,    ///< A content type, by its uid.
  record,  ///< One record, or the first and last of a message's.
  asset    ///< A file, by its name, or the first and last of a message's.
};

/// What is known of a failure beyond its code. Never holds a credential.
struct ErrorInfo {
  /// What happened, where, and what to do about it; for a person to read.
  std::string message;

  /// The remote's own words (protocol section 3): `error.code`, `error.message`, and
  /// `error.details` as JSON text; all of `error` where it has more than those.
  std::string remoteCode;
  std::string remoteMessage;
  std::string remoteDetails;

  /// For a refused upgrade: status, headers as received, and up to 64 KiB of the body.
  int httpStatus = 0;
  std::vector<std::pair<std::string, std::string>> httpHeaders;
  std::string httpBody;

  /// For a close frame of the peer: its code (1005 if it has none) and its reason. 0: there was no
  /// close frame.
  std::uint16_t closeCode = 0;
  std::string closeReason;

  /// Where it happened: the stage (of a transfer, see strapi::stageOf()), and what the failure
  /// concerns there.
  std::string stage;
  std::string subject;
  SubjectKind subjectKind = SubjectKind::none;

  /// For a connection that was refused, failed or ended: the URL without its query, which may hold
  /// credentials, or the `host:port` of a proxy. Empty otherwise.
  std::string address;
  ErrorPeer peer = ErrorPeer::none;

  /// The option or argument that an invalidOption concerns, by the name of its member, such as
  /// `proxy` or `tls.caFile`, or by the name that the caller's own user knows. Empty if there is no
  /// single one.
  std::string option;

  ErrorCause cause = ErrorCause::unknown;
};

/// The one exception type: a code and what is known about it. `what()` is a readable line, or a
/// heading and a line for each of several problems.
class WSFERRY_API Error : public std::system_error {
 public:
  Error(std::error_code code, ErrorInfo info);
  Error(std::error_code code, std::string message);

  /// The same failure with its place: stage and subject are set only where still unknown, because
  /// code nearer to a failure knows better.
  [[nodiscard]] Error at(std::string_view stage, SubjectKind kind = SubjectKind::none,
                         std::string subject = {}) const;

  /// The same failure in other words.
  [[nodiscard]] Error withMessage(std::string message) const;

  /// The same failure, which is about this option; see ErrorInfo::option.
  [[nodiscard]] Error ofOption(std::string option) const;

  const ErrorInfo& info() const noexcept { return info_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  ErrorInfo info_;
  std::string what_;
};

/// What Error::what() gives: stage and subject, message, and the remote's words.
[[nodiscard]] WSFERRY_API std::string describe(const std::error_code& code, const ErrorInfo& info);

}  // namespace wsferry

namespace std {
template <>
struct is_error_code_enum<wsferry::Errc> : true_type {};
template <>
struct is_error_condition_enum<wsferry::ErrorCondition> : true_type {};
}  // namespace std
