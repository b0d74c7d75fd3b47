#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "support/scripted_server.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/exchange.hpp"
#include "wsferry/http/http_error.hpp"

namespace support {

using namespace wsferry;

/// A context with a thread that runs it until the end of the scope.
class RunningContext {
 public:
  RunningContext() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}
  RunningContext(const RunningContext&) = delete;
  RunningContext& operator=(const RunningContext&) = delete;
  ~RunningContext() {
    work_.reset();
    thread_.join();
  }

  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

template <class Value>
struct HttpResult {
  std::error_code error;
  ErrorInfo info;
  Value value;
};

template <class Value>
auto keepResult(const std::shared_ptr<std::promise<HttpResult<Value>>>& promise) {
  return [promise](const std::error_code& error, ErrorInfo info, Value value) {
    promise->set_value({error, std::move(info), std::move(value)});
  };
}

inline std::future<HttpResult<http::Response>> startFetch(http::Client& client,
                                                          http::Request request) {
  auto promise = std::make_shared<std::promise<HttpResult<http::Response>>>();
  client.fetch(std::move(request), keepResult(promise));
  return promise->get_future();
}

inline HttpResult<http::Response> fetch(http::Client& client, http::Request request) {
  return get(startFetch(client, std::move(request)));
}

inline HttpResult<http::Response> fetch(http::Client& client, const std::string& url) {
  http::Request request;
  request.url = Url::parse(url);
  return fetch(client, std::move(request));
}

inline std::future<HttpResult<http::ResponseHead>> start(http::Exchange& exchange) {
  auto promise = std::make_shared<std::promise<HttpResult<http::ResponseHead>>>();
  exchange.start(keepResult(promise));
  return promise->get_future();
}

inline std::future<HttpResult<std::string>> startRead(http::Exchange& exchange) {
  auto promise = std::make_shared<std::promise<HttpResult<std::string>>>();
  exchange.read(keepResult(promise));
  return promise->get_future();
}

inline std::error_code write(http::Exchange& exchange, std::string block) {
  auto promise = std::make_shared<std::promise<std::error_code>>();
  exchange.write(std::move(block),
                 [promise](const std::error_code& error) { promise->set_value(error); });
  return get(promise->get_future());
}

/// All that is left of a body, and how it ended.
inline HttpResult<std::string> readAll(http::Exchange& exchange) {
  std::string body;
  while (true) {
    HttpResult<std::string> block = get(startRead(exchange));
    if (block.error || block.value.empty()) {
      return {block.error, std::move(block.info), std::move(body)};
    }
    body += block.value;
  }
}

/// A response with a length.
inline std::string httpAnswer(std::string_view body, std::string_view status = "200 OK",
                              std::string_view headers = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

/// Answers each request of a connection by what `answer` makes of its head, until the client
/// leaves.
template <class Answer>
ScriptedServer::Script answering(Answer answer) {
  return [answer](tcp::socket& socket) {
    while (true) {
      writeAll(socket, answer(readHead(socket)));
    }
  };
}

}  // namespace support
