#pragma once

#include <system_error>

#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// What the tool's exit status means; documented in docs/tool.md.
enum class ExitCode : int {
  done = 0,
  remote = 1,          ///< The remote refused or failed the transfer.
  usage = 2,           ///< The command line is wrong.
  authentication = 3,  ///< Credentials are missing on the server, expired, or of the wrong type.
  connection = 4,      ///< Connection failed, lost or timed out.
  data = 5,            ///< Data is damaged, incomplete, or could not be stored.
  refused = 6,         ///< Refused to protect something.
  different = 7,       ///< Two contents are not equal.
  busy = 8,            ///< Another run is working on the same target.
  interrupted = 130
};

/// The exit code for a failure: `data` for one of the system's, which a call of this process had;
/// `remote` for one that belongs to no group.
ExitCode exitCodeFor(const std::error_code& error);

/// That of a transfer that came to its end: data if it lost something that no option accepts.
ExitCode exitCodeFor(const strapi::TransferResult& result);

/// Whether it is an error of the operating system's, from a call of this process.
bool isSystemError(const std::error_code& error) noexcept;

}  // namespace wsferry::tool
