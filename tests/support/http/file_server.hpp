#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/http_calls.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/testing/content.hpp"

namespace support {

/// Serves the files of some content by plain HTTP, many at a time, with a thread for each
/// connection, and notes what it is asked. Connections are kept.
class FileServer {
 public:
  struct Asked {
    std::string head;
    std::string name;       ///< What is behind the last slash of the path.
    TimePoint at;           ///< When it came.
    std::size_t index = 0;  ///< Among all requests.
  };
  /// The answer to a request, from any thread; an empty one is the file.
  using Answer = std::function<std::string(const Asked&, FileServer& server)>;

  explicit FileServer(std::shared_ptr<const testing::Content> content, Answer answer = {})
      : content_(std::move(content)),
        answer_(std::move(answer)),
        acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()),
        thread_([this] { accept(); }) {}
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;
  ~FileServer() {
    {
      const std::lock_guard lock(mutex_);
      isStopping_ = true;
      changed_.notify_all();
      for (const auto& socket : sockets_) {
        asio::error_code ignored;
        socket->shutdown(tcp::socket::shutdown_both, ignored);
      }
    }
    asio::io_context context;
    tcp::socket waking(context);
    asio::error_code ignored;
    waking.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ignored);
    thread_.join();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + authority(); }

  /// Of an answer: waits until so many requests came, or the limit passes, or the test is over.
  /// Says how many came.
  std::size_t awaitRequests(std::size_t count, std::chrono::milliseconds limit = patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return isStopping_ || asked_.size() >= count; });
    return asked_.size();
  }

  /// The same for answers that were sent.
  void awaitAnswers(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return isStopping_ || answered_ >= count; });
  }

  std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  /// Requests that were unanswered at a time, at most, among those from the `first` on.
  std::size_t mostAtATime(std::size_t first = 0) const {
    const std::lock_guard lock(mutex_);
    return first < atATime_.size()
               ? *std::max_element(atATime_.begin() + static_cast<std::ptrdiff_t>(first),
                                   atATime_.end())
               : 0;
  }

 private:
  void accept() {
    for (;;) {
      auto socket = std::make_shared<tcp::socket>(context_);
      acceptor_.accept(*socket);
      const std::lock_guard lock(mutex_);
      if (isStopping_) {
        return;
      }
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(*socket); });
    }
  }

  void serve(tcp::socket& socket) {
    try {
      for (;;) {
        const Asked asked = note(readHead(socket));
        std::string response = answer_ ? answer_(asked, *this) : std::string();
        if (response.empty()) {
          response = file(asked.name);
        }
        {
          const std::lock_guard lock(mutex_);
          --open_;
        }
        writeAll(socket, response);
        const std::lock_guard lock(mutex_);
        ++answered_;
        changed_.notify_all();
      }
    } catch (const std::system_error&) {
      // The client is gone, or the test is over.
    }
  }

  Asked note(std::string head) {
    const std::string path = head.substr(0, head.find(" HTTP/"));
    const std::lock_guard lock(mutex_);
    asked_.push_back(
        {std::move(head), path.substr(path.rfind('/') + 1), Clock::now(), asked_.size()});
    atATime_.push_back(++open_);
    changed_.notify_all();
    return asked_.back();
  }

  std::string file(const std::string& name) const {
    const auto assets = content_->assets();
    const auto found = std::find_if(assets.begin(), assets.end(),
                                    [&name](const auto& asset) { return asset.filename == name; });
    if (found == assets.end()) {
      return httpAnswer("", "404 Not Found");
    }
    std::string body;
    const auto next = content_->assetBytes(static_cast<std::size_t>(found - assets.begin()));
    for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
      body += bytes;
    }
    return httpAnswer(body);
  }

  const std::shared_ptr<const testing::Content> content_;
  const Answer answer_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool isStopping_ = false;
  std::vector<std::shared_ptr<tcp::socket>> sockets_;
  std::vector<std::thread> threads_;
  std::vector<Asked> asked_;
  std::vector<std::size_t> atATime_;
  std::size_t open_ = 0;
  std::size_t answered_ = 0;
  std::thread thread_;  ///< The last: it uses all others.
};

}  // namespace support
