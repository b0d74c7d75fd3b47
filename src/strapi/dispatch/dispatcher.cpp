#include "wsferry/strapi/dispatcher.hpp"

#include <asio/post.hpp>
#include <utility>

#include "core/json/rapidjson.hpp"
#include "strapi/messages/pull_answers.hpp"
#include "wsferry/strapi/detail/dispatch/dispatcher_impl.hpp"

namespace wsferry::strapi {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void member(JsonWriter& writer, std::string_view key, std::string_view value) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

std::string text(const rapidjson::StringBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

// The text of `value` unchanged, at the end of an object that the writer made. It is checked with
// the whole message before that is sent.
std::string withMember(std::string object, std::string_view key, std::string_view value) {
  object.pop_back();
  object.append(",\"").append(key).append("\":").append(value).append("}");
  return object;
}

std::string commandMembers(Command command, std::string_view params, std::string_view transferID) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  member(writer, "type", "command");
  member(writer, "command", toString(command));
  if (command == Command::end && params.empty()) {
    writer.Key("params");
    writer.StartObject();
    member(writer, "transferID", transferID);
    writer.EndObject();
  }
  writer.EndObject();
  return params.empty() ? text(buffer) : withMember(text(buffer), "params", params);
}

EncodedMessage encode(const OutgoingMessage& checked) {
  EncodedMessage message;
  message.uuid = Uuid::random();
  message.text = encodeMessage(checked.members, message.uuid);
  message.label = checked.label;
  return message;
}

template <class Result>
void complete(Completion<std::error_code, Result> completion, const Error& error) {
  Result result;
  result.error = error.info();
  completion(error.code(), std::move(result));
}

template <class Result>
void cancelWith(const std::shared_ptr<Dispatcher::Impl>& impl, const Uuid& uuid,
                Dispatcher::Impl::CallId id, Completion<std::error_code, Result>& completion) {
  completion.onCancel([weak = std::weak_ptr<Dispatcher::Impl>(impl), uuid, id] {
    if (const auto self = weak.lock()) {
      asio::post(self->executor(), [self, uuid, id] { self->cancel(uuid, id); });
    }
  });
}

void post(const std::shared_ptr<Dispatcher::Impl>& impl, EncodedMessage message,
          std::optional<RetryMessageOptions> retry, Dispatcher::Impl::CallId id,
          Completion<std::error_code, Answer> completion) {
  asio::post(impl->executor(),
             [impl, message = std::move(message), retry = retry.value_or(impl->defaultRetry()), id,
              completion = std::move(completion)]() mutable {
               impl->send(std::move(message), retry, id, std::move(completion));
             });
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
  std::swap(impl_, other.impl_);
  return *this;
}

Dispatcher::~Dispatcher() {
  if (impl_ && impl_->isOfOtherProcess()) {
    keepForEver(std::move(impl_));
  } else if (impl_) {
    asio::post(impl_->executor(), [impl = impl_] { impl->drop(); });
    impl_->gate().close();
  }
}

asio::any_io_executor Dispatcher::executor() const {
  return impl_->executor();
}

std::string Dispatcher::encodeCommand(Command command, std::string_view params) const {
  return commandMembers(command, params, transferID());
}

std::string Dispatcher::encodeAction(TransferAction action) const {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  member(writer, "type", "transfer");
  member(writer, "kind", "action");
  member(writer, "action", toString(action));
  member(writer, "transferID", transferID());
  writer.EndObject();
  return text(buffer);
}

std::string Dispatcher::encodeStep(TransferStage step, StepAction action,
                                   std::string_view data) const {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  member(writer, "type", "transfer");
  member(writer, "kind", "step");
  member(writer, "step", toString(step));
  member(writer, "action", toString(action));
  member(writer, "transferID", transferID());
  writer.EndObject();
  return data.empty() ? text(buffer) : withMember(text(buffer), "data", data);
}

void Dispatcher::startInit(const std::shared_ptr<Impl>& impl, const InitRequest& request,
                           Completion<std::error_code, InitAnswer> completion) {
  EncodedMessage message;
  try {
    message = encode(checkMessage(commandMembers(Command::init, request.params(), {})));
  } catch (const Error& error) {
    complete(std::move(completion), error);
    return;
  }
  const Impl::CallId id = impl->newCallId();
  cancelWith(impl, message.uuid, id, completion);
  post(impl, std::move(message), std::nullopt, id,
       {[weak = std::weak_ptr<Impl>(impl), kind = request.transfer,
         completion = std::move(completion)](const std::error_code& error, Answer answer) mutable {
          InitAnswer init;
          if (error) {
            init.error = std::move(answer.error);
            completion(error, std::move(init));
            return;
          }
          try {
            init = readInitAnswer(answer.data);
          } catch (const Error& unreadable) {
            complete(std::move(completion), unreadable);
            return;
          }
          if (const auto self = weak.lock()) {
            self->setTransferProperties(init.transferID, kind, init.checksums);
          }
          completion({}, std::move(init));
        },
        impl->executor()});
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, std::string members,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  EncodedMessage message;
  try {
    OutgoingMessage checked = checkMessage(std::move(members));
    message = encode(checked);
    if (!checked.starts.empty()) {
      asio::post(impl->executor(),
                 [impl, uuid = message.uuid, step = std::move(checked.starts)]() mutable {
                   impl->expectStart(uuid, std::move(step));
                 });
    }
  } catch (const Error& error) {
    complete(std::move(completion), error);
    return;
  }
  start(impl, std::move(message), retry, std::move(completion));
}

void Dispatcher::start(const std::shared_ptr<Impl>& impl, EncodedMessage message,
                       std::optional<RetryMessageOptions> retry,
                       Completion<std::error_code, Answer> completion) {
  const Impl::CallId id = impl->newCallId();
  cancelWith(impl, message.uuid, id, completion);
  post(impl, std::move(message), retry, id, std::move(completion));
}

void Dispatcher::startClose(const std::shared_ptr<Impl>& impl,
                            Completion<std::error_code> completion) {
  asio::post(impl->executor(), [impl, completion = std::move(completion)]() mutable {
    impl->close(std::move(completion));
  });
}

void Dispatcher::acknowledge(std::string_view uuid) {
  asio::post(executor(), [impl = impl_, uuid = std::string(uuid)] { impl->acknowledge(uuid); });
}

void Dispatcher::setTransferProperties(TransferID id, TransferKind kind, bool survivesHangUp) {
  impl_->setTransferProperties(std::move(id), kind, survivesHangUp);
}

std::string Dispatcher::transferID() const {
  return impl_->transferID();
}

std::optional<TransferKind> Dispatcher::transferKind() const {
  return impl_->transferKind();
}

void Dispatcher::subscribe(std::string processID, std::weak_ptr<ProcessSubscriber> subscriber) {
  asio::post(executor(), [impl = impl_, processID = std::move(processID),
                          subscriber = std::move(subscriber)]() mutable {
    impl->subscribe(processID, std::move(subscriber));
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
