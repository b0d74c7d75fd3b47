// Streams as a program of the SDK runs them, for gateway/run.mjs, which runs the same with another
// client. Prints one line of JSON.
//
//   gateway_client_benchmark idle URL STREAMS SECONDS
//   gateway_client_benchmark storm URL STREAMS                prints "open", and then waits to be
//   cut off gateway_client_benchmark audio URL BYTES CHUNK            from a thread that waits
//   gateway_client_benchmark asynchronous-audio URL BYTES CHUNK
//   gateway_client_benchmark latency URL
#include <time.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/gateway/stream.hpp"

namespace {

using namespace wsferry;
using namespace wsferry::gateway;

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double proportionalKibibytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("Pss:", 0) == 0) {
      return std::strtod(line.c_str() + 4, nullptr);
    }
  }
  throw std::runtime_error("/proc/self/smaps_rollup has no Pss");
}

StreamOptions optionsFor(const std::string& url) {
  StreamOptions options;
  options.baseUrl = url;
  options.templateId = "benchmark";
  options.credentials.kind = Credentials::Kind::apiKey;
  options.credentials.secret = "testing-key";
  return options;
}

void require(const std::error_code& error, const ErrorInfo& info) {
  if (error) {
    throw Error(error, info);
  }
}

void require(const Verdict& verdict) {
  if (!verdict.isSuccess()) {
    throw Error(verdict.error, verdict.info);
  }
}

/// Opens streams, some at a time, and keeps them.
class IdleStreams {
 public:
  IdleStreams(asio::io_context& context, StreamOptions options)
      : context_(context), options_(std::move(options)) {}

  void openUpTo(std::size_t count) {
    wanted_ = count;
    for (int i = 0; i < 50; ++i) {
      openNext();
    }
    while (open_ < count) {
      context_.run_one();
    }
  }

 private:
  void openNext() {
    if (streams_.size() == wanted_) {
      return;
    }
    StreamEvents events;
    events.onVerdict = [](const Verdict& verdict) { require(verdict); };
    streams_.push_back(std::make_unique<Stream>(context_, options_, std::move(events)));
    streams_.back()->connect([this](const std::error_code& error, const ErrorInfo& info) {
      require(error, info);
      ++open_;
      openNext();
    });
  }

  asio::io_context& context_;
  StreamOptions options_;
  std::size_t wanted_ = 0;
  std::size_t open_ = 0;
  std::vector<std::unique_ptr<Stream>> streams_;
};

void runIdle(const std::string& url, std::size_t count, int duration) {
  asio::io_context context(1);
  IdleStreams streams(context, optionsFor(url));
  streams.openUpTo(1);
  const double before = proportionalKibibytes();
  const double began = seconds(CLOCK_MONOTONIC);
  streams.openUpTo(count + 1);
  const double opened = seconds(CLOCK_MONOTONIC);
  // Past the first keep-alive, and then for the time that counts.
  context.run_for(std::chrono::seconds(10));
  const double busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
  context.run_for(std::chrono::seconds(duration));
  std::cout << R"({"kibibytesPerStream":)"
            << (proportionalKibibytes() - before) / static_cast<double>(count)
            << R"(,"cpuSecondsPerMinute":)"
            << (seconds(CLOCK_PROCESS_CPUTIME_ID) - busy) * 60 / duration << R"(,"openSeconds":)"
            << opened - began << "}" << std::endl;
  std::_Exit(0);
}

/// Opens streams, some at a time, and opens those again that the server cuts off.
class ReconnectingStreams {
 public:
  ReconnectingStreams(asio::io_context& context, StreamOptions options, std::size_t count)
      : context_(context), pause_(context), options_(std::move(options)), streams_(count) {
    for (std::size_t slot = 0; slot < count; ++slot) {
      closed_.push_back(slot);
    }
  }

  void openAll() {
    openSome();
    while (open_ < streams_.size()) {
      context_.run_one();
    }
  }

  /// Until each was cut off, and is open again.
  void outliveStorm() {
    while (lost_ < streams_.size() || open_ < streams_.size()) {
      context_.run_one();
    }
  }

  /// When the first was cut off.
  double stormBegan() const { return began_; }
  double busyBefore() const { return busy_; }

 private:
  void openSome() {
    while (opening_ < atATime && !closed_.empty()) {
      ++opening_;
      open(closed_.front());
      closed_.pop_front();
    }
  }

  void open(std::size_t slot) {
    StreamEvents events;
    events.onVerdict = [this, slot](const Verdict&) { onEnd(slot); };
    auto& stream = streams_[slot];
    stream.value = std::make_unique<Stream>(context_, options_, std::move(events));
    stream.isOpen = false;
    stream.value->connect([this, &stream](const std::error_code& error, const ErrorInfo&) {
      --opening_;
      if (!error) {
        stream.isOpen = true;
        ++open_;
        openSome();
      }
    });
  }

  void onEnd(std::size_t slot) {
    if (streams_[slot].isOpen) {
      began_ = lost_ == 0 ? seconds(CLOCK_MONOTONIC) : began_;
      busy_ = lost_ == 0 ? seconds(CLOCK_PROCESS_CPUTIME_ID) : busy_;
      ++lost_;
      --open_;
    }
    closed_.push_back(slot);
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](const std::error_code& cancelled) {
      if (!cancelled) {
        openSome();
      }
    });
  }

  struct Slot {
    std::unique_ptr<Stream> value;
    bool isOpen = false;
  };

  static constexpr std::size_t atATime = 50;

  asio::io_context& context_;
  asio::steady_timer pause_;
  StreamOptions options_;
  std::vector<Slot> streams_;
  std::deque<std::size_t> closed_;
  std::size_t opening_ = 0;
  std::size_t open_ = 0;
  std::size_t lost_ = 0;
  double began_ = 0;
  double busy_ = 0;
};

void runStorm(const std::string& url, std::size_t count) {
  asio::io_context context(1);
  const double nothing = proportionalKibibytes();
  ReconnectingStreams streams(context, optionsFor(url), count);
  streams.openAll();
  const double before = proportionalKibibytes();
  std::cout << "open" << std::endl;
  streams.outliveStorm();
  std::cout << R"({"reopenSeconds":)" << seconds(CLOCK_MONOTONIC) - streams.stormBegan()
            << R"(,"cpuSeconds":)" << seconds(CLOCK_PROCESS_CPUTIME_ID) - streams.busyBefore()
            << R"(,"kibibytesBefore":)" << (before - nothing) / static_cast<double>(count)
            << R"(,"kibibytesAfter":)"
            << (proportionalKibibytes() - nothing) / static_cast<double>(count) << "}" << std::endl;
  std::_Exit(0);
}

void printAudio(double busy, double began, const Verdict& verdict) {
  require(verdict);
  std::cout << R"({"cpuSeconds":)" << seconds(CLOCK_PROCESS_CPUTIME_ID) - busy
            << R"(,"wallSeconds":)" << seconds(CLOCK_MONOTONIC) - began << R"(,"bytes":)"
            << verdict.audioBytesSent << "}" << std::endl;
}

void runAudio(const std::string& url, std::size_t size, std::size_t chunk) {
  auto options = optionsFor(url);
  options.egress = false;
  const std::string bytes(chunk, 'a');
  Stream stream(options, {});
  stream.connect();
  const double began = seconds(CLOCK_MONOTONIC);
  const double busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (std::size_t sent = 0; sent < size; sent += chunk) {
    stream.sendAudio(bytes.substr(0, std::min(chunk, size - sent)));
  }
  printAudio(busy, began, stream.finish());
}

/// Sends audio as fast as the stream takes it, one piece at a time.
class Sender {
 public:
  Sender(Stream& stream, std::size_t size, std::size_t chunk)
      : stream_(stream), left_(size), chunk_(chunk, 'a') {}

  void next() {
    if (left_ == 0) {
      stream_.finish([](const Verdict&) {});
      return;
    }
    const std::size_t size = std::min(left_, chunk_.size());
    left_ -= size;
    stream_.sendAudio(chunk_.substr(0, size), [this](const std::error_code& error) {
      require(error, {});
      next();
    });
  }

 private:
  Stream& stream_;
  std::size_t left_;
  std::string chunk_;
};

void runAsynchronousAudio(const std::string& url, std::size_t size, std::size_t chunk) {
  asio::io_context context(1);
  auto options = optionsFor(url);
  options.egress = false;
  Verdict verdict;
  StreamEvents events;
  events.onVerdict = [&](const Verdict& told) {
    verdict = told;
    context.stop();
  };
  Stream stream(context, options, std::move(events));
  Sender sender(stream, size, chunk);
  double began = 0;
  double busy = 0;
  stream.connect([&](const std::error_code& error, const ErrorInfo& info) {
    require(error, info);
    began = seconds(CLOCK_MONOTONIC);
    busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
    sender.next();
  });
  context.run();
  printAudio(busy, began, verdict);
}

/// The server writes the time into each result.
void runLatency(const std::string& url) {
  asio::io_context context(1);
  std::vector<double> microseconds;
  StreamEvents events;
  events.onResponse = [&](const Response& response) {
    const double sent = std::strtod(response.messageId.c_str(), nullptr);
    microseconds.push_back(1e6 * (seconds(CLOCK_MONOTONIC) - sent));
  };
  events.onVerdict = [&](const Verdict& verdict) {
    require(verdict);
    context.stop();
  };
  Stream stream(context, optionsFor(url), std::move(events));
  stream.connect([&](const std::error_code& error, const ErrorInfo& info) {
    require(error, info);
    // A stream that ends without any was no good.
    stream.sendAudio("a", [](const std::error_code& failed) { require(failed, {}); });
  });
  context.run();
  std::sort(microseconds.begin(), microseconds.end());
  const auto percentile = [&](std::size_t part) {
    return microseconds[microseconds.size() * part / 100];
  };
  std::cout << R"({"p50":)" << percentile(50) << R"(,"p99":)" << percentile(99) << R"(,"results":)"
            << microseconds.size() << "}" << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments, arguments + count);
  try {
    if (count == 5 && words[1] == "idle") {
      runIdle(words[2], std::stoul(words[3]), std::stoi(words[4]));
    } else if (count == 4 && words[1] == "storm") {
      runStorm(words[2], std::stoul(words[3]));
    } else if (count == 5 && words[1] == "audio") {
      runAudio(words[2], std::stoul(words[3]), std::stoul(words[4]));
    } else if (count == 5 && words[1] == "asynchronous-audio") {
      runAsynchronousAudio(words[2], std::stoul(words[3]), std::stoul(words[4]));
    } else if (count == 3 && words[1] == "latency") {
      runLatency(words[2]);
    } else {
      std::cerr << "usage: see the beginning of the source\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
