#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "gateway/session/asked_secret.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/gateway/detail/session/open_partials.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/exchange.hpp"
#include "wsferry/platform/detail/egress/line_reader.hpp"
#include "wsferry/platform/detail/egress/reconnect_rule.hpp"
#include "wsferry/platform/detail/egress/resume_positions.hpp"
#include "wsferry/platform/egress_event.hpp"
#include "wsferry/platform/egress_options.hpp"

namespace wsferry::platform {

/// What an EgressReader owns: one answer after the other, and what is made of them. To be used on
/// the executor only, unless said otherwise.
class EgressSession : public std::enable_shared_from_this<EgressSession> {
 public:
  using CallId = std::uint64_t;
  using NextCompletion = Completion<std::error_code, EgressEvent>;

  /// @throws Error for options that cannot be meant.
  EgressSession(asio::any_io_executor executor, EgressOptions options);

  const asio::any_io_executor& executor() const { return executor_; }  // any thread
  CallId newCallId() { return nextCallId_++; }                         // any thread

  void next(CallId id, NextCompletion completion);
  void cancel(CallId id);
  void close();

  /// The owner is gone.
  void end();

 private:
  enum class Phase {
    idle,        ///< Nothing was asked for yet.
    asking,      ///< For the secret.
    opening,     ///< The request is out.
    reading,     ///< Results.
    explaining,  ///< Why there are none: the body of another status.
    pausing,     ///< Before another connection.
    over
  };

  struct Call {
    CallId id;
    NextCompletion completion;
  };

  void deliver();
  void open();
  void onSecret(const std::error_code& error, ErrorInfo info, const std::string& secret);
  void connect(const std::string& secret);
  void onHead(const std::error_code& error, ErrorInfo info, http::ResponseHead head);
  void read();
  void onBlock(const std::error_code& error, ErrorInfo info, std::string block);
  void takeResults(std::string block);
  void takeLine(const LineReader::Line& line);
  void takeResult(gateway::Response response);
  void onAnswerEnd();
  void onRefusal();
  void broke(const std::error_code& error, ErrorInfo info, gateway::ErrorResponse response = {});
  void giveUp(const std::error_code& error, ErrorInfo info, gateway::ErrorResponse response);
  std::vector<EgressPosition> lastPositions() const;
  void complete();
  void finish(EgressOutcome outcome, const std::error_code& error, ErrorInfo info);
  void note(EgressEvent::Kind kind, const std::string& message, std::string_view text = {});
  bool isOf(std::uint64_t attempt, Phase phase) const {
    return attempt_ == attempt && phase_ == phase;
  }

  const asio::any_io_executor executor_;
  const EgressOptions options_;
  std::atomic<CallId> nextCallId_{1};
  std::optional<http::Client> client_;
  std::optional<http::Exchange> exchange_;
  const std::shared_ptr<gateway::AskedSecret> secret_;
  asio::steady_timer timer_;  ///< Of the pause.
  LineReader lines_;
  ResumePositions positions_;
  std::optional<std::vector<EgressPosition>> positionsBeforeLoss_;  ///< Of a line.
  ReconnectRule rule_;

  Phase phase_ = Phase::idle;
  std::uint64_t attempt_ = 0;  ///< The connection under way: what comes of an earlier one is old.
  http::ResponseHead head_;
  std::string explanation_;
  std::vector<std::string> secrets_;
  bool isReading_ = false;
  bool hasAnswered_ = false;  ///< With results, once.
  bool hasRenewed_ = false;   ///< A refused token, since the last answer.

  std::optional<Call> call_;
  std::deque<EgressEvent> events_;
  std::map<std::string, gateway::OpenPartials> openPartials_;  ///< By topic.
  EgressVerdict verdict_;
};

}  // namespace wsferry::platform
