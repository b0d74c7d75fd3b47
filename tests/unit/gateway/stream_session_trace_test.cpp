#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

const std::string credential = "secret-of-this-stream";

/// A stream whose trace is kept.
struct TracedStream : StreamFixture {
  std::vector<StreamTrace> traces;

  TracedStream() {
    options.credentials = Credentials::bearer(credential);
    handlers.onTrace = [this](const StreamTrace& trace) {
      traces.push_back(trace);
      events.push_back("trace");
    };
  }

  std::vector<StreamTrace::Kind> kinds() const {
    std::vector<StreamTrace::Kind> result;
    for (const StreamTrace& trace : traces) {
      result.push_back(trace.kind);
    }
    return result;
  }
};

using Kind = StreamTrace::Kind;

}  // namespace

TEST_CASE_METHOD(TracedStream, "a trace tells what passes over the connection, in order") {
  open();
  send("audio");
  peer->advance(options.keepAliveInterval);
  REQUIRE_FALSE(stream->sendText(R"({"type":"UPDATE"})"));
  peer->run();
  finish();
  peer->receive(endMessage);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
  REQUIRE(kinds() == std::vector<Kind>{Kind::opened, Kind::received, Kind::sent, Kind::pinged,
                                       Kind::sent, Kind::sent, Kind::received, Kind::closed});
  CHECK(traces[1].text == metadataMessage);
  CHECK(traces[1].type == MessageType::text);
  CHECK(traces[2].type == MessageType::binary);
  CHECK(traces[2].bytes == 5);
  CHECK(traces[2].text.empty());
  CHECK(traces[3].when - traces[2].when == options.keepAliveInterval);
  CHECK(traces[4].text == R"({"type":"UPDATE"})");
  CHECK(traces[5].text == endMessage);
  CHECK(traces[5].bytes == std::string(endMessage).size());
  CHECK(traces[7].text == "The server closed the connection");
  CHECK(traces[7].bytes == 0);
  CHECK(events.front() == "trace");
  CHECK(events.back() == "verdict");
}

TEST_CASE_METHOD(TracedStream, "no trace holds the credentials or the audio of a text message") {
  options.profile.audioMessage = R"({"audio":"{audio}"})";
  options.profile.keepAliveMessage = R"({"key":")" + credential + R"("})";
  options.keepAlive = KeepAliveMode::message;
  open();
  send("audio");
  peer->receive(R"({"type":"NEWS","key":")" + credential + R"("})");
  peer->advance(options.keepAliveInterval);
  ErrorInfo info;
  info.message = "Gone: " + credential;
  peer->lose(Errc::connectionLost, std::move(info));
  peer->run();
  REQUIRE(kinds() == std::vector<Kind>{Kind::opened, Kind::received, Kind::sent, Kind::received,
                                       Kind::sent, Kind::closed});
  CHECK(traces[2].type == MessageType::text);
  CHECK(traces[2].text.empty());
  CHECK(traces[2].bytes == std::string(R"({"audio":"YXVkaW8="})").size());
  CHECK(traces[3].text == R"({"type":"NEWS","key":"***"})");
  CHECK(traces[4].text == R"({"key":"***"})");
  CHECK(traces[5].text == "Gone: ***");
}

TEST_CASE_METHOD(TracedStream, "where the program is slow, traces are left out, and counted") {
  options.eventQueueBytes = 1'000;
  open();
  traces.clear();
  for (int i = 0; i < 50; ++i) {
    stream->sendAudio("audio", sent.handler());
  }
  peer->run();
  send("audio");
  REQUIRE(traces.size() > 1);
  REQUIRE(traces.size() < 51);
  CHECK(traces.back().skipped == 51 - traces.size());
  for (std::size_t i = 0; i + 1 < traces.size(); ++i) {
    CHECK(traces[i].skipped == 0);
  }
}

TEST_CASE_METHOD(TracedStream, "the end of a connection is told however much waits") {
  options.eventQueueBytes = 1'000;
  open();
  traces.clear();
  for (int i = 0; i < 50; ++i) {
    stream->sendAudio("audio", [](std::error_code) {});
  }
  loseConnection();
  CHECK(verdict().outcome == Outcome::lost);
  REQUIRE_FALSE(traces.empty());
  CHECK(traces.back().kind == Kind::closed);
}

TEST_CASE_METHOD(TracedStream, "a message that cannot be sent is none that was") {
  open();
  traces.clear();
  peer->beginClosing();
  send("audio");
  CHECK(traces.empty());
}

TEST_CASE_METHOD(TracedStream, "what is dropped of a trace is no loss to the stream") {
  open();
  finish();
  peer->receive(endMessage);
  stream->close();
  closeByPeer();
  REQUIRE_FALSE(traces.empty());
  CHECK(traces.back().kind != Kind::closed);  // It was dropped.
  CHECK(verdict().outcome == Outcome::complete);
}

TEST_CASE_METHOD(TracedStream, "an exception of a trace's handler closes the stream") {
  handlers.onTrace = [](const StreamTrace&) { throw std::runtime_error("the log is full"); };
  open();
  CHECK(verdict().exception);
}
