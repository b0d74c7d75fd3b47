// Streams what a recorder's callback gives, with a coroutine that runs the stream:
//   arecord -f S16_LE -r 16000 -t raw | microphone GATEWAY_URL TEMPLATE_ID
// The credentials are taken from the environment, such as an API key from WS_GATEWAY_API_KEY.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <thread>

#include "wsferry/gateway/stream.hpp"

namespace gateway = wsferry::gateway;

namespace {

// In place of a sound device: calls back on a thread of its own with 20 ms of audio at a time,
// until the callback returns false.
class Recorder {
 public:
  ~Recorder() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void start(std::function<bool(std::string)> onAudio, std::function<void()> onEnd) {
    thread_ = std::thread([onAudio = std::move(onAudio), onEnd = std::move(onEnd)] {
      std::string block(640, '\0');
      bool goesOn = true;
      while (goesOn && std::cin.read(block.data(), 640).gcount() > 0) {
        goesOn = onAudio(block.substr(0, static_cast<std::size_t>(std::cin.gcount())));
      }
      onEnd();
    });
  }

 private:
  std::thread thread_;
};

// Until the verdict, which onVerdict tells.
asio::awaitable<void> printResults(gateway::Stream& stream) {
  for (;;) {
    std::error_code end;
    const gateway::Response result =
        co_await stream.readResult(asio::redirect_error(asio::use_awaitable, end));
    if (end) {
      co_return;
    }
    for (const gateway::Transcript& said : gateway::transcriptsOf(result)) {
      if (said.isFinal) {
        std::cout << said.text << std::endl;
      }
    }
  }
}

asio::awaitable<int> run(gateway::Stream& stream, Recorder& recorder) {
  const auto executor = co_await asio::this_coro::executor;
  co_await stream.connect(asio::use_awaitable);
  asio::co_spawn(executor, printResults(stream), asio::detached);

  asio::steady_timer recorded(executor, std::chrono::steady_clock::time_point::max());
  const auto over = std::make_shared<std::atomic<bool>>(false);
  recorder.start(
      // A driver must not be made to wait: with dropOldest this returns at once, and of what the
      // network cannot take in time the oldest is lost.
      [&stream, over](std::string audio) {
        stream.sendAudio(std::move(audio),
                         [over](const std::error_code& error) { *over = *over || error; });
        return !*over;
      },
      [&] { asio::post(executor, [&recorded] { recorded.cancel(); }); });
  std::error_code cancelled;
  co_await recorded.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));

  const gateway::Verdict verdict = co_await stream.finish(asio::use_awaitable);
  co_return verdict.isSuccess() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: WS_GATEWAY_API_KEY=... microphone GATEWAY_URL TEMPLATE_ID\n";
    return 2;
  }
  gateway::StreamOptions options;
  options.baseUrl = argv[1];
  options.templateId = argv[2];
  options.whenFull = gateway::WhenFull::dropOldest;
  options.patches = {gateway::setPatch("encoding", "linear16"),
                     gateway::setPatch("sampleRate", "16000"), gateway::setPatch("channels", "1")};
  options.pullResults = true;
  gateway::StreamEvents events;
  events.onVerdict = [](const gateway::Verdict& verdict) {
    std::cerr << toString(verdict.outcome) << ": " << verdict.info.message << '\n';
  };

  int status = 1;
  try {
    options.credentials = gateway::Credentials::fromEnvironment();
    asio::io_context context;
    Recorder recorder;
    gateway::Stream stream(context, options, events);
    asio::co_spawn(context, run(stream, recorder), [&](std::exception_ptr failure, int result) {
      status = result;
      if (failure) {
        std::rethrow_exception(failure);
      }
    });
    context.run();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    status = 1;
  }
  return status;
}
