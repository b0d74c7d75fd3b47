#include "core/file/file_error.hpp"

#include <cerrno>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry {

void throwFileError(std::string_view action, const std::string& path, int error) {
  std::string message = "cannot ";
  message.append(action).append(" ").append(path).append(": ");
  message += std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE) {
    message += " (`ulimit -n` is how many a process may have open)";
  }
  throw Error(Errc::fileFailed, std::move(message));
}

}  // namespace wsferry
