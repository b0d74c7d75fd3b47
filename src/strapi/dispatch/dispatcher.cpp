#include "wsferry/strapi/dispatcher.hpp"

#include <asio/post.hpp>
#include <utility>

#include "strapi/messages/answers.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/strapi/detail/dispatch/dispatcher_impl.hpp"
#include "wsferry/strapi/detail/messages/message_check.hpp"
#include "wsferry/strapi/detail/messages/message_writer.hpp"

namespace wsferry::strapi {
namespace {

using OutgoingMessage = Dispatcher::Impl::OutgoingMessage;

template <class Result>
void completeAtOnce(Completion<std::error_code, Result> completion, const Error& error) {
  Result result;
  result.error = error.info();
  completion.completeAtOnce(error.code(), std::move(result));
}

// Once it was sent, a message may have taken effect. Before, send() looks for itself.
template <class Result>
void cancelWith(const std::shared_ptr<Dispatcher::Impl>& impl, const Uuid& uuid,
                Dispatcher::Impl::CallId id, Completion<std::error_code, Result>& completion) {
  completion.onCancel(
      [weak = std::weak_ptr<Dispatcher::Impl>(impl), uuid, id](asio::cancellation_type type) {
        const auto self = weak.lock();
        if (self && endsBegunCall(type)) {
          asio::post(self->executor(), [self, uuid, id] { self->cancel(uuid, id); });
        }
      });
}

void post(const std::shared_ptr<Dispatcher::Impl>& impl, OutgoingMessage message,
          std::optional<RetryMessageOptions> retry, Dispatcher::Impl::CallId id,
          Dispatcher::Impl::Call call) {
  asio::post(impl->executor(),
             [impl, message = std::move(message), retry = retry.value_or(impl->defaultRetry()), id,
              call = std::move(call)]() mutable {
               impl->send(std::move(message), retry, id, std::move(call));
             });
}

void send(const std::shared_ptr<Dispatcher::Impl>& impl, OutgoingMessage message,
          std::optional<RetryMessageOptions> retry,
          Completion<std::error_code, Answer> completion) {
  const auto id = impl->newCallId();
  cancelWith(impl, message.encoded.uuid, id, completion);
  post(impl, std::move(message), retry, id, std::move(completion));
}

// Sends what `make()` returns; completes with what it throws.
template <class Make>
void sendMade(const std::shared_ptr<Dispatcher::Impl>& impl, Make make,
              std::optional<RetryMessageOptions> retry,
              Completion<std::error_code, Answer> completion) {
  OutgoingMessage message;
  try {
    message = make();
  } catch (const Error& error) {
    completeAtOnce(std::move(completion), error);
    return;
  }
  send(impl, std::move(message), retry, std::move(completion));
}

}  // namespace

Dispatcher::Dispatcher(const WebSocketClient& client, DispatcherOptions options)
    : Dispatcher(client.transport(), std::move(options)) {}

Dispatcher::Dispatcher(std::shared_ptr<Transport> transport, DispatcherOptions options)
    : impl_(std::make_shared<Impl>(std::move(transport), std::move(options))) {
  asio::post(executor(), [impl = impl_] { impl->attach(); });
}

Dispatcher::Dispatcher(Dispatcher&&) noexcept = default;

Dispatcher& Dispatcher::operator=(Dispatcher&& other) noexcept {
  Dispatcher taken(std::move(other));
  std::swap(impl_, taken.impl_);
  return *this;
}

Dispatcher::~Dispatcher() {
  if (impl_ && impl_->isOfOtherProcess()) {
    keepForEver(std::move(impl_));
  } else if (impl_) {
    postLast(impl_->executor(), [impl = impl_] { impl->drop(); });
    impl_->gate().close();
  }
}

asio::any_io_executor Dispatcher::executor() const {
  return impl_->executor();
}

void Dispatcher::startInit(const std::shared_ptr<Impl>& impl, const InitRequest& request,
                           std::optional<RetryMessageOptions> retry,
                           Completion<std::error_code, InitAnswer> completion) {
  OutgoingMessage message;
  try {
    message.encoded = commandMessage(Command::init, request.params(), {});
  } catch (const Error& error) {
    completeAtOnce(std::move(completion), error);
    return;
  }
  const Impl::CallId id = impl->newCallId();
  cancelWith(impl, message.encoded.uuid, id, completion);
  post(impl, std::move(message), retry, id,
       Impl::InitCall{std::move(completion), request.transfer});
}

void Dispatcher::Impl::finishInit(InitCall call, const std::error_code& error, Answer answer) {
  InitAnswer init;
  if (error) {
    init.error = std::move(answer.error);
    call.completion(error, std::move(init));
    return;
  }
  try {
    init = readInitAnswer(answer.data);
  } catch (const Error& unreadable) {
    init.error = unreadable.info();
    call.completion(unreadable.code(), std::move(init));
    return;
  }
  const bool survivesHangUp = init.checksums;  // So it is announced: ServerAbility::survivesHangUp.
  properties_.set(init.transferID, call.kind, survivesHangUp);
  call.completion({}, std::move(init));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, std::string members,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  sendMade(
      impl,
      [&members] {
        CheckedMessage checked = checkMessage(std::move(members));
        return OutgoingMessage{detail::sealed(std::move(checked.members), std::move(checked.label)),
                               std::move(checked.starts)};
      },
      retry, std::move(completion));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, EncodedMessage message,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  send(impl, {std::move(message), {}}, retry, std::move(completion));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, const CommandCall& call,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  sendMade(
      impl,
      [&] {
        checkValue(call.params, "params");
        return OutgoingMessage{
            commandMessage(call.command, call.params, TransferID{impl->properties().id()}), {}};
      },
      retry, std::move(completion));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, TransferAction action,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  sendMade(
      impl,
      [&] {
        return OutgoingMessage{actionMessage(action, TransferID{impl->properties().id()}), {}};
      },
      retry, std::move(completion));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, const StepCall& call,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  sendMade(
      impl,
      [&] {
        checkValue(call.data, "data");
        const std::string step(toString(call.step));
        return OutgoingMessage{
            stepMessage(step, call.action, TransferID{impl->properties().id()}, call.data),
            call.action == StepAction::start ? step : std::string()};
      },
      retry, std::move(completion));
}

void Dispatcher::startClose(const std::shared_ptr<Impl>& impl,
                            Completion<std::error_code> completion) {
  const Impl::CallId id = impl->newCallId();
  completion.onCancel([weak = std::weak_ptr<Impl>(impl), id](asio::cancellation_type type) {
    const auto self = weak.lock();
    if (self && endsBegunCall(type)) {
      asio::post(self->executor(), [self, id] { self->cancelClose(id); });
    }
  });
  asio::post(impl->executor(), [impl, id, completion = std::move(completion)]() mutable {
    impl->close(id, std::move(completion));
  });
}

void Dispatcher::acknowledge(std::string_view uuid) {
  asio::post(executor(), [impl = impl_, uuid = std::string(uuid)] { impl->acknowledge(uuid); });
}

void Dispatcher::setTransferProperties(TransferID id, TransferKind kind, bool survivesHangUp) {
  impl_->properties().set(std::move(id), kind, survivesHangUp);
}

std::string Dispatcher::transferID() const {
  return impl_->properties().id();
}

std::optional<TransferKind> Dispatcher::transferKind() const {
  return impl_->properties().kind();
}

void Dispatcher::subscribe(std::string processID, std::weak_ptr<ProcessSubscriber> subscriber) {
  asio::post(executor(),
             [impl = impl_, processID = std::move(processID), subscriber = std::move(subscriber)] {
               impl->subscribe(processID, subscriber);
             });
}

void Dispatcher::unsubscribe(std::string processID) {
  asio::post(executor(),
             [impl = impl_, processID = std::move(processID)] { impl->unsubscribe(processID); });
}

void Dispatcher::onDiagnostic(std::function<void(const Diagnostic&)> handler) {
  asio::post(executor(), [impl = impl_, handler = std::move(handler)]() mutable {
    impl->setDiagnosticHandler(std::move(handler));
  });
}

void Dispatcher::onServerMessage(std::function<void(std::string)> handler) {
  asio::post(executor(), [impl = impl_, handler = std::move(handler)]() mutable {
    impl->setServerMessageHandler(std::move(handler));
  });
}

}  // namespace wsferry::strapi
