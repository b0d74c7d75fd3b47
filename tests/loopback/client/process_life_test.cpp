// Objects with threads of their own in processes that exit or fork. Each case is a process, which
// is forked off before there is any thread.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "support/scripted_server.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using namespace std::chrono_literals;
using testing::GatewayServer;
using testing::GatewayServerOptions;

// What nobody destroys, and what threads hold that a forked process does not have, is not leaked.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}

// A child may start threads; by default that ends it under this sanitizer.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
  return "die_after_fork=0";
}

namespace {

int waitFor(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// The exit code of a process that runs `body` and exits, 1000 more than the signal that ended it.
int exitCodeOf(const std::function<void()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);
    body();
    std::exit(0);
  }
  return waitFor(child);
}

/// The same of one that this process, which has threads, forks off. It uses what it inherits.
int exitCodeOfFork(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(10);
    body();
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// A process that runs `body` with the URL of a server, which this process makes afterwards.
class Client {
 public:
  explicit Client(const std::function<void(const std::string& url)>& body) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) {
      ::alarm(60);
      char url[200] = {};
      const ssize_t size = ::read(ends[0], url, sizeof(url));
      body(std::string(url, static_cast<std::size_t>(std::max<ssize_t>(size, 0))));
      std::exit(0);
    }
    ::close(ends[0]);
    url_ = ends[1];
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int exitCode(const std::string& url) const {
    REQUIRE(::write(url_, url.data(), url.size()) == static_cast<ssize_t>(url.size()));
    ::close(url_);
    return waitFor(child_);
  }

 private:
  pid_t child_ = 0;
  int url_ = -1;
};

/// What nobody destroys.
std::vector<const void*>& livingForEver() {
  static auto* const objects = new std::vector<const void*>;
  return *objects;
}

gateway::StreamOptions optionsFor(const std::string& url) {
  gateway::StreamOptions options;
  options.baseUrl = url;
  options.templateId = "template";
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.secret = "testing-token";
  return options;
}

/// Those that a program which this process starts would inherit, but for the standard ones.
std::vector<int> inheritedDescriptors() {
  std::vector<int> found;
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) {
      found.push_back(descriptor);
    }
  }
  return found;
}

GatewayServerOptions talkative() {
  GatewayServerOptions options;
  options.extraMessages.assign(50, R"({"type":"RESPONSE","response":{"frameType":"final"}})");
  return options;
}

}  // namespace

TEST_CASE("a process exits while streams live that nobody destroys") {
  const auto delay = GENERATE(0ms, 5ms, 50ms);
  Client client([&](const std::string& url) {
    for (int i = 0; i < 20; ++i) {
      auto* const stream = new gateway::Stream(optionsFor(url), {});
      livingForEver().push_back(stream);
      stream->connect([](std::error_code, const ErrorInfo&) {});
      stream->sendAudio(std::string(32'000, 'a'), [](std::error_code) {});
    }
    std::this_thread::sleep_for(delay);
  });
  const GatewayServer server(talkative());
  CHECK(client.exitCode(server.url()) == 0);
}

TEST_CASE("a process exits while clients live whose server ends them") {
  Client client([](const std::string& url) {
    for (int i = 0; i < 10; ++i) {
      auto* const socket = new WebSocketClient(WebSocketOptions());
      livingForEver().push_back(socket);
      socket->connect(Url::parse(url), [](std::error_code, const ErrorInfo&) {});
      socket->receive([](std::error_code, const Message&) {});
    }
  });
  support::ScriptedServer server(
      [](asio::ip::tcp::socket& socket) {
        support::ServerPeer<asio::ip::tcp::socket> peer(socket);
      },
      10);
  CHECK(client.exitCode("ws://" + server.authority()) == 0);
}

TEST_CASE("a process that was forked off exits, with every object that it inherits") {
  CHECK(exitCodeOf([] {
          GatewayServer server(talkative());
          testing::TransferServer transferServer(testing::sampleContent());
          auto stream =
              std::make_unique<gateway::Stream>(optionsFor(server.url()), gateway::StreamEvents());
          stream->connect();
          auto client = std::make_unique<WebSocketClient>(WebSocketOptions());
          client->connect(Url::parse(server.url() + "?template=x&access_token=testing-token"),
                          [](std::error_code, const ErrorInfo&) {});
          strapi::RemoteSourceOptions sourceOptions;
          sourceOptions.connection.bearerToken = "testing-token";
          auto source =
              std::make_unique<strapi::RemoteSource>(transferServer.adminUrl(), sourceOptions);
          source->bootstrap();
          const int code = exitCodeOfFork([&] {
            stream.reset();
            client.reset();
            source.reset();
            // What is static does so too, and the servers on the stack would.
            std::exit(7);
          });
          // Nothing of ours was harmed.
          const gateway::Verdict verdict = stream->finish();
          const bool isWell = verdict.outcome == gateway::Outcome::complete &&
                              source->getMetadata().strapiVersion.size() > 0;
          std::_Exit(code == 7 && isWell ? 0 : 1);
        }) == 0);
}

TEST_CASE(
    "a process that was forked off may destroy testing servers, and make streams of its own") {
  CHECK(exitCodeOf([] {
          auto server = std::make_unique<GatewayServer>(talkative());
          const std::string url = server->url();
          gateway::Stream first(optionsFor(url), {});
          first.connect();
          const int code = exitCodeOfFork([&] {
            gateway::Stream second(optionsFor(url), {});
            second.connect();
            second.sendAudio("audio");
            const bool isWell = second.finish().outcome == gateway::Outcome::complete;
            server.reset();
            std::exit(isWell ? 7 : 1);
          });
          std::_Exit(code == 7 ? 0 : 1);
        }) == 0);
}

TEST_CASE("programs that a process starts inherit no descriptor of ours") {
  const std::vector<int> before = inheritedDescriptors();
  GatewayServer server(talkative());
  testing::TransferServer transferServer(testing::sampleContent());
  gateway::Stream stream(optionsFor(server.url()), {});
  stream.connect();
  strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  strapi::RemoteSource source(transferServer.adminUrl(), options);
  source.bootstrap();
  CHECK(inheritedDescriptors() == before);
}
