#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/platform/detail/egress/egress_line.hpp"
#include "wsferry/platform/detail/egress/egress_request.hpp"
#include "wsferry/platform/detail/egress/line_reader.hpp"
#include "wsferry/platform/detail/egress/reconnect_rule.hpp"
#include "wsferry/platform/detail/egress/resume_positions.hpp"
#include "wsferry/platform/platform_error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;
using Look = ResumePositions::Look;

namespace {

std::vector<std::string> linesOf(LineReader& reader, const std::vector<std::string>& blocks) {
  std::vector<std::string> lines;
  for (const std::string& block : blocks) {
    reader.add(block);
    while (const auto line = reader.next()) {
      lines.push_back(line->text);
    }
  }
  return lines;
}

std::string problemOf(const std::string& text) {
  LineReader::Line line;
  line.text = text;
  line.size = text.size();
  return problemOfLine(line, 100);
}

ErrorInfo answered(int status) {
  ErrorInfo info;
  info.httpStatus = status;
  return info;
}

EgressOptions oneStream() {
  EgressOptions options;
  options.url = "https://egress.example/live";
  options.streams = {"a"};
  return options;
}

std::string targetOf(const EgressOptions& options,
                     const std::vector<EgressPosition>& positions = {}) {
  return makeEgressRequest(options, options.credentials.secret, positions).request.url.target;
}

std::string refusalOf(const EgressOptions& options) {
  try {
    targetOf(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("lines are the same however blocks cut them") {
  const std::string text = "{\"a\":1}\r\n\n{\"b\":2}\nrest";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    std::vector<std::string> blocks;
    for (std::size_t at = 0; at < text.size(); at += size) {
      blocks.push_back(text.substr(at, size));
    }
    LineReader reader(100);
    CHECK(linesOf(reader, blocks) == std::vector<std::string>{"{\"a\":1}", "", "{\"b\":2}"});
    const auto last = reader.last();
    REQUIRE(last);
    CHECK(last->text == "rest");
    CHECK_FALSE(reader.last());
  }
}

TEST_CASE("a line of 20 MB is counted, and not kept") {
  LineReader reader(std::size_t{1} << 20);
  const std::string block(std::size_t{1} << 16, 'x');
  for (int i = 0; i < 320; ++i) {
    reader.add(block);
    CHECK_FALSE(reader.next());
  }
  reader.add("\nnext\n");
  const auto line = reader.next();
  REQUIRE(line);
  CHECK(line->isTooLong);
  CHECK(line->size == 20'971'520);
  CHECK(line->text.size() == 200);
  CHECK(reader.next()->text == "next");
}

TEST_CASE("the longest line is one that is kept") {
  LineReader reader(5);
  reader.add("12345\n123456\n");
  CHECK_FALSE(reader.next()->isTooLong);
  CHECK(reader.next()->isTooLong);
}

TEST_CASE("what was begun when an answer broke off is forgotten") {
  LineReader reader(100);
  reader.add("half of");
  CHECK_FALSE(reader.next());
  reader.reset();
  CHECK(linesOf(reader, {"whole\n"}) == std::vector<std::string>{"whole"});
}

TEST_CASE("a reader stands at the last result of each topic") {
  ResumePositions positions(std::vector<EgressPosition>{{"t1", "0"}});
  CHECK(positions.look("t1", "1") == Look::fresh);
  CHECK(positions.look("t2", "1") == Look::fresh);
  CHECK(positions.look("t1", "2") == Look::fresh);
  CHECK(positions.look("t1", "1") == Look::repeat);
  CHECK(positions.look("t1", "0") == Look::repeat);
  const auto now = positions.positions();
  REQUIRE(now.size() == 2);
  CHECK(now[0].sinkTopicName == "t1");
  CHECK(now[0].messageId == "2");
  CHECK(now[1].messageId == "1");
  CHECK(positions.isResumable());
}

TEST_CASE("a result that does not say where it stands cannot be resumed behind") {
  ResumePositions positions;
  CHECK(positions.look("t", "") == Look::unplaced);
  CHECK(positions.look("", "1") == Look::unplaced);
  CHECK_FALSE(positions.isResumable());
}

TEST_CASE("the memory of results is bounded") {
  ResumePositions positions({}, 3);
  for (const char* id : {"1", "2", "3", "4"}) {
    CHECK(positions.look("t", id) == Look::fresh);
  }
  CHECK(positions.look("t", "4") == Look::repeat);
  CHECK(positions.look("t", "2") == Look::repeat);
  CHECK(positions.look("t", "1") == Look::fresh);
}

TEST_CASE("what may pass is tried again, with growing pauses, and not for ever") {
  ReconnectRule rule(3, Duration(500), Duration(1'500));
  CHECK(rule.onFailure(Errc::connectionLost, {}, true, {}) == Duration(500));
  CHECK(rule.onFailure(Errc::connectFailed, {}, false, {}) == Duration(1'000));
  CHECK(rule.onFailure(PlatformErrc::unavailable, answered(503), true, {}) == Duration(1'500));
  CHECK_FALSE(rule.onFailure(Errc::connectionLost, {}, true, {}));
  rule.onProgress();
  CHECK(rule.onFailure(Errc::connectionLost, {}, true, Duration(1'000)) == Duration(1'000));
  CHECK(rule.onFailure(Errc::connectionLost, {}, true, Duration(9'999'999'000)) == Duration(1'500));
}

TEST_CASE("what no other connection mends is not tried again") {
  ReconnectRule rule(3, Duration(1), Duration(1));
  ErrorInfo misspelt;
  misspelt.cause = ErrorCause::noSuchName;
  CHECK_FALSE(rule.onFailure(Errc::nameNotResolved, misspelt, false, {}));
  CHECK_FALSE(rule.onFailure(Errc::notAuthenticated, answered(401), true, {}));
  CHECK_FALSE(rule.onFailure(Errc::notFound, answered(404), true, {}));
  CHECK_FALSE(rule.onFailure(Errc::tlsFailed, {}, false, {}));
  CHECK_FALSE(rule.onFailure(Errc::timedOut, {}, true, {}));
  CHECK(rule.onFailure(Errc::timedOut, {}, false, {}));
}

TEST_CASE("a line is a JSON object, or it is told why not") {
  CHECK(problemOf(R"({"messageId":"1"})").empty());
  CHECK(contains(problemOf("[1]"), "not a JSON object"));
  CHECK(contains(problemOf("<html>"), "not a JSON object"));
  CHECK(contains(problemOf("{\"a\":"), "not JSON"));
  CHECK(contains(problemOf("{} {}"), "not JSON"));
  CHECK(contains(problemOf("{\"a\":\"\xff\"}"), "UTF-8"));
  LineReader::Line line;
  line.isTooLong = true;
  line.size = 20'000'000;
  CHECK(contains(problemOfLine(line, 100), "20000000 bytes"));
}

TEST_CASE("the request asks for what was asked for, and for nothing else") {
  EgressOptions options = oneStream();
  CHECK(targetOf(options) == "/live?streams=a");
  options.streams = {"a", "b"};
  options.count = 7;
  options.tags = {"main", "x y"};
  options.matchTags = TagMatch::any;
  options.finalOnly = true;
  options.timeout = Duration(1'500);
  options.omitPayload = options.excludeNoPayload = true;
  options.query = {{"more", "1"}};
  const std::string rest =
      "&tags=main&tags=x%20y&matchTags=ANY&acceptFrameType=final&timeout=1500&omitPayload=true&"
      "excludeNoPayload=true";
  CHECK(targetOf(options) == "/live?streams=a&streams=b&count=7" + rest + "&more=1");
  CHECK(targetOf(options, {{"topic/1", "9:1"}}) ==
        "/live?streams=a&streams=b" + rest + "&resume=topic%2F1%3D9%3A1&more=1");
  EgressOptions group;
  group.url = "https://egress.example/live?x=1";
  group.group = "g";
  group.format = gateway::EgressFormat::raw;
  CHECK(targetOf(group) == "/live?x=1&group=g&format=RAW");
}

TEST_CASE("credentials stand where they are asked for") {
  EgressOptions options = oneStream();
  options.credentials.kind = gateway::Credentials::Kind::bearer;
  options.credentials.secret = "token";
  options.connection.headers = {{"X-Own", "1"}};
  const ServiceRequest header = makeEgressRequest(options, "token", {});
  REQUIRE_FALSE(header.request.headers.empty());
  CHECK(header.request.headers.front().first == "Authorization");
  CHECK(header.request.headers.front().second == "Bearer token");
  CHECK_FALSE(header.secrets.empty());
  options.credentials.placement = gateway::Credentials::Placement::query;
  CHECK(targetOf(options) == "/live?streams=a&access_token=token");
}

TEST_CASE("what cannot be meant is refused before anything is sent") {
  CHECK(refusalOf(oneStream()) == "nothing was refused");
  const auto with = [](auto change) {
    EgressOptions options = oneStream();
    change(options);
    return refusalOf(options);
  };
  CHECK(contains(with([](auto& o) { o.streams.clear(); }), "ids of streams"));
  CHECK(contains(with([](auto& o) { o.group = "g"; }), "ids of streams"));
  CHECK(contains(with([](auto& o) { o.streams = {""}; }), "empty"));
  CHECK(contains(with([](auto& o) { o.count = 0; }), "count"));
  CHECK(contains(with([](auto& o) { o.resume = {{"t", ""}}; }), "message id"));
  CHECK(contains(with([](auto& o) { o.longestLine = 0; }), "longest line"));
  CHECK(contains(with([](auto& o) { o.connection.bearerToken = "t"; }), "bearer token"));
  CHECK(contains(with([](auto& o) { o.url = "wss://egress.example/"; }), "https URL"));
  CHECK(contains(with([](auto& o) {
                   o.format = gateway::EgressFormat::raw;
                   o.resume = {{"t", "1"}};
                 }),
                 "Raw results"));
  CHECK(contains(with([](auto& o) {
                   o.credentials.kind = gateway::Credentials::Kind::apiKey;
                   o.credentials.secret = "key";
                   o.url = "http://egress.example/";
                 }),
                 "unencrypted"));
}
