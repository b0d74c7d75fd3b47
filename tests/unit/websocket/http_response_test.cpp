#include "wsferry/core/detail/net/http_response.hpp"

#include <string>

#include "catch.hpp"

using wsferry::HttpResponse;

namespace {

/// Feeds `bytes` in pieces of `size`; returns what was not taken.
std::string feed(HttpResponse& response, const std::string& bytes, std::size_t size) {
  std::string left;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    std::string_view piece = std::string_view(bytes).substr(at, size);
    if (response.state() == HttpResponse::State::head) {
      piece = response.feed(piece);
    }
    if (response.state() != HttpResponse::State::head) {
      piece = response.feed(piece);
    }
    left += piece;
  }
  return left;
}

}  // namespace

TEST_CASE("a response of stated length, however cut") {
  const auto size = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{1000});
  HttpResponse response;
  CHECK(response.isEmpty());
  const auto left = feed(response,
                         "HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\nX-A:  b c \r\n\r\nhello"
                         "behind",
                         size);
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.status() == 404);
  CHECK(response.statusText({}) == "404 Not Found");
  CHECK(response.header("Content-Length") == "5");
  CHECK(response.header("x-a") == "b c");
  CHECK(response.header("none").empty());
  CHECK(response.body() == "hello");
  CHECK(left == "behind");
  CHECK(!response.isEmpty());
}

TEST_CASE("a chunked body, however cut") {
  const auto size = GENERATE(std::size_t{1}, std::size_t{3}, std::size_t{1000});
  HttpResponse response;
  feed(response,
       "HTTP/1.1 500 Oops\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "A;name=value\r\n0123456789\r\n3\r\nabc\r\n0\r\n\r\n",
       size);
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.body() == "0123456789abc");
}

TEST_CASE("a broken chunk size ends the body with what came before") {
  HttpResponse response;
  feed(response, "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\nbc", 1000);
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.body() == "a");
}

TEST_CASE("a body without length ends with the stream") {
  HttpResponse response;
  feed(response, "HTTP/1.0 200 OK\r\n\r\nabc", 1000);
  CHECK(response.state() == HttpResponse::State::body);
  response.feedEnd();
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.body() == "abc");
}

TEST_CASE("a long body is cut, whatever its framing") {
  const std::string header =
      GENERATE("", "Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n");
  const std::string start = header.find("chunked") != std::string::npos ? "186a0\r\n" : "";
  HttpResponse response;
  feed(response, "HTTP/1.1 200 OK\r\n" + header + "\r\n" + start + std::string(100'000, 'x'), 5000);
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.body().size() == HttpResponse::maxBodySize);
}

TEST_CASE("whether a body is whole is known by how it ends") {
  struct Case {
    std::string header;
    std::string body;
    bool isCut;
  };
  const auto c = GENERATE(values<Case>({
      {"Content-Length: 3\r\n", "abc", false},
      {"Content-Length: 4\r\n", "abc", true},
      {"Content-Length: 65536\r\n", std::string(65'536, 'x'), false},
      {"Content-Length: 65537\r\n", std::string(65'537, 'x'), true},
      {"Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n", false},
      {"Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", true},
      {"Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nzz\r\n", true},
      {"Transfer-Encoding: chunked\r\n", std::string(200, '1'), true},
      {"", "abc", true},
  }));
  CAPTURE(c.header);
  HttpResponse response;
  feed(response, "HTTP/1.1 200 OK\r\n" + c.header + "\r\n" + c.body,
       GENERATE(std::size_t{1}, std::size_t{100'000}));
  response.feedEnd();
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.isCut() == c.isCut);
}

TEST_CASE("a tunnel that is opened has no body, and one that is refused has") {
  HttpResponse opened(true);
  CHECK(opened.feed("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") == "abc");
  CHECK(opened.state() == HttpResponse::State::complete);
  HttpResponse refused(true);
  refused.feed("HTTP/1.1 407 No\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(refused.state() == HttpResponse::State::complete);
  CHECK(refused.body() == "abc");
}

TEST_CASE("of a head that is too long the status is known") {
  HttpResponse response;
  feed(response, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 407 No\r\nX: " + std::string(20'000, 'x'),
       1000);
  CHECK(response.state() == HttpResponse::State::invalid);
  CHECK(response.status() == 407);
  CHECK_FALSE(response.isCut());
}

TEST_CASE("101 ends with its head") {
  HttpResponse response;
  const std::string head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
  const auto size = GENERATE(std::size_t{1}, std::size_t{1000});
  CHECK(feed(response, "HTTP/1.1 100 Continue\r\n\r\n" + head + "\x81", size) == "\x81");
  CHECK(response.state() == HttpResponse::State::complete);
  CHECK(response.head() == head);
  CHECK(response.headers().size() == 1);
}

TEST_CASE("what is not HTTP is invalid as early as it shows") {
  const std::string bytes =
      GENERATE(std::string("SSH"), std::string("\x16\x03"), std::string("HTTP/2 200 OK\r\n"),
               std::string("HTTP/1.1 2x0 OK\r\n\r\n"), std::string("HTTP/1.1 099 OK\r\n\r\n"),
               std::string("HTTP/1.1  200 OK\r\n\r\n"), std::string("HTTP/1.1 20\r\n\r\n"),
               std::string("HTTP/1.1 200 OK\r\n: x\r\n\r\n"),
               "HTTP/1.1 200 OK\r\nX: " + std::string(HttpResponse::maxHeadSize, 'x'));
  HttpResponse response;
  feed(response, bytes, GENERATE(std::size_t{1}, std::size_t{100'000}));
  CHECK(response.state() == HttpResponse::State::invalid);
}

TEST_CASE("a stream that ends inside the head is invalid") {
  HttpResponse response;
  feed(response, "HTTP/1.1 200 OK\r\n", 1000);
  CHECK_FALSE(response.isCut());
  response.feedEnd();
  CHECK(response.state() == HttpResponse::State::invalid);
  CHECK(response.isCut());
}

TEST_CASE("a status line is taken as the grammar has it, or not at all") {
  const auto status = [](const std::string& line) {
    HttpResponse response;
    response.feed(line + "\r\n\r\n");
    return response.state() == HttpResponse::State::invalid ? 0 : response.status();
  };
  CHECK(status("HTTP/1.1 404 Not Found") == 404);
  CHECK(status("HTTP/1.0 404 ") == 404);
  CHECK(status("HTTP/1.1 404") == 404);
  CHECK(status("HTTP/1.1 999 Odd") == 999);
  for (const char* line :
       {"HTTP/1.1 99999999999999999999", "HTTP/1.1 4040", "HTTP/1.1 404x", "HTTP/1.1 404\tx",
        "HTTP/1.1 40", "HTTP/1.1 040 x", "HTTP/1.1  404 x", "HTTP/1.1 -40 x", "HTTP/1.x 404 x",
        "HTTP/1. 404 x", "HTTP/1.10 404 x"}) {
    CAPTURE(line);
    CHECK(status(line) == 0);
  }
}

TEST_CASE("when to try again is told in words") {
  CHECK(wsferry::retryTime("") == "later");
  CHECK(wsferry::retryTime("120") == "in 120 s");
  CHECK(wsferry::retryTime("Wed, 21 Oct 2026 07:28:00 GMT") ==
        "after Wed, 21 Oct 2026 07:28:00 GMT");
  CHECK(wsferry::retryTime("\x1b[1m") == "after  [1m");
}

TEST_CASE("a TLS alert is recognised by its first bytes") {
  CHECK(wsferry::isTlsAlert(std::string("\x15\x03\x01\x00\x02\x02\x46", 7)));
  CHECK_FALSE(wsferry::isTlsAlert("\x15"));
  CHECK_FALSE(wsferry::isTlsAlert("HTTP/1.1 200"));
}
