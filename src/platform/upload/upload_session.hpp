#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_type.hpp>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "gateway/session/asked_secret.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/exchange.hpp"
#include "wsferry/platform/upload_options.hpp"

namespace wsferry::platform {

/// What a FileUpload owns: the request, and its body as it comes. To be used on the executor only,
/// unless said otherwise.
class UploadSession : public std::enable_shared_from_this<UploadSession> {
 public:
  using CallId = std::uint64_t;
  using StreamCompletion = Completion<std::error_code, ErrorInfo, gateway::StreamMetadata>;
  using WriteCompletion = Completion<std::error_code>;

  /// @throws Error for options that cannot be meant.
  UploadSession(asio::any_io_executor executor, UploadOptions options);

  const asio::any_io_executor& executor() const { return executor_; }  // any thread
  CallId newCallId() { return nextCallId_++; }                         // any thread

  void start(CallId id, StreamCompletion completion);
  void cancelStart(CallId id, asio::cancellation_type type);
  void write(CallId id, std::string block, WriteCompletion completion);
  void cancelWrite(CallId id, asio::cancellation_type type);
  void finish();
  void close();

  /// The owner is gone.
  void end();

 private:
  enum class Phase {
    idle,
    asking,  ///< For the secret.
    open,    ///< The request is out.
    over
  };

  struct Start {
    CallId id;
    StreamCompletion completion;
  };

  struct Write {
    CallId id;
    WriteCompletion completion;
  };

  void open();
  void onSecret(const std::error_code& error, ErrorInfo info, const std::string& secret);
  void sendNext();
  void sendBlock(std::string block);
  void onWritten(const std::error_code& error);
  void onHead(const std::error_code& error, ErrorInfo info, http::ResponseHead head);
  void readAnswer();
  void onAnswer(const std::error_code& failure, ErrorInfo why);
  void finishWith(const std::error_code& error, ErrorInfo info, gateway::StreamMetadata stream);
  void completeWrite(const std::error_code& error);
  bool isOf(std::uint64_t attempt) const { return attempt_ == attempt && phase_ == Phase::open; }

  const asio::any_io_executor executor_;
  const UploadOptions options_;
  std::atomic<CallId> nextCallId_{1};
  std::optional<http::Client> client_;
  std::optional<http::Exchange> exchange_;
  std::shared_ptr<asio::cancellation_signal> stop_;  ///< Of exchange_, which knows what was sent.
  const std::shared_ptr<gateway::AskedSecret> secret_;

  Phase phase_ = Phase::idle;
  std::uint64_t attempt_ = 0;
  http::ResponseHead head_;
  std::string answer_;
  std::vector<std::string> secrets_;
  std::optional<std::string> begun_;  ///< All of the body so far, as long as it can be sent again.
  std::optional<std::string> next_;   ///< A block that waits for its turn behind that.
  bool isSending_ = false;            ///< A block is on its way.
  bool wasStarted_ = false;
  bool isFinished_ = false;
  bool hasRenewed_ = false;  ///< A refused token.

  std::optional<Start> start_;
  std::optional<Write> write_;
};

}  // namespace wsferry::platform
