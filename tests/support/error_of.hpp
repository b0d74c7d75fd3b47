#pragma once

#include <string>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace support {

/// The code of the Error that `function` throws; none if it throws nothing.
template <typename Function>
std::error_code errorOf(Function function) {
  try {
    function();
  } catch (const wsferry::Error& error) {
    return error.code();
  }
  return {};
}

/// The message of the Error that `function` throws; empty if it throws nothing.
template <typename Function>
std::string messageOf(Function function) {
  try {
    function();
  } catch (const wsferry::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace support
