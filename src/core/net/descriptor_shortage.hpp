#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/error.hpp>
#include <asio/ip/udp.hpp>
#include <cerrno>
#include <system_error>
#include <vector>

namespace wsferry {

/// Whether a call failed because this process, or the machine, may open no more files and sockets.
inline bool isDescriptorShortage(const std::error_code& error) {
  // Asio's own category maps no values to std::errc.
  const bool isSystems = error.category() == asio::error::get_system_category() ||
                         error.category() == std::system_category();
  return isSystems && (error.value() == EMFILE || error.value() == ENFILE);
}

/// Whether there is such a shortage now: for what fails of it in words of its own, as a name lookup
/// and a search for certificates do, which need a few at once.
inline bool isOutOfDescriptors(const asio::any_io_executor& executor) {
  std::vector<asio::ip::udp::socket> probes;
  asio::error_code error;
  for (int i = 0; i < 4 && !error; ++i) {
    probes.emplace_back(executor).open(asio::ip::udp::v4(), error);
  }
  return isDescriptorShortage(error);
}

/// What to say of it, behind the cause.
constexpr const char* descriptorShortageWords =
    "this process or machine has no file descriptor left. Raise the limit (ulimit -n), or stop "
    "whatever holds them.";

}  // namespace wsferry
