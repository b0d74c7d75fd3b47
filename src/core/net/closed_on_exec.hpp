#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/error.hpp>
#include <cerrno>

namespace wsferry {

/// Opens a socket or an acceptor that programs which this process starts do not inherit. On an
/// error it is left closed.
template <class Socket>
void openClosedOnExec(Socket& socket, const typename Socket::protocol_type& protocol,
                      asio::error_code& error) {
#ifdef SOCK_CLOEXEC
  const int handle =
      ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol());
  if (handle < 0) {
    error.assign(errno, asio::error::get_system_category());
    return;
  }
  socket.assign(protocol, handle, error);
  if (error) {
    ::close(handle);
  }
#else
  socket.open(protocol, error);
#endif
}

}  // namespace wsferry
