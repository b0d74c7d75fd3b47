#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/export.hpp"
#include "wsferry/platform/egress_event.hpp"
#include "wsferry/platform/egress_options.hpp"

namespace wsferry::platform {

/// Reads the results of streams from the Egress Service, which any number of readers may do at the
/// same time, even while the streams run on a gateway. Has no thread.
///
/// An answer that breaks off is requested again from the last result of each topic on: none is lost
/// and none comes twice, provided results give their position (sinkTopicName and messageId, of
/// which the last 65,536 are remembered). If one does not, or in the raw format, which has no
/// positions, reading ends as incomplete. An end is complete only if HTTP marks it.
///
/// The service waits while nobody reads; memory is bounded by ClientOptions::readAhead and the
/// longest line.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. All state lives on one strand.
///  - Lifetime: destroying the reader ends a pending call with the verdict `cancelled`.
class WSFERRY_API EgressReader {
 public:
  /// Runs on `context`, which must be run by the caller and outlive the reader.
  /// @throws Error with Errc::invalidOption, invalidUrl, plaintextCredentials.
  EgressReader(asio::io_context& context, EgressOptions options);

  /// The same on `strand`, which runs one handler at a time.
  EgressReader(asio::any_io_executor strand, EgressOptions options);

  EgressReader(EgressReader&&) noexcept;
  EgressReader& operator=(EgressReader&&) noexcept;
  ~EgressReader();

  asio::any_io_executor executor() const;

  /// The next event; the first call connects. The verdict is the last one.
  ///  - Signature: `void(std::error_code, EgressEvent)`.
  ///  - Completes with the next result or other event, and with the verdict when reading is over.
  ///    After that every call returns the verdict again.
  ///  - Errors: Errc::invalidState while another call waits. How reading failed is in the verdict.
  ///  - Cancellation of any type ends the call with Errc::cancelled and loses nothing: reading
  ///    continues, and the next call returns the event.
  template <class Token>
  auto next(Token&& token) {
    return wsferry::detail::initiate<std::error_code, EgressEvent>(
        executor(),
        [session = session_](auto completion) { startNext(session, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Ends reading: after the events that have already arrived, next() returns the verdict, which is
  /// `cancelled` unless there was one.
  void close();

 private:
  static void startNext(const std::shared_ptr<class EgressSession>& session,
                        Completion<std::error_code, EgressEvent> completion);

  std::shared_ptr<class EgressSession> session_;
};

}  // namespace wsferry::platform
