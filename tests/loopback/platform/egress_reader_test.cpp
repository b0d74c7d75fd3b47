#include "wsferry/platform/egress_reader.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "loopback/platform/egress_reading.hpp"
#include "support/contains.hpp"
#include "support/http_calls.hpp"
#include "wsferry/gateway/token_provider.hpp"
#include "wsferry/platform/platform_error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;

namespace {

std::string result(int number, const std::string& topic = "t") {
  return R"({"streamId":"s","sinkTopicName":")" + topic + R"(","messageId":"1:)" +
         std::to_string(number) + R"(","frameType":"final","payloadSchema":"string","payload":"r)" +
         std::to_string(number) + "\"}\n";
}

std::string results(int first, int last) {
  std::string text;
  for (int number = first; number <= last; ++number) {
    text += result(number);
  }
  return text;
}

constexpr const char* chunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

// None for no text, as an empty one ends the body.
std::string chunk(const std::string& text) {
  if (text.empty()) {
    return {};
  }
  std::string size;
  for (std::size_t rest = text.size(); rest > 0; rest /= 16) {
    size.insert(size.begin(), "0123456789abcdef"[rest % 16]);
  }
  return size + "\r\n" + text + "\r\n";
}

constexpr const char* lastChunk = "0\r\n\r\n";

/// Answers each connection with the next of its answers, and ends it: what has no last chunk is
/// cut.
class Service {
 public:
  explicit Service(std::vector<std::string> answers)
      : answers_(std::move(answers)),
        server_([this](tcp::socket& socket) { answer(socket); },
                static_cast<int>(answers_.size())) {}

  std::string url() const { return "http://" + server_.authority() + "/live"; }
  std::vector<std::string> heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  void answer(tcp::socket& socket) {
    std::string head = readHead(socket);
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = heads_.size();
      heads_.push_back(std::move(head));
    }
    writeAll(socket, answers_.at(index));
  }

  const std::vector<std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  ScriptedServer server_;
};

std::string whole(const std::string& body) {
  return chunkedHead + chunk(body) + lastChunk;
}

std::string cut(const std::string& body) {
  return chunkedHead + chunk(body);
}

EgressOptions optionsOf(const std::string& url) {
  EgressOptions options;
  options.url = url;
  options.streams = {"s"};
  options.firstPause = options.longestPause = Duration(1);
  return options;
}

using Ids = std::vector<std::string>;

/// Gives one token after the other.
class Tokens final : public gateway::TokenProvider {
 public:
  void provideToken(Completion<std::error_code, ErrorInfo, std::string> completion) override {
    completion({}, {}, "token-" + std::to_string(++given));
  }
  void dropToken(const std::string& token) override { dropped = token; }

  std::atomic<int> given{0};
  std::string dropped;
};

}  // namespace

TEST_CASE("results come as they are, and the end of the answer is the verdict") {
  Service service({whole(results(1, 3))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2", "1:3"});
  CHECK(reading.verdict.outcome == EgressOutcome::complete);
  CHECK_FALSE(reading.verdict.error);
  CHECK(reading.verdict.results == 3);
  REQUIRE(reading.verdict.positions.size() == 1);
  CHECK(reading.verdict.positions[0].messageId == "1:3");
  CHECK(contains(service.heads().at(0), "GET /live?streams=s HTTP/1.1\r\n"));
  CHECK(contains(service.heads().at(0), "Accept: application/x-ndjson"));
}

TEST_CASE("an answer may end without a last line break, and by its length") {
  std::string body = results(1, 2);
  body.pop_back();
  Service service({httpAnswer(body)});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2"});
  CHECK(reading.verdict.isSuccess());
}

TEST_CASE("an answer that was cut is resumed, without loss and without repeat") {
  // In the middle of a line, and the service begins with what was the last.
  const std::string begun = result(3).substr(0, 20);
  Service service({cut(results(1, 2) + begun), whole(results(2, 5))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2", "1:3", "1:4", "1:5"});
  CHECK(reading.verdict.isSuccess());
  CHECK(reading.verdict.repeats == 1);
  CHECK(reading.verdict.reconnections == 1);
  CHECK(reading.reconnections.size() == 1);
  CHECK(contains(service.heads().at(1), "GET /live?streams=s&resume=t%3D1%3A2 HTTP/1.1\r\n"));
}

TEST_CASE("a service that begins anew repeats nothing to the reader") {
  Service service({cut(results(1, 4)), cut(results(1, 5)), whole(results(1, 6))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2", "1:3", "1:4", "1:5", "1:6"});
  CHECK(reading.verdict.isSuccess());
  CHECK(reading.verdict.repeats == 9);
}

TEST_CASE("each topic is resumed where it stood") {
  Service service({cut(result(1, "a") + result(7, "b") + result(2, "a")), whole("")});
  CHECK(readAllOf(optionsOf(service.url())).verdict.isSuccess());
  CHECK(contains(service.heads().at(1), "&resume=a%3D1%3A2&resume=b%3D1%3A7 "));
}

TEST_CASE("a reader goes on where another one stood") {
  Service service({whole(results(2, 3))});
  EgressOptions options = optionsOf(service.url());
  options.resume = {{"t", "1:2"}};
  const Reading reading = readAllOf(options);
  CHECK(reading.ids == Ids{"1:3"});
  CHECK(contains(service.heads().at(0), "resume=t%3D1%3A2"));
}

TEST_CASE("a service that cuts every answer is given up, and what is missing is said") {
  Service service({cut(results(1, 2)), cut(""), cut("")});
  EgressOptions options = optionsOf(service.url());
  options.retries = 2;
  const Reading reading = readAllOf(options);
  CHECK(reading.ids == Ids{"1:1", "1:2"});
  CHECK(reading.verdict.outcome == EgressOutcome::incomplete);
  CHECK(reading.verdict.error == Errc::connectionLost);
  CHECK(reading.verdict.reconnections == 2);
  CHECK(contains(reading.verdict.info.message, "resume there"));
  CHECK(reading.verdict.positions.at(0).messageId == "1:2");
}

TEST_CASE("an end that nothing marks is none") {
  const std::string unmarked =
      "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n" + results(1, 2);
  Service service({unmarked, whole(results(3, 3))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2", "1:3"});
  CHECK(reading.verdict.reconnections == 1);
  CHECK(reading.verdict.isSuccess());
}

TEST_CASE("a result without a position cannot be resumed behind") {
  Service service({cut(results(1, 1) + "{\"payload\":1}\n")});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", ""});
  CHECK(reading.verdict.outcome == EgressOutcome::incomplete);
  CHECK(contains(reading.verdict.info.message, "did not give their position"));
}

TEST_CASE("lines that are no result are told of, and the verdict knows") {
  const std::string bad = "\n<html>\n  \r\n{\"a\"\n[1]\n{}\n";
  Service service({whole(result(1) + bad + result(2))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1", "1:2"});
  CHECK(reading.problems.size() == 4);
  CHECK(contains(reading.problems.at(0), "|<html>"));
  CHECK(reading.verdict.unreadable == 4);
  CHECK(reading.verdict.outcome == EgressOutcome::incomplete);
  CHECK(reading.verdict.error == Errc::dataMissing);
}

TEST_CASE("a line of 20 MB is told of, and what follows it is read") {
  std::string body = chunkedHead;
  const std::string block(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    body += chunk(block);
  }
  Service service({body + chunk("\n" + result(1)) + lastChunk});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1"});
  REQUIRE(reading.problems.size() == 1);
  CHECK(contains(reading.problems[0], "20971520 bytes"));
  CHECK(reading.problems[0].size() < 1000);
  CHECK(reading.verdict.error == Errc::dataMissing);
}

TEST_CASE("an error among results fails the reading, in the service's words") {
  Service service({whole(result(1) +
                         R"({"statusCode":500,"title":"Oh","message":"no","internalErrorName":"P"})"
                         "\n" +
                         result(2))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1"});
  CHECK(reading.verdict.outcome == EgressOutcome::failed);
  CHECK(reading.verdict.error == Errc::remoteFailed);
  CHECK(reading.verdict.response.internalErrorName == "P");
  CHECK(contains(reading.verdict.info.message, "Oh: no"));
}

TEST_CASE("what refuses is told from what is not there") {
  const auto [answer, expected, words] = GENERATE(table<std::string, std::error_code, std::string>(
      {{httpAnswer(R"({"title":"No","message":"stranger"})", "401 Unauthorized"),
        Errc::notAuthenticated, "No: stranger"},
       {httpAnswer("", "403 Forbidden"), Errc::notAuthorized, "403"},
       {httpAnswer("", "404 Not Found"), Errc::notFound, "404"},
       {httpAnswer(R"({"message":"no route"})", "404 Not Found"), Errc::notFound, "no route"},
       {httpAnswer(R"({"title":"Not Found","message":"no such stream",)"
                   R"("internalErrorName":"GENERAL_NOT_FOUND_ERROR"})",
                   "404 Not Found"),
        PlatformErrc::streamNotFound, "no longer kept. It says: Not Found: no such stream"},
       {httpAnswer("<html>", "200 OK", "Content-Type: text/html\r\n"), PlatformErrc::invalidAnswer,
        "Is that the URL"},
       {httpAnswer(R"({"error":{"title":"Bad","message":"resume"}})", "400 Bad Request"),
        http::HttpErrc::statusRefused, "Bad: resume"}}));
  Service service({answer});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.verdict.outcome == EgressOutcome::refused);
  CHECK(reading.verdict.error == expected);
  CHECK(contains(reading.verdict.info.message, words));
  CHECK(reading.verdict.reconnections == 0);
}

TEST_CASE("a service that is not there for a while is asked again") {
  Service service({httpAnswer("", "503 Service Unavailable"),
                   httpAnswer("", "429 Too Many Requests", "Retry-After: 0\r\n"),
                   whole(results(1, 1))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.ids == Ids{"1:1"});
  CHECK(reading.verdict.isSuccess());
  CHECK(reading.verdict.reconnections == 2);
}

TEST_CASE("a service that stays away is given up") {
  Service service(
      {httpAnswer("", "503 Service Unavailable"), httpAnswer("", "503 Service Unavailable")});
  EgressOptions options = optionsOf(service.url());
  options.retries = 1;
  const Reading reading = readAllOf(options);
  CHECK(reading.verdict.outcome == EgressOutcome::refused);
  CHECK(reading.verdict.error == PlatformErrc::unavailable);
}

TEST_CASE("a count ends the reading, also behind a cut") {
  Service service({cut(results(1, 2)), whole(results(2, 9))});
  EgressOptions options = optionsOf(service.url());
  options.count = 4;
  const Reading reading = readAllOf(options);
  CHECK(reading.ids == Ids{"1:1", "1:2", "1:3", "1:4"});
  CHECK(reading.verdict.isSuccess());
  CHECK(contains(service.heads().at(0), "count=4"));
  CHECK_FALSE(contains(service.heads().at(1), "count"));
}

TEST_CASE("a service that begins with what was the last does not count it") {
  Service service({whole(results(2, 3))});
  EgressOptions options = optionsOf(service.url());
  options.resume = {{"t", "1:2"}};
  options.count = 1;
  CHECK(readAllOf(options).ids == Ids{"1:3"});
  CHECK_FALSE(contains(service.heads().at(0), "count"));
}

TEST_CASE("a secret may come when reader and context are gone") {
  using SecretCompletion = Completion<std::error_code, std::string>;
  std::optional<SecretCompletion> kept;
  EgressOptions options = optionsOf("http://127.0.0.1:1/live");
  options.credentials.kind = gateway::Credentials::Kind::apiKey;
  options.credentials.secretProvider = [&kept](SecretCompletion done) { kept = std::move(done); };
  options.connection.connectTimeout = Duration(10);
  options.retries = 0;
  std::optional<EgressOutcome> outcome;
  {
    asio::io_context context;
    std::optional<EgressReader> reader(std::in_place, context, options);
    reader->next([&outcome](const std::error_code&, const EgressEvent& event) {
      outcome = event.verdict.outcome;
    });
    SECTION("it never came") {
      context.run_for(patience);
      CHECK(outcome == EgressOutcome::refused);
    }
    SECTION("the reader is destroyed") {
      context.poll();
      reader.reset();
      context.run_for(patience);
      CHECK(outcome == EgressOutcome::cancelled);
    }
    SECTION("it came") {
      context.poll();
      (*std::exchange(kept, std::nullopt))({}, "secret");
      context.run_for(patience);
      CHECK(outcome == EgressOutcome::refused);
    }
    // The pending completion is no work.
    CHECK(context.stopped());
  }
  if (kept) {
    (*kept)({}, "secret");
  }
}

TEST_CASE("raw results are bytes, and a cut ends them") {
  const bool isCut = GENERATE(false, true);
  const std::string bytes("a\0\n\xff", 4);
  Service service({isCut ? cut(bytes) : whole(bytes)});
  EgressOptions options = optionsOf(service.url());
  options.format = gateway::EgressFormat::raw;
  const Reading reading = readAllOf(options);
  CHECK(reading.bytes == bytes);
  CHECK(reading.verdict.bytes == 4);
  CHECK(reading.verdict.outcome == (isCut ? EgressOutcome::incomplete : EgressOutcome::complete));
  CHECK(reading.verdict.reconnections == 0);
}

TEST_CASE("a token that is refused is fetched anew, once") {
  const std::string refused = httpAnswer("", "401 Unauthorized");
  const bool isRefusedAgain = GENERATE(false, true);
  Service service({refused, isRefusedAgain ? refused : whole(results(1, 1))});
  EgressOptions options = optionsOf(service.url());
  const auto tokens = std::make_shared<Tokens>();
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.tokenProvider = tokens;
  const Reading reading = readAllOf(options);
  CHECK(tokens->given == 2);
  CHECK(tokens->dropped == (isRefusedAgain ? "token-2" : "token-1"));
  CHECK(contains(service.heads().at(0), "Authorization: Bearer token-1\r\n"));
  CHECK(contains(service.heads().at(1), "Authorization: Bearer token-2\r\n"));
  CHECK(reading.verdict.error ==
        (isRefusedAgain ? make_error_code(Errc::notAuthenticated) : std::error_code()));
}

TEST_CASE("no error repeats a secret") {
  Service service({httpAnswer(R"({"title":"No","message":"not the-secret"})", "401 Unauthorized")});
  EgressOptions options = optionsOf(service.url());
  options.credentials.kind = gateway::Credentials::Kind::apiKey;
  options.credentials.secret = "the-secret";
  const Reading reading = readAllOf(options);
  CHECK(contains(service.heads().at(0), "Authorization: Basic the-secret\r\n"));
  CHECK(contains(reading.verdict.info.message, "not ***"));
}

TEST_CASE("the start of a line that is no result ends before a secret that would be cut") {
  Service service({whole(std::string(190, ' ') + "the-secret-key\n" + result(1))});
  EgressOptions options = optionsOf(service.url());
  options.credentials.kind = gateway::Credentials::Kind::apiKey;
  options.credentials.secret = "the-secret-key";
  const Reading reading = readAllOf(options);
  REQUIRE(reading.problems.size() == 1);
  CHECK(contains(reading.problems[0], " ***"));
  CHECK_FALSE(contains(reading.problems[0], "the-"));
}

TEST_CASE("a call is cancelled without loss, and a second one is refused") {
  std::promise<void> mayAnswer;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, chunkedHead);
    mayAnswer.get_future().wait();
    writeAll(socket, chunk(result(1)) + lastChunk);
    readToEnd(socket);
  });
  RunningContext running;
  EgressReader reader(running.context(), optionsOf("http://" + server.authority() + "/live"));
  asio::cancellation_signal stop;
  auto promise = std::make_shared<std::promise<NextResult>>();
  auto first = promise->get_future();
  reader.next(asio::bind_cancellation_slot(stop.slot(), keepNext(promise)));
  CHECK(get(startNext(reader)).error == Errc::invalidState);
  stop.emit(asio::cancellation_type::total);
  CHECK(get(std::move(first)).error == Errc::cancelled);
  mayAnswer.set_value();
  CHECK(readToVerdict(reader).ids == Ids{"1:1"});
}

TEST_CASE("closing and destruction end what waits") {
  std::promise<void> asked;
  ScriptedServer server([&](tcp::socket& socket) {
    readHead(socket);
    asked.set_value();
    readToEnd(socket);
  });
  RunningContext running;
  std::optional<EgressReader> reader(std::in_place, running.context(),
                                     optionsOf("http://" + server.authority() + "/live"));
  auto waiting = startNext(*reader);
  get(asked.get_future());
  const bool isClosed = GENERATE(true, false);
  if (isClosed) {
    reader->close();
    const NextResult result = get(std::move(waiting));
    CHECK_FALSE(result.error);
    CHECK(result.event.verdict.outcome == EgressOutcome::cancelled);
    CHECK(get(startNext(*reader)).event.verdict.outcome == EgressOutcome::cancelled);
  }
  reader.reset();
  if (!isClosed) {
    const NextResult result = get(std::move(waiting));
    CHECK(result.event.verdict.outcome == EgressOutcome::cancelled);
  }
}

TEST_CASE("what never became final is in the verdict, of each topic") {
  const auto partial = [](const std::string& topic, int number) {
    std::string line = result(number, topic);
    return line.replace(line.find("final"), 5, "partial");
  };
  Service service({whole(partial("a", 1) + partial("b", 1) + result(2, "a"))});
  const Reading reading = readAllOf(optionsOf(service.url()));
  CHECK(reading.verdict.isSuccess());
  REQUIRE(reading.verdict.openPartials.size() == 1);
  CHECK(reading.verdict.openPartials[0].sinkTopicName == "b");
}

TEST_CASE("readers of one stream do not disturb each other") {
  Service service({whole(results(1, 3)), cut(results(1, 2)), whole(results(1, 3))});
  const EgressOptions options = optionsOf(service.url());
  CHECK(readAllOf(options).ids == readAllOf(options).ids);
}
