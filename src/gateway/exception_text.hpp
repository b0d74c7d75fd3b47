#pragma once

#include <exception>
#include <string>

namespace wsferry::gateway {

/// What an exception of the program says, to follow the words that it threw one.
inline std::string exceptionText(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& thrown) {
    return std::string(": ") + thrown.what();
  } catch (...) {
    return ", which is no std::exception";
  }
}

}  // namespace wsferry::gateway
