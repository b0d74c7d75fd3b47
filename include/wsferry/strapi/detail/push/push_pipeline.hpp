#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>

#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"
#include "wsferry/strapi/detail/messages/stream_message.hpp"
#include "wsferry/strapi/detail/push/send_pace.hpp"
#include "wsferry/strapi/detail/push/send_window.hpp"
#include "wsferry/strapi/dispatcher.hpp"

namespace wsferry::strapi {

/// A push's connection for code that blocks. Requests are answered one by one, batches while more
/// are sent. interrupt() ends all waiting and leaves the socket open, for a rollback. Only
/// interrupt() and drop() may be called from any thread.
class PushPipeline {
 public:
  using OnAnswer = std::function<void(const std::error_code&, Answer)>;
  using Request = std::function<void(Dispatcher&, OnAnswer)>;

  struct Result {
    std::error_code error;
    Answer answer;
  };

  /// A request that was sent.
  struct Call {
    std::optional<Result> result;  ///< Guarded by the connection's mutex.
  };

  /// @throws Error with Errc::invalidUrl.
  PushPipeline(std::string_view adminUrl, const WebSocketOptions& options,
               const DispatcherOptions& dispatcherOptions);

  void open(std::function<void(const Diagnostic&)> onDiagnostic) {
    connection_.open(std::move(onDiagnostic));
  }

  Dispatcher& dispatcher() { return connection_.dispatcher(); }

  /// One message in flight until this is called.
  void setWindow(BatchWindow limits);

  /// Sends a request. @throws Error with Errc::cancelled after interrupt().
  std::shared_ptr<Call> start(const Request& request);

  /// Its answer. @throws Error
  Answer wait(const Call& call) const;

  Answer await(const Request& request) { return wait(*start(request)); }

  /// The request for an action, patient with those that keep a server busy.
  Request request(TransferAction action) const;

  /// Sends the request that starts or ends a step. @throws Error as start().
  std::shared_ptr<Call> startStep(TransferStage stage, StepAction action);

  /// Its answer. @throws Error, of that stage.
  Answer waitForStep(TransferStage stage, const Call& call) const;

  Answer awaitStep(TransferStage stage, StepAction action) {
    return waitForStep(stage, *startStep(stage, action));
  }

  /// Sends a batch when it has a place in the window, and the server has use for it.
  /// @throws Error: that of the first batch that failed, before it sends any more; with
  /// Errc::messageTooBig, sending nothing, above the 100 MiB that a server takes.
  void send(Batch batch);

  /// Waits until everything sent is answered. @throws Error as send() does.
  void drain();

  // For a rollback: these are not interrupted, but have a deadline.

  /// Sends a request, whatever has happened.
  std::shared_ptr<Call> startAnyway(const Request& request);
  /// The answer, or nothing when the time has passed.
  [[nodiscard]] std::optional<Result> waitUntil(const Call& call, TimePoint deadline);
  /// Whether the server has answered everything sent at the deadline. Never once the wait for an
  /// answer was given up: the server then may be at work still.
  [[nodiscard]] bool waitUntilAnswered(TimePoint deadline);

  /// Closes the socket in good order.
  void close() noexcept { connection_.close(); }

  bool isOnOwnThread() const { return connection_.isOnOwnThread(); }

  void interrupt() noexcept;

  /// Closes the socket now; what waits fails with Errc::cancelled.
  void drop() noexcept { connection_.cancel(); }

  WebSocketStatistics statistics() const { return connection_.statistics(); }

 private:
  // Outlives the connection as long as a request or batch is under way.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool interrupted = false;
    unsigned callsUnderWay = 0;
    bool isAnswerMissing = false;  ///< What was sent is over without the server's answer.
    SendWindow window{BatchWindow{1, 0}};
    SendPace pace;

    void noteEnd(const std::error_code& error) {
      isAnswerMissing = isAnswerMissing || (error && error != ErrorCondition::remote);
    }

    bool hasPlace(std::size_t bytes) const {
      return window.isEmpty() ||
             (window.hasPlace(bytes) && window.unanswered() < pace.batchesInFlight());
    }
  };

  void throwIfInterrupted() const;
  void throwIfFailed() const;

  const RetryMessageOptions retry_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  BlockingConnection connection_;
};

}  // namespace wsferry::strapi
