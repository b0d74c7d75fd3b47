#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/platform/upload_options.hpp"

namespace wsferry::platform {

/// Uploads one file, or anything that comes in blocks, to the HTTP Gateway, which turns it into a
/// stream. Has no thread, and holds at most about 2 MiB of the file.
///
/// A large body does not start before the gateway agrees, or was silent for a second: refused
/// credentials cost no upload. Nothing is sent twice: to repeat an upload that broke off, start
/// another one, which becomes another stream. The gateway may already have made a stream of what
/// had arrived.
///
/// The results are read by an EgressReader, and StreamService knows the stream's state.
///
///  - The last argument of an asynchronous function is an Asio completion token. The call completes
///    exactly once, never from inside itself, on the handler's executor, or executor() where it has
///    none. Its memory comes from the handler's allocator.
///  - Thread-safety: may be called from any thread. All state lives on one strand.
///  - Lifetime: arguments are moved into the call. Destroying the upload gives it up; pending calls
///    complete with Errc::cancelled.
class WSFERRY_API FileUpload {
 public:
  /// Runs on `context`, which must be run by the caller and outlive the upload.
  /// @throws Error with Errc::invalidOption, invalidUrl, plaintextCredentials.
  FileUpload(asio::io_context& context, UploadOptions options);

  /// The same on `strand`, which runs one handler at a time.
  FileUpload(asio::any_io_executor strand, UploadOptions options);

  FileUpload(FileUpload&&) noexcept;
  FileUpload& operator=(FileUpload&&) noexcept;
  ~FileUpload();

  asio::any_io_executor executor() const;

  /// Sends the request, and returns the stream that the gateway has made. Once; write() comes after
  /// it.
  ///  - Signature: `void(std::error_code, ErrorInfo, gateway::StreamMetadata)`.
  ///  - Completes with the gateway's answer, usually after finish(), and at once if it refuses.
  ///  - Errors: Errc::notAuthenticated and the like for a refusal, with the gateway's words as
  ///    remoteCode and remoteMessage, and PlatformErrc::unavailable for one that may pass;
  ///    PlatformErrc::invalidAnswer for an answer that is not a stream; Errc::connectionLost for a
  ///    cut in the middle, and for a stream that the gateway made before it had all of the body;
  ///    Errc::invalidState for a body of another size than UploadOptions::size, and
  ///    for a second call; those of a provider of credentials, and of http::Exchange::start().
  ///  - Cancellation: any type gives the upload up before its request is sent. Later `terminal` and
  ///    `partial` do, and it may have taken effect; `total` is ignored then.
  template <class Token>
  auto start(Token&& token) {
    return wsferry::detail::initiate<std::error_code, ErrorInfo, gateway::StreamMetadata>(
        executor(),
        [session = session_](auto completion) { startUpload(session, std::move(completion)); },
        std::forward<Token>(token));
  }

  /// Sends the next block; an empty one is ignored.
  ///  - Signature: `void(std::error_code)`.
  ///  - Completes when the next one may come: this one is on its way.
  ///  - Errors: Errc::connectionClosed if the upload is over; start() says why. Errc::invalidState
  ///    before start(), after finish(), and while another block waits.
  ///  - Cancellation: `terminal` and `partial` end the call; the block stays, and is sent. `total`
  ///    takes back a block that still waits, for the secret or for the block before it; it is
  ///    ignored for one already being sent.
  template <class Token>
  auto write(std::string block, Token&& token) {
    return wsferry::detail::initiate<std::error_code>(
        executor(),
        [session = session_, block = std::move(block)](auto completion) mutable {
          startWrite(session, std::move(block), std::move(completion));
        },
        std::forward<Token>(token));
  }

  /// Ends the body. Call it after the last write() has completed.
  void finish();

  /// Abandons the upload: start() completes with Errc::cancelled, unless it has completed already.
  void close();

 private:
  static void startUpload(
      const std::shared_ptr<class UploadSession>& session,
      Completion<std::error_code, ErrorInfo, gateway::StreamMetadata> completion);
  static void startWrite(const std::shared_ptr<class UploadSession>& session, std::string block,
                         Completion<std::error_code> completion);

  std::shared_ptr<class UploadSession> session_;
};

}  // namespace wsferry::platform
