#include "wsferry/http/client.hpp"

#include <asio/dispatch.hpp>
#include <asio/strand.hpp>
#include <utility>

#include "http/client/session.hpp"
#include "http/client/transfer.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"
#include "wsferry/http/exchange.hpp"

namespace wsferry::http {
namespace {

template <class... Rest>
void completeCancelled(Completion<std::error_code, ErrorInfo, Rest...> completion) {
  ErrorInfo info;
  info.message = "Cancelled before it began";
  completion(Errc::cancelled, std::move(info), Rest{}...);
}

void completeCancelled(Completion<std::error_code> completion) {
  completion(Errc::cancelled);
}

// Runs `start(transfer, id, completion)` on the executor, with cancellation.
template <class C, class Start>
void run(const std::shared_ptr<Transfer>& transfer, C completion, Start start) {
  const auto id = transfer->session()->newCallId();
  startCall(
      transfer->session()->executor(), transfer, std::move(completion),
      [id, start = std::move(start)](Transfer& running, C begun) mutable {
        if (begun.isCancelled()) {
          completeCancelled(std::move(begun));
        } else {
          start(running, id, std::move(begun));
        }
      },
      [id](Transfer& running, asio::cancellation_type type) { running.cancelCall(id, type); });
}

}  // namespace

Client::Client(asio::io_context& context, ClientOptions options)
    : Client(asio::make_strand(context), std::move(options)) {}

Client::Client(asio::any_io_executor strand, ClientOptions options)
    : session_(std::make_shared<Session>(std::move(strand), std::move(options))) {}

Client::Client(Client&&) noexcept = default;

Client& Client::operator=(Client&& other) noexcept {
  Client old(std::move(*this));
  session_ = std::move(other.session_);
  return *this;
}

Client::~Client() {
  if (session_) {
    postLast(session_->executor(), [session = session_] { session->end(); });
  }
}

asio::any_io_executor Client::executor() const {
  return session_->executor();
}

void Client::startFetch(const std::shared_ptr<Session>& session, Request request,
                        Completion<std::error_code, ErrorInfo, Response> completion) {
  run(std::make_shared<Transfer>(session, std::move(request)), std::move(completion),
      [](Transfer& transfer, auto id, auto done) { transfer.fetch(id, std::move(done)); });
}

Exchange::Exchange(Client& client, Request request)
    : transfer_(std::make_shared<Transfer>(client.session_, std::move(request))) {}

Exchange::Exchange(Exchange&&) noexcept = default;

Exchange& Exchange::operator=(Exchange&& other) noexcept {
  Exchange old(std::move(*this));
  transfer_ = std::move(other.transfer_);
  return *this;
}

Exchange::~Exchange() {
  if (transfer_) {
    postLast(transfer_->session()->executor(), [transfer = transfer_] { transfer->giveUp(); });
  }
}

asio::any_io_executor Exchange::executor() const {
  return transfer_->session()->executor();
}

void Exchange::endBody() {
  asio::dispatch(executor(), [transfer = transfer_] { transfer->endBody(); });
}

void Exchange::startHead(const std::shared_ptr<Transfer>& transfer,
                         Completion<std::error_code, ErrorInfo, ResponseHead> completion) {
  run(transfer, std::move(completion),
      [](Transfer& running, auto id, auto done) { running.start(id, std::move(done)); });
}

void Exchange::startRead(const std::shared_ptr<Transfer>& transfer,
                         Completion<std::error_code, ErrorInfo, std::string> completion) {
  run(transfer, std::move(completion),
      [](Transfer& running, auto id, auto done) { running.read(id, std::move(done)); });
}

void Exchange::startWrite(const std::shared_ptr<Transfer>& transfer, std::string block,
                          Completion<std::error_code> completion) {
  run(transfer, std::move(completion),
      [block = std::move(block)](Transfer& running, auto id, auto done) mutable {
        running.write(id, std::move(block), std::move(done));
      });
}

}  // namespace wsferry::http
