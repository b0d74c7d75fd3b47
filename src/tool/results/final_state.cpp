#include "tool/results/final_state.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/platform/platform_error.hpp"

namespace wsferry::tool {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds cancelLimit{5};
// The state may be told a little later than the last result; one that takes long may wait longer.
constexpr milliseconds firstPause{200};
constexpr milliseconds longestPause{5'000};
constexpr milliseconds longestSilence{60'000};

/// Asks for one stream, again and again.
class StateQuestion {
 public:
  StateQuestion(const platform::StreamServiceOptions& options, std::string id)
      : service_(context_, options), id_(std::move(id)) {}

  std::optional<StreamAnswer> run(milliseconds limit) {
    ask();
    context_.run_for(limit);
    return std::move(answer_);
  }

  /// From any thread.
  void stop() { context_.stop(); }

 private:
  void ask() {
    service_.fetch(
        id_, [this](const std::error_code& error, ErrorInfo info, gateway::StreamMetadata stream) {
          answer_ = StreamAnswer{error, std::move(info), std::move(stream)};
          requireSameStream();
          if (isLast()) {
            context_.stop();
          } else {
            askLater();
          }
        });
  }

  // A service that cannot be reached, is overloaded, or does not know of a stream that was just
  // made, has a while.
  bool isLast() {
    const std::string& state = answer_->stream.state;
    const TimePoint now = Clock::now();
    if (!answer_->error) {
      heard_ = now;
      return state == "COMPLETED" || isFailedState(state);
    }
    const bool mayCome = mayPass(answer_->error, answer_->info) ||
                         answer_->error == platform::PlatformErrc::streamNotFound;
    return !mayCome || now - heard_ > longestSilence;
  }

  void requireSameStream() {
    const std::string& told = answer_->stream.streamId;
    if (!answer_->error && !told.empty() && told != id_) {
      answer_->error = Errc::protocolViolation;
      answer_->info.message =
          "The Stream Service told about another stream, " + printable(told, 100) + ".";
      answer_->stream.state.clear();
    }
  }

  void askLater() {
    timer_.expires_after(pause_);
    pause_ = std::min(pause_ * 3 / 2, longestPause);
    timer_.async_wait([this](const asio::error_code& ended) {
      if (!ended) {
        ask();
      }
    });
  }

  asio::io_context context_{1};
  platform::StreamService service_;
  std::string id_;
  asio::steady_timer timer_{context_};
  milliseconds pause_ = firstPause;
  TimePoint heard_ = Clock::now();
  std::optional<StreamAnswer> answer_;
};

}  // namespace

bool isFailedState(const std::string& state) {
  return state == "FAILED" || state == "EXPIRED";
}

std::optional<StreamAnswer> awaitFinalState(const platform::StreamServiceOptions& options,
                                            const std::string& id, milliseconds limit,
                                            Interruption& interruption) {
  StateQuestion question(options, id);
  const Interruption::Scope scope(interruption, [&question] { question.stop(); });
  return question.run(limit);
}

std::optional<StateFailure> failureOf(const std::optional<StreamAnswer>& answer) {
  if (!answer || answer->error) {
    return StateFailure{
        answer ? answer->error : Errc::timedOut,
        "Whether the stream failed is not known: " +
            (answer ? answer->info.message : "the Stream Service did not answer in time.")};
  }
  const std::string& state = answer->stream.state;
  if (state == "COMPLETED") {
    return std::nullopt;
  }
  const std::string description =
      jsonStringOf(jsonMemberOf(answer->stream.json, "stateDescription")).value_or("");
  StateFailure failure;
  failure.isFailed = isFailedState(state);
  failure.error = failure.isFailed ? Errc::remoteFailed : Errc::timedOut;
  failure.message = std::string(failure.isFailed ? "" : "No end of the stream was seen in time. ") +
                    "The Stream Service says that the stream is " +
                    (state.empty() ? "in no state" : state) +
                    (description.empty() ? "." : ": " + description);
  return failure;
}

std::string cancelStream(const platform::StreamServiceOptions& options, const std::string& id,
                         Interruption& interruption) {
  const Interruption::Scope scope(interruption, [] {}, {}, {milliseconds{0}, 2 * cancelLimit});
  asio::io_context context{1};
  platform::StreamService service(context, options);
  std::optional<StreamAnswer> answer;
  service.cancel(id,
                 [&](const std::error_code& error, ErrorInfo info, gateway::StreamMetadata stream) {
                   answer = StreamAnswer{error, std::move(info), std::move(stream)};
                   context.stop();
                 });
  context.run_for(cancelLimit);
  if (!answer) {
    return "the stream " + id + " may go on: the Stream Service did not answer in time";
  }
  if (answer->error == platform::PlatformErrc::streamNotFound) {
    return "the stream " + id + " was not made";
  }
  return answer->error ? "the stream " + id + " may go on: " + answer->info.message
                       : "the stream " + id + " was cancelled";
}

}  // namespace wsferry::tool
