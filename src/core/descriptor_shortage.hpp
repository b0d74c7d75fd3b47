#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/ip/udp.hpp>
#include <system_error>

namespace wsferry {

/// Whether a call failed because this process, or the machine, may open no more files and sockets.
inline bool isDescriptorShortage(const std::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system;
}

/// Whether there is such a shortage now: for what fails of it in words of its own, as a name lookup
/// and a search for certificates do.
inline bool isOutOfDescriptors(const asio::any_io_executor& executor) {
  asio::ip::udp::socket probe(executor);
  asio::error_code error;
  probe.open(asio::ip::udp::v4(), error);
  return isDescriptorShortage(error);
}

/// What to say of it, behind the cause.
constexpr const char* descriptorShortageWords =
    "this process or machine has no file descriptor left. Raise the limit (ulimit -n), or end what "
    "holds them.";

}  // namespace wsferry
