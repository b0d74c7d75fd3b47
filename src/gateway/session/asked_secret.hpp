#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <system_error>

#include "gateway/session/secret_wait.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/gateway/stream_options.hpp"

namespace wsferry::gateway {

/// What a provider of the program is asked for, once for each connection, and within a limit: the
/// secret of credentials, or a URL that holds one. To be used on the executor only.
class WSFERRY_API AskedSecret : public std::enable_shared_from_this<AskedSecret> {
 public:
  using Take = std::function<void(const std::error_code&, ErrorInfo, const std::string&)>;
  using Answer = Completion<std::error_code, ErrorInfo, std::string>;
  /// Asks; destroying what it returns, if it is anything, gives the question up.
  using Ask = std::function<std::shared_ptr<void>(Answer)>;

  /// `limit` bounds what a provider takes.
  AskedSecret(const asio::any_io_executor& executor, Credentials credentials, Duration limit)
      : credentials_(std::move(credentials)),
        limit_(limit),
        timer_(executor),
        secretWait_(executor) {}

  /// What `ask` is answered, in messages "a `what`"; `provider` begins a sentence.
  AskedSecret(const asio::any_io_executor& executor, std::string provider, std::string what,
              Ask ask, Duration limit)
      : limit_(limit),
        timer_(executor),
        secretWait_(executor),
        provider_(std::move(provider)),
        what_(std::move(what)),
        ask_(std::move(ask)) {}

  /// Calls `take` once, unless cancel() comes first: at once for a secret that is at hand.
  void ask(Take take);
  void cancel();

  /// What the provider threw, if that is why there is no secret.
  const std::exception_ptr& thrown() const { return thrown_; }

  /// The service has refused the secret. Whether there may be another now.
  bool drop();

 private:
  void askProvider();
  std::string providerName() const;
  void onSecret(const std::error_code& error, ErrorInfo info, const std::string& secret);
  void give(const std::error_code& error, ErrorInfo info, const std::string& secret);

  const Credentials credentials_;
  const Duration limit_;
  asio::steady_timer timer_;
  SecretWait secretWait_;
  std::uint64_t asked_ = 0;  ///< What an earlier question brings is old.
  Take take_;
  std::exception_ptr thrown_;
  std::string token_;  ///< Of the tokenProvider.

  const std::string provider_;
  const std::string what_ = "secret";
  const Ask ask_;
  std::shared_ptr<void> asking_;
};

}  // namespace wsferry::gateway
