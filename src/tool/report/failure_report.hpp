#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "tool/report/exit_code.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

/// A failure as the user gets it: what happened and what usually helps. All texts are printable and
/// free of secrets.
struct FailureReport {
  ExitCode exitCode = ExitCode::remote;
  std::string error;       ///< errorName()
  std::string message;     ///< May have several lines.
  int httpStatus = 0;      ///< Of a refused upgrade; 0 otherwise.
  std::string httpBody;    ///< Its start.
  std::string retryAfter;  ///< Its header of that name: seconds, or a date.
  std::string remoteCode;
  std::string remoteDetails;
  std::string stage;
  std::string subject;
  ErrorCause cause = ErrorCause::unknown;
  unsigned attempts = 0;  ///< That were made; 0 where there is never more than one.
  std::string remedy;     ///< Empty where there is nothing to advise.

  /// What a push left behind; see strapi::PushEffect.
  struct DestinationState {
    std::string database;       ///< untouched, rolledBack, rollbackExpected, uncertain, committed
    std::string files;          ///< untouched, setAside, deleted, replaced, uncertain
    std::string filesBackup;    ///< The folder with the old files, if known.
    bool sourceAtRisk = false;  ///< Files of the source may be gone, too.
    std::string text;           ///< All of it in words, with what to do; some lines.
  };
  std::optional<DestinationState> destination;

  /// For a terminal: some lines.
  std::string text() const;

  /// The same in one line, as in the mail of cron.
  std::string line() const;
};

/// `adminUrl` as the user gave it, where a connection is concerned; advice depends on it, and
/// rather on the address of the failure: of two servers, that is the one that failed.
FailureReport reportFailure(const std::exception& failure, std::string_view adminUrl = {});

/// The same for a stream to a gateway, which most advice does not fit.
FailureReport reportStreamFailure(const Error& failure);

/// Whether the answer to an upgrade is Strapi's own, and not that of a proxy in front of it.
bool isStrapisAnswer(const ErrorInfo& info);

/// Whether a file system, here or of a server, has no room left.
bool isOfFullDisk(const ErrorInfo& info);

/// Whether a URL has the path that Strapi has transfers at.
bool looksLikeAdminUrl(std::string_view url);

/// What to do about an admin URL at which no Strapi answers.
std::string adminUrlAdvice(std::string_view adminUrl);

}  // namespace wsferry::tool
