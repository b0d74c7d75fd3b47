#pragma once

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry {

/// `: ` and its message, for the end of a sentence.
inline std::string exceptionText(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return ": out of memory";
  } catch (const std::exception& thrown) {
    return std::string(": ") + thrown.what();
  } catch (...) {
    return ", which is not a std::exception";
  }
}

/// The error code for an end caused by an exception.
inline std::error_code exceptionCode(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    return Errc::outOfResources;
  } catch (const std::system_error& thrown) {
    return thrown.code();
  } catch (...) {
    return Errc::invalidState;
  }
}

}  // namespace wsferry
