#include "core/file/file_error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace wsferry {

void throwFileError(std::string_view action, const std::string& path, int error) {
  std::string message = "cannot ";
  message.append(action).append(" ").append(path).append(": ");
  message += std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE) {
    message += " (`ulimit -n` is how many a process may have open)";
  }
  throw fileError(std::move(message), error);
}

Error fileError(std::string message, int error) {
  ErrorInfo info;
  info.message = std::move(message);
  if (error == ENOSPC || error == EDQUOT) {
    info.cause = ErrorCause::fullDisk;
  }
  return Error(Errc::fileFailed, std::move(info));
}

}  // namespace wsferry
