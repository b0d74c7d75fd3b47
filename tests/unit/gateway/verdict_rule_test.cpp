#include "wsferry/gateway/detail/session/verdict_rule.hpp"

#include <stdexcept>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

namespace {

VerdictRules rules() {
  VerdictRules rules;
  rules.passingErrors = {"PULSAR_ERROR"};
  rules.inactivityLimit = Duration(10'000);
  rules.idleLimit = Duration(1'800'000);
  return rules;
}

VerdictRules ingressOnly() {
  VerdictRules result = rules();
  result.egress = false;
  return result;
}

StreamHistory opened() {
  StreamHistory history;
  history.opened = true;
  return history;
}

StreamHistory afterEnd() {
  StreamHistory history = opened();
  history.endSent = true;
  return history;
}

StreamHistory closed(StreamHistory history, std::uint16_t code) {
  history.error = Errc::connectionClosed;
  history.info.closeCode = code;
  history.info.message = "The server closed the connection.";
  return history;
}

StreamHistory cut(StreamHistory history) {
  history.error = Errc::connectionLost;
  history.info.message = "The connection was lost.";
  return history;
}

StreamHistory failed(StreamHistory history, int status = 500, std::string name = {}) {
  history.serverError.emplace();
  history.serverError->statusCode = status;
  history.serverError->title = "Title";
  history.serverError->message = "words";
  history.serverError->internalErrorName = std::move(name);
  return history;
}

StreamHistory refusedWith(Errc error, int status = 0) {
  StreamHistory history;
  history.error = error;
  history.info.httpStatus = status;
  history.info.message = "It was refused.";
  return history;
}

}  // namespace

TEST_CASE("an error of the server fails the stream, whatever else it said and however it closed") {
  StreamHistory history = GENERATE(opened(), afterEnd());
  history.serverEnded = GENERATE(false, true);
  history.cancelled = GENERATE(false, true);
  history = GENERATE_COPY(closed(history, 1000), closed(history, 1011), cut(history));
  const Verdict verdict = judge(failed(history, 500, "NAME"), GENERATE(rules(), ingressOnly()));
  CHECK(verdict.outcome == Outcome::failed);
  CHECK(verdict.error == Errc::remoteFailed);
  CHECK(verdict.response.title == "Title");
  CHECK(verdict.info.remoteCode == "NAME");
  CHECK(verdict.info.remoteMessage == "words");
  CHECK(verdict.info.message == "The server failed the stream: Title: words (NAME, status 500).");
  CHECK(verdict.info.closeCode == history.info.closeCode);
}

TEST_CASE("an error about credentials is known as one") {
  CHECK(judge(failed(opened(), 401), rules()).error == Errc::notAuthenticated);
  CHECK(judge(failed(opened(), 403), rules()).error == Errc::notAuthorized);
  CHECK(judge(failed(opened(), 401), rules()).outcome == Outcome::failed);
}

TEST_CASE("the server's end of stream is success, however the connection ends") {
  StreamHistory history = GENERATE(opened(), afterEnd());
  history.serverEnded = true;
  history.serverEndedFirst = !history.endSent;
  history.audioBytesSent = 1;
  history.cancelled = GENERATE(false, true);
  history = GENERATE_COPY(closed(history, 1000), closed(history, 1011), cut(history));
  const bool egress = GENERATE(true, false);
  const Verdict verdict = judge(history, egress ? rules() : ingressOnly());
  CHECK(verdict.outcome == (egress ? Outcome::complete : Outcome::uploaded));
  CHECK_FALSE(verdict.error);
  CHECK(verdict.endedByServer == history.serverEndedFirst);
  CHECK_FALSE(verdict.retryable);
  CHECK_FALSE(verdict.info.message.empty());
}

TEST_CASE("the server's own end of stream is no success where audio was left, or none was sent") {
  StreamHistory history = opened();
  history.serverEnded = true;
  history.serverEndedFirst = true;
  history.audioLeft = GENERATE(true, false);
  history.audioBytesSent = history.audioLeft ? 1 : 0;
  history.cancelled = GENERATE(false, true);
  history = GENERATE_COPY(closed(history, 1000), closed(history, 1012), cut(history));
  const Verdict verdict = judge(history, GENERATE(rules(), ingressOnly()));
  CHECK(verdict.outcome == Outcome::endedEarly);
  CHECK(verdict.error == Errc::connectionClosed);
  CHECK(verdict.endedByServer);
  CHECK_FALSE(verdict.isSuccess());
  CHECK_FALSE(verdict.retryable);
  CHECK(verdict.info.message.find("by itself") != std::string::npos);
}

TEST_CASE("after our end of stream, without the server's") {
  SECTION("results are missing") {
    for (const StreamHistory& history : {closed(afterEnd(), 1000), closed(afterEnd(), 1005),
                                         closed(afterEnd(), 1011), cut(afterEnd())}) {
      const Verdict verdict = judge(history, rules());
      CHECK(verdict.outcome == Outcome::incomplete);
      CHECK(verdict.cause == LossCause::none);
      CHECK(verdict.error == history.error);
      CHECK(verdict.info.closeCode == history.info.closeCode);
    }
  }
  SECTION("an orderly close is enough where the profile says so") {
    VerdictRules closing = rules();
    closing.closeCompletes = true;
    CHECK(judge(closed(afterEnd(), 1000), closing).outcome == Outcome::complete);
    CHECK(judge(closed(afterEnd(), 1005), closing).outcome == Outcome::complete);
    CHECK(judge(closed(afterEnd(), 1011), closing).outcome == Outcome::incomplete);
    CHECK(judge(cut(afterEnd()), closing).outcome == Outcome::incomplete);
    CHECK(judge(closed(opened(), 1000), closing).outcome == Outcome::lost);
  }
  SECTION("without egress, an orderly close or silence is success") {
    CHECK(judge(closed(afterEnd(), 1000), ingressOnly()).outcome == Outcome::uploaded);
    CHECK(judge(closed(afterEnd(), 1005), ingressOnly()).outcome == Outcome::uploaded);
    StreamHistory quiet = afterEnd();
    quiet.uploadQuiet = true;
    quiet.endedHere = true;
    CHECK(judge(quiet, ingressOnly()).outcome == Outcome::uploaded);
    CHECK_FALSE(judge(quiet, ingressOnly()).error);
  }
  SECTION("without egress, anything else is a loss") {
    for (const StreamHistory& history : {closed(afterEnd(), 1011), cut(afterEnd())}) {
      const Verdict verdict = judge(history, ingressOnly());
      CHECK(verdict.outcome == Outcome::lost);
      CHECK(verdict.cause == LossCause::transport);
      CHECK(verdict.error == history.error);
    }
  }
}

TEST_CASE("before our end of stream, the times tell why it was lost") {
  struct Row {
    StreamHistory history;
    Duration sinceSent;
    Duration sinceContentSent;
    LossCause cause;
  };
  const Duration limit(10'000);
  const Duration idle(1'800'000);
  const std::vector<Row> table = {
      {closed(opened(), 1000), Duration(9'999), Duration(9'999), LossCause::closedByServer},
      {closed(opened(), 1000), limit, limit, LossCause::inactivity},
      {closed(opened(), 1000), Duration(1), idle, LossCause::idle},
      {closed(opened(), 1000), limit, idle, LossCause::inactivity},
      {closed(opened(), 1000), Duration(1), idle - Duration(1), LossCause::closedByServer},
      {closed(opened(), 1005), Duration(1), Duration(1), LossCause::transport},
      {closed(opened(), 1005), limit, limit, LossCause::inactivity},
      {closed(opened(), 1011), limit, idle, LossCause::transport},
      {cut(opened()), Duration(1), Duration(1), LossCause::transport},
      {cut(opened()), limit, limit, LossCause::inactivity},
      {cut(opened()), Duration(1), idle, LossCause::idle},
  };
  for (Row row : table) {
    row.history.sinceSent = row.sinceSent;
    row.history.sinceContentSent = row.sinceContentSent;
    const Verdict verdict = judge(row.history, rules());
    CHECK(verdict.outcome == Outcome::lost);
    CHECK(verdict.cause == row.cause);
    CHECK(verdict.error == row.history.error);
    CHECK(verdict.info.message.find(row.history.info.message) == 0);
  }
}

TEST_CASE("the server's limits do not explain what a limit of ours ended") {
  StreamHistory history = cut(opened());
  history.endedHere = true;
  history.sinceSent = Duration(60'000);
  history.sinceContentSent = Duration(3'600'000);
  CHECK(judge(history, rules()).cause == LossCause::transport);
}

TEST_CASE("without the metadata that was waited for, no stream was made") {
  StreamHistory history = opened();
  history.metadataMissing = true;
  history.sinceSent = Duration(60'000);
  for (const StreamHistory& each : {closed(history, 1000), closed(history, 1011), cut(history)}) {
    const Verdict verdict = judge(each, GENERATE(rules(), ingressOnly()));
    CHECK(verdict.outcome == Outcome::lost);
    CHECK(verdict.cause == LossCause::streamNotCreated);
  }
}

TEST_CASE("a refused upgrade keeps the server's words") {
  StreamHistory history = refusedWith(Errc::notAuthenticated, 401);
  history.refusal.emplace();
  history.refusal->title = "Unauthorized";
  history.refusal->statusCode = 401;
  const Verdict verdict = judge(history, rules());
  CHECK(verdict.outcome == Outcome::refused);
  CHECK(verdict.error == Errc::notAuthenticated);
  CHECK(verdict.response.title == "Unauthorized");
  CHECK(verdict.info.httpStatus == 401);
  CHECK(verdict.info.message == "It was refused. The server says: Unauthorized (status 401).");
}

TEST_CASE("a server that gave a reason is not said to have given none") {
  StreamHistory history = closed(opened(), 1000);
  CHECK(judge(history, rules()).info.message.find("It gave no reason") != std::string::npos);
  history.info.closeReason = "maintenance";
  const std::string message = judge(history, rules()).info.message;
  CHECK(message.find("no reason") == std::string::npos);
  CHECK(message.find("sent no end of stream") != std::string::npos);
}

TEST_CASE("a last message of an unknown type is told where a server closed without a reason") {
  StreamHistory history = closed(GENERATE(opened(), afterEnd()), 1000);
  history.lastUnknown = R"({"oops":"quota )" + std::string(2'000, 'x');
  const std::string message = judge(history, rules()).info.message;
  CHECK(message.find(R"(may be the reason: {"oops":"quota xx)") != std::string::npos);
  CHECK(message.size() < 1'000);
  CHECK(message.find("stream the audio again") == std::string::npos);
  history.info.closeReason = "maintenance";
  CHECK(judge(history, rules()).info.message.find("oops") == std::string::npos);
}

TEST_CASE("what this side ended is cancelled") {
  StreamHistory history = GENERATE(opened(), afterEnd(), StreamHistory());
  history.cancelled = true;
  history.error = Errc::cancelled;
  history.info.message = "The stream was closed.";
  const Verdict verdict = judge(history, rules());
  CHECK(verdict.outcome == Outcome::cancelled);
  CHECK(verdict.error == Errc::cancelled);
  CHECK(verdict.info.message == "The stream was closed.");
  CHECK_FALSE(verdict.retryable);
}

TEST_CASE("another stream is worth it only where the failure may pass and no audio was sent") {
  struct Row {
    StreamHistory history;
    bool retryable;
  };
  StreamHistory named = refusedWith(Errc::upgradeRefused, 500);
  named.refusal.emplace();
  named.refusal->internalErrorName = "PULSAR_ERROR";
  StreamHistory silent = opened();
  silent.error = Errc::timedOut;
  silent.metadataMissing = true;
  silent.endedHere = true;
  StreamHistory cutHandshake = refusedWith(Errc::tlsFailed);
  cutHandshake.info.cause = ErrorCause::handshakeCut;
  StreamHistory misspelt = refusedWith(Errc::nameNotResolved);
  misspelt.info.cause = ErrorCause::noSuchName;
  const std::vector<Row> table = {
      {refusedWith(Errc::nameNotResolved), true},
      {refusedWith(Errc::connectFailed), true},
      {refusedWith(Errc::connectTimedOut), true},
      {refusedWith(Errc::connectionLost), true},
      {refusedWith(Errc::upgradeRefused, 429), true},
      {refusedWith(Errc::upgradeRefused, 502), true},
      {refusedWith(Errc::upgradeRefused, 503), true},
      {refusedWith(Errc::upgradeRefused, 504), true},
      {named, true},
      {refusedWith(Errc::upgradeRefused, 500), true},
      {refusedWith(Errc::upgradeRefused, 501), false},
      {refusedWith(Errc::tlsFailed), false},
      {cutHandshake, true},
      {misspelt, false},
      {refusedWith(Errc::notAuthenticated, 401), false},
      {refusedWith(Errc::notAuthorized, 403), false},
      {refusedWith(Errc::notFound, 404), false},
      {refusedWith(Errc::invalidOption), false},
      {cut(opened()), true},
      {closed(opened(), 1001), true},
      {closed(opened(), 1012), true},
      {closed(opened(), 1000), false},
      {closed(opened(), 1008), false},
      {silent, false},
      {failed(opened(), 503, "PULSAR_ERROR"), true},
      {failed(cut(opened()), 503, "OTHER"), false},
      {failed(opened(), 401, "PULSAR_ERROR"), false},
      {failed(opened()), false},
  };
  for (Row row : table) {
    INFO(row.history.error.message()
         << ' ' << row.history.info.httpStatus << ' ' << row.history.info.closeCode);
    CHECK(judge(row.history, rules()).retryable == row.retryable);
    row.history.audioBytesSent = 1;
    CHECK_FALSE(judge(row.history, rules()).retryable);
    CHECK(judge(row.history, rules()).audioBytesSent == 1);
  }
}

TEST_CASE("an error without words is still told") {
  StreamHistory history = opened();
  history.serverError.emplace();
  CHECK(judge(history, rules()).info.message == "The server failed the stream: it gave no reason.");
}

TEST_CASE("a handler's exception explains a cancelled stream, and is with every other verdict") {
  const auto thrown = std::make_exception_ptr(std::runtime_error("boom"));
  StreamHistory history = afterEnd();
  SECTION("closed for it") {
    history.cancelled = true;
    history.error = Errc::cancelled;
    history.info.message = "Closed.";
    Verdict verdict = judge(history, rules());
    addException(verdict, thrown);
    CHECK(verdict.exception == thrown);
    CHECK(verdict.info.message.find("An event handler threw an exception: boom.") == 0);
  }
  SECTION("the server had failed it") {
    Verdict verdict = judge(failed(history), rules());
    const std::string message = verdict.info.message;
    addException(verdict, thrown);
    CHECK(verdict.outcome == Outcome::failed);
    CHECK(verdict.exception == thrown);
    CHECK(verdict.info.message == message);
  }
  SECTION("all results were there") {
    history.serverEnded = true;
    Verdict verdict = judge(history, rules());
    REQUIRE(verdict.isSuccess());
    addException(verdict, thrown);
    CHECK(verdict.outcome == Outcome::complete);
    CHECK_FALSE(verdict.isSuccess());
  }
}

TEST_CASE("a close code that the profile lists says what a server without an error means") {
  VerdictRules listed = rules();
  listed.authenticationErrors = {"1008"};
  listed.authorizationErrors = {"4003"};
  listed.passingErrors = {"4005"};
  const auto history = GENERATE(opened(), afterEnd());
  CHECK(judge(closed(history, 1008), listed).error == Errc::notAuthenticated);
  CHECK_FALSE(judge(closed(history, 1008), listed).retryable);
  CHECK(judge(closed(history, 1008), listed).info.message ==
        "The server closed the connection. By this code the server refuses the credentials.");
  CHECK(judge(closed(history, 4003), listed).error == Errc::notAuthorized);
  const Verdict passing = judge(closed(history, 4005), listed);
  CHECK(passing.error == Errc::connectionClosed);
  CHECK(passing.retryable);
  CHECK_FALSE(judge(closed(history, 4006), listed).retryable);
  StreamHistory withAudio = history;
  withAudio.audioBytesSent = 1;
  CHECK_FALSE(judge(closed(withAudio, 4005), listed).retryable);
  StreamHistory endedHere = closed(history, 1008);
  endedHere.endedHere = true;
  CHECK(judge(endedHere, listed).error == Errc::connectionClosed);
}

TEST_CASE("an error of the server counts more than the code that it closes with") {
  VerdictRules listed = rules();
  listed.authenticationErrors = {"1008"};
  CHECK(judge(closed(failed(opened(), 400, "BAD"), 1008), listed).error == Errc::remoteFailed);
}
