#include "core/websocket/upgrade.hpp"

#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"

using namespace support;
using namespace wsferry;

namespace {

const Url url = Url::parse("wss://gateway.test/v1");

std::string refusalOf(const WebSocketOptions& options, const Url& to = url) {
  try {
    makeUpgradeRequest(to, options);
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::invalidOption));
    return error.info().message;
  }
  FAIL_CHECK("not refused");
  return "";
}

HttpResponse answerOf(const std::string& bytes) {
  HttpResponse answer;
  answer.feed(answer.feed(bytes));
  return answer;
}

HttpResponse acceptedWith(const std::string& header) {
  return answerOf("HTTP/1.1 101 Switching Protocols\r\n" + header + "\r\n");
}

}  // namespace

TEST_CASE("a subprotocol entry that HTTP does not allow is refused and not shown") {
  WebSocketOptions options;
  const std::string entry =
      GENERATE("Basic s3cret", "s3cret=", "s3/cret", "s3cret:", "\"s3cret\"", "s3cret\xC3\xA9");
  options.subprotocols = {"first", entry};
  const std::string message = refusalOf(options);
  CHECK(contains(message, "Entry 2"));
  CHECK(!contains(message, "s3"));
  options.rawSubprotocols = true;
  CHECK(makeUpgradeRequest(url, options).subprotocols == options.subprotocols);
}

TEST_CASE("no entry may break the header, raw or not") {
  WebSocketOptions options;
  options.rawSubprotocols = GENERATE(true, false);
  const auto entry =
      GENERATE(as<std::string>{}, "", "a\r\nX: y", "a\n", std::string("a\0", 2), "a,b", "a\x7f");
  options.subprotocols = {entry};
  CHECK(contains(refusalOf(options), "Entry 1"));
}

TEST_CASE("an entry twice is refused, unless raw") {
  WebSocketOptions options;
  options.subprotocols = {"a", "b", "a"};
  CHECK(contains(refusalOf(options), "Entry 3"));
  options.rawSubprotocols = true;
  CHECK_NOTHROW(makeUpgradeRequest(url, options));
}

TEST_CASE("cookies go out in one header, and no other name twice") {
  WebSocketOptions options;
  options.headers = {{"Cookie", "a=1"}, {"X-A", "1"}, {"cookie", "b=2"}};
  CHECK(makeUpgradeRequest(url, options).headers ==
        RequestHeaders{{"Cookie", "a=1; b=2"}, {"X-A", "1"}});
  options.headers = {{"X-A", "1"}, {"x-a", "2"}};
  CHECK(contains(refusalOf(options), "The header x-a is given twice"));
  CHECK_NOTHROW(requestHeaders(options, {}));
  options.headers = {{"Authorization", "Basic a"}, {"authorization", "Basic b"}};
  CHECK(contains(refusalOf(options), "The header authorization is given twice"));
  CHECK_THROWS_AS(requestHeaders(options, {}), Error);
}

TEST_CASE("what announces the body of a 101 is passed over") {
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
  for (const std::string header :
       {"Content-Length: 7\r\n", "content-length:0\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CHECK(findUpgradeProblem(acceptedWith(header), url, {}).empty());
    CHECK(headWithoutBody(head + header + "X-A: 1\r\n\r\n") == head + "X-A: 1\r\n\r\n");
  }
}

TEST_CASE("secrets are guarded as credentials are") {
  WebSocketOptions options;
  const Url plain = Url::parse("ws://gateway.test/v1");
  options.secrets = {""};
  CHECK_NOTHROW(makeUpgradeRequest(plain, options));
  options.secrets = {"", "s3cret"};
  try {
    makeUpgradeRequest(plain, options);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::plaintextCredentials));
    CHECK(!contains(error.what(), "s3cret"));
  }
  CHECK_NOTHROW(makeUpgradeRequest(Url::parse("ws://localhost/v1"), options));
  options.allowPlaintextCredentials = true;
  CHECK_NOTHROW(makeUpgradeRequest(plain, options));
}

TEST_CASE("credentials in a URL's query are guarded as others are") {
  const char* query = GENERATE("?access_token=s3cret", "?x=1&jwt=s3cret", "?api%2Dkey=s3cret",
                               "?Key=s3cret", "?password=s3cret");
  const Url plain = Url::parse("ws://gateway.test/v1" + std::string(query));
  WebSocketOptions options;
  try {
    makeUpgradeRequest(plain, options);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::plaintextCredentials));
    CHECK(!contains(error.what(), "s3cret"));
  }
  CHECK_NOTHROW(
      makeUpgradeRequest(Url::parse("wss://gateway.test/v1" + std::string(query)), options));
  CHECK_NOTHROW(makeUpgradeRequest(Url::parse("ws://localhost/v1" + std::string(query)), options));
  HttpResponse answer;
  answer.feed("HTTP/1.1 403 s3cret\r\nContent-Length: 10\r\n\r\n");
  answer.feed("no s3cret!");
  const auto refusal = describeRefusal(answer, plain, options);
  CHECK(!contains(refusal.second.message, "s3cret"));
  CHECK(refusal.second.httpBody == "no ***!");
}

TEST_CASE("a token of one letter leaves our own words as they are") {
  WebSocketOptions options;
  options.bearerToken = "a";
  HttpResponse answer;
  answer.feed("HTTP/1.1 404 a\r\nContent-Length: 0\r\n\r\n");
  const auto refusal = describeRefusal(answer, Url::parse("wss://gateway.test/v1"), options);
  CHECK(contains(refusal.second.message, "answered 404 ***"));
  CHECK(contains(refusal.second.message, "a proxy on the way removed"));
}

TEST_CASE("the server's choice has to be one that was offered") {
  WebSocketOptions options;
  options.subprotocols = {"one", "Basic a="};
  options.rawSubprotocols = true;
  options.secrets = {"a="};
  struct Case {
    std::string header;
    std::string problem;
  };
  const auto c = GENERATE(values<Case>({
      {"", ""},
      {"Sec-WebSocket-Protocol: one\r\n", ""},
      {"Sec-WebSocket-Protocol: Basic a=\r\n", ""},
      {"Sec-WebSocket-Protocol: two\r\n", "\"two\", which was not requested"},
      {"Sec-WebSocket-Protocol: one, Basic a=\r\n", "\"one, Basic ***\", which"},
      {"Sec-WebSocket-Protocol: ONE\r\n", "not requested"},
  }));
  const std::string problem = findUpgradeProblem(acceptedWith(c.header), url, options);
  CHECK(problem.empty() == c.problem.empty());
  CHECK(contains(problem, c.problem));
}

TEST_CASE("a choice that repeats a secret of the URL's query is not shown") {
  const HttpResponse answer = acceptedWith("Sec-WebSocket-Protocol: s3cret-query\r\n");
  const Url asked = Url::parse("wss://gateway.test/v1?token=s3cret-query");
  CHECK(contains(findUpgradeProblem(answer, asked, {}), "\"***\", which was not requested"));
}

TEST_CASE("a choice may be required") {
  WebSocketOptions options;
  options.subprotocols = {"one"};
  options.requireSubprotocol = true;
  CHECK(findUpgradeProblem(acceptedWith("Sec-WebSocket-Protocol: one\r\n"), url, options).empty());
  CHECK(contains(findUpgradeProblem(acceptedWith(""), url, options), "required"));
}

TEST_CASE("a redirect's user name and password are not shown") {
  const std::string location =
      GENERATE("https://user:s3cret@elsewhere.test/x@y", "//s3cret@a.test/");
  const auto [code, info] = describeRefusal(
      answerOf("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\n\r\n"), url, {});
  CHECK(code == Errc::upgradeRefused);
  CHECK(contains(info.message, "//***@"));
  CHECK(!contains(info.message, "s3cret"));
  CHECK(contains(info.httpHeaders.at(0).second, "//***@"));
  CHECK(!contains(info.httpHeaders.at(0).second, "s3cret"));
}

TEST_CASE("no part of a secret is shown where an answer is cut") {
  WebSocketOptions options;
  options.bearerToken = "s3cret-" + std::string(256, 'x');
  HttpResponse answer;
  const std::string body = std::string(HttpResponse::maxBodySize - 100, ' ') + options.bearerToken;
  answer.feed("HTTP/1.1 418 Unknown token " + options.bearerToken + "\r\nContent-Length: 99999" +
              "\r\n\r\n" + body);
  const auto [code, info] = describeRefusal(answer, url, options);
  CHECK(contains(info.message, "418 Unknown token ***"));
  CHECK(!contains(info.message, "s3cret"));
  CHECK(!contains(info.httpBody, "s3cret"));
  CHECK(info.httpBody.substr(info.httpBody.size() - 4) == " ***");
}

TEST_CASE("no part of a refusal repeats a secret") {
  WebSocketOptions options;
  options.headers = {{"X-Key", "s3cret-key"}, {"Authorization", "Basic s3cret-basic"}};
  options.bearerToken = "";
  options.secrets = {"s3cret-key", "s3cret-entry"};
  const auto [code, info] =
      describeRefusal(answerOf("HTTP/1.1 302 s3cret-entry\r\nX-Seen: s3cret-key\r\n"
                               "Location: https://elsewhere.test/s3cret-key\r\n\r\n"
                               "{\"sent\":\"s3cret-entry\",\"and\":\"s3cret-basic\","
                               "\"escaped\":\"s3c\\u0072et-key\",\"encoded\":\"s3cret%2Dkey\"}"),
                      url, options);
  CHECK(code == Errc::upgradeRefused);
  std::string all = info.message + info.httpBody;
  for (const auto& header : info.httpHeaders) {
    all += header.second;
  }
  CHECK(!contains(all, "s3cret"));
  CHECK(info.httpBody == R"({"sent":"***","and":"***","escaped":"***","encoded":"***"})");
  for (const char* status : {"429", "503"}) {
    const auto later = describeRefusal(
        answerOf("HTTP/1.1 " + std::string(status) + " Later\r\nRetry-After: s3cret-key\r\n\r\n"),
        url, options);
    CHECK(!contains(later.second.message, "s3cret"));
  }
}
