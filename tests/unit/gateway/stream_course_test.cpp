#include "wsferry/gateway/detail/session/stream_course.hpp"

#include <functional>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

namespace {

ErrorInfo saying(std::string message, std::uint16_t closeCode = 0) {
  ErrorInfo info;
  info.message = std::move(message);
  info.closeCode = closeCode;
  return info;
}

/// A course and what it had its owner do. The test is the owner, and moves the time.
struct Course {
  explicit Course(StreamOptions wanted = {})
      : options(std::move(wanted)), settings(makeStreamSettings(options)), course(settings) {}

  StreamOptions options;
  StreamSettings settings;
  StreamCourse course;
  TimePoint now{std::chrono::hours(1)};
  StreamCourse::Line line;
  StreamCourse::Sent sent;

  std::vector<std::error_code> stops;
  int flows = 0;
  int listens = 0;
  int closes = 0;
  std::vector<StreamCourse::Reason> aborts;
  int conclusions = 0;
  bool canTell = true;  ///< Giving the verdict does not throw.

  void take(StreamCourse::Step step) {
    if (step.stop) {
      stops.push_back(*step.stop);
    }
    flows += step.flow ? 1 : 0;
    listens += step.listen ? 1 : 0;
    closes += step.close ? 1 : 0;
    if (step.abort) {
      aborts.push_back(std::move(*step.abort));
    }
    if (step.conclude) {
      ++conclusions;
      if (canTell) {
        course.onTold();
      }
    }
  }

  int actions() const {
    return static_cast<int>(stops.size() + aborts.size()) + flows + listens + closes + conclusions;
  }

  void connect() { take(course.onConnect()); }
  void open() {
    connect();
    take(course.onOpened(now));
  }
  void stream() {
    open();
    take(course.onMetadata());
  }
  void finish() { take(course.onFinish(now)); }
  /// Our end of stream is asked for, and sent.
  bool sendEnd() {
    finish();
    return course.onEndSent(now);
  }
  void fail() {
    ErrorResponse response;
    response.statusCode = 500;
    response.title = "Title";
    take(course.onServerError(std::move(response), now));
  }
  void serverEnds() { take(course.onServerEnd(now)); }
  void peerCloses(std::uint16_t code = 1000) {
    take(course.onClosed({Errc::connectionClosed, saying("It closed.", code)}));
  }
  void connectionBreaks() { take(course.onClosed({Errc::connectionLost, saying("It broke.")})); }
  /// The transport has closed, or dropped the connection, as it was told.
  void closed() {
    take(course.onClosed(aborts.empty() ? StreamCourse::Reason{Errc::cancelled, {}}
                                        : aborts.back()));
  }
  void cancel() { take(course.cancel("Closed here.", now)); }
  void drop() { take(course.drop(now)); }
  void throwOnThread() {
    take(course.onException(std::make_exception_ptr(std::runtime_error("boom")), "It threw."));
  }
  void loseLine(LineWatch::Action how) { take(course.onLineLost(how)); }

  /// Time passes, and what is due is done.
  void advance(Duration duration) {
    now += duration;
    take(course.onTime(now, line));
  }
  /// To just before the next deadline, where nothing is due yet, then to it.
  void advanceToDeadline() {
    REQUIRE(course.nextDeadline() != TimePoint::max());
    const int before = actions();
    now = course.nextDeadline() - TimePoint::duration(1);
    take(course.onTime(now, line));
    REQUIRE(actions() == before);
    now += TimePoint::duration(1);
    take(course.onTime(now, line));
  }
  Duration untilDeadline() const {
    return std::chrono::duration_cast<Duration>(course.nextDeadline() - now);
  }

  /// Everything that may come late comes, twice, and does nothing.
  void requireNothingFollows() {
    REQUIRE(conclusions == 1);
    REQUIRE(course.state() == StreamState::closed);
    const int before = actions();
    const Outcome outcome = verdict().outcome;
    for (int i = 0; i < 2; ++i) {
      take(course.onMetadata());
      fail();
      serverEnds();
      finish();
      cancel();
      drop();
      loseLine(LineWatch::Action::declareDead);
      peerCloses();
      throwOnThread();
      take(course.onNotOpened({Errc::connectFailed, {}}));
      advance(std::chrono::hours(24));
    }
    CHECK(actions() == before);
    CHECK(course.nextDeadline() == TimePoint::max());
    CHECK(course.state() == StreamState::closed);
    CHECK_FALSE(course.hears());
    CHECK_FALSE(course.sendsAudio());
    CHECK(verdict().outcome == outcome);
  }

  Verdict verdict() const { return course.verdict(sent); }
};

/// A moment of a stream, or an event that ends it.
struct Named {
  const char* name;
  std::function<void(Course&)> go;
};

std::vector<Named> openMoments() {
  return {{"announcement awaited", [](Course& c) { c.open(); }},
          {"streaming", [](Course& c) { c.stream(); }},
          {"draining",
           [](Course& c) {
             c.stream();
             c.finish();
           }},
          {"end sent",
           [](Course& c) {
             c.stream();
             c.sendEnd();
           }},
          {"the server has ended",
           [](Course& c) {
             c.stream();
             c.serverEnds();
           }},
          {"the server has failed",
           [](Course& c) {
             c.stream();
             c.fail();
           }},
          {"we have closed", [](Course& c) {
             c.stream();
             c.cancel();
           }}};
}

StreamOptions uploading(KeepAliveMode keepAlive = KeepAliveMode::ping) {
  StreamOptions options;
  options.egress = false;
  options.keepAlive = keepAlive;
  return options;
}

}  // namespace

TEST_CASE("audio flows from the announcement on, once") {
  Course c;
  CHECK(c.course.state() == StreamState::idle);
  CHECK_FALSE(c.course.hasStarted());
  c.open();
  CHECK(c.course.hasStarted());
  CHECK(c.course.state() == StreamState::awaitingMetadata);
  CHECK_FALSE(c.course.sendsAudio());
  CHECK(c.untilDeadline() == c.settings.metadataTimeout);
  c.take(c.course.onMetadata());
  CHECK(c.course.state() == StreamState::streaming);
  CHECK(c.course.sendsAudio());
  CHECK(c.course.nextDeadline() == TimePoint::max());
  c.take(c.course.onMetadata());
  CHECK(c.flows == 1);
  CHECK(c.actions() == 1);
}

TEST_CASE("audio flows at once where no announcement is awaited") {
  StreamOptions options;
  options.waitForMetadata = false;
  Course c(options);
  c.open();
  CHECK(c.course.state() == StreamState::streaming);
  CHECK(c.flows == 1);
  c.take(c.course.onMetadata());
  CHECK(c.actions() == 1);
}

TEST_CASE("finish() drains, and its limit counts from when audio could be sent") {
  Course c;
  SECTION("while it streams") {
    c.stream();
    c.finish();
    CHECK(c.flows == 2);
  }
  SECTION("while the announcement is awaited") {
    c.open();
    c.finish();
    CHECK(c.flows == 0);
    c.take(c.course.onMetadata());
    CHECK(c.flows == 1);
  }
  SECTION("while it connects") {
    c.connect();
    c.finish();
    CHECK(c.course.state() == StreamState::connecting);
    CHECK(c.course.nextDeadline() == TimePoint::max());
    c.now += std::chrono::hours(1);
    c.take(c.course.onOpened(c.now));
    c.take(c.course.onMetadata());
    CHECK(c.flows == 1);
  }
  CHECK(c.course.state() == StreamState::draining);
  CHECK(c.course.sendsAudio());
  CHECK(c.course.isFinishing());
  CHECK(c.untilDeadline() == c.settings.drainTimeout);
  const int before = c.actions();
  c.now += Duration(1);
  c.finish();
  CHECK(c.actions() == before);
  CHECK(c.untilDeadline() == c.settings.drainTimeout - Duration(1));
}

TEST_CASE("behind the end of an upload a ping asks whether it has come") {
  CHECK_FALSE([] {
    Course c;
    c.stream();
    return c.sendEnd();
  }());
  for (const auto mode : {KeepAliveMode::ping, KeepAliveMode::both}) {
    Course c(uploading(mode));
    c.open();
    CHECK(c.sendEnd());
    CHECK(c.untilDeadline() == c.settings.uploadTimeout);
    CHECK_FALSE(c.course.sendsAudio());
  }
  for (const auto mode : {KeepAliveMode::message, KeepAliveMode::off}) {
    Course c(uploading(mode));
    c.open();
    CHECK_FALSE(c.sendEnd());
  }
}

TEST_CASE("every end of the connection concludes once, at every moment") {
  for (const Named& moment : openMoments()) {
    for (const Named& end :
         std::vector<Named>{{"closed normally", [](Course& c) { c.peerCloses(); }},
                            {"closed with a code", [](Course& c) { c.peerCloses(1011); }},
                            {"broken", [](Course& c) { c.connectionBreaks(); }},
                            {"as told", [](Course& c) { c.closed(); }}}) {
      INFO(moment.name << ", " << end.name);
      Course c;
      moment.go(c);
      const int before = c.actions();
      end.go(c);
      CHECK(c.actions() == before + 1);
      c.requireNothingFollows();
    }
  }
}

TEST_CASE("a connection that does not open is the end") {
  Course c;
  c.connect();
  SECTION("refused") {
    ErrorResponse refusal;
    refusal.title = "Not now";
    c.take(c.course.onNotOpened({Errc::upgradeRefused, saying("Refused.")}, refusal));
    CHECK(c.verdict().outcome == Outcome::refused);
    CHECK(c.verdict().response.title == "Not now");
    CHECK(c.verdict().error == Errc::upgradeRefused);
  }
  SECTION("without a secret") {
    const auto thrown = std::make_exception_ptr(std::runtime_error("no key"));
    c.take(c.course.onNotOpened({Errc::invalidState, saying("No secret.")}, {}, thrown));
    CHECK(c.verdict().outcome == Outcome::refused);
    CHECK(c.verdict().exception == thrown);
    CHECK(c.verdict().info.message == "No secret.");
  }
  CHECK(c.actions() == 1);
  c.requireNothingFollows();
}

TEST_CASE("the server's end stops the sending, and the connection is closed from here if need be") {
  Course c;
  c.stream();
  const bool isAsked = GENERATE(true, false);
  if (isAsked) {
    c.sendEnd();
  }
  c.sent.audioBytes = 5;
  c.serverEnds();
  CHECK(c.course.state() == StreamState::closing);
  CHECK(c.stops == std::vector<std::error_code>{Errc::invalidState});
  CHECK(c.closes == 0);
  CHECK(c.untilDeadline() == c.settings.closeTimeout);
  c.now += Duration(1);
  c.serverEnds();
  CHECK(c.untilDeadline() == c.settings.closeTimeout - Duration(1));
  SECTION("it closes") {
    c.peerCloses(GENERATE(as<std::uint16_t>(), 1000, 1011));
  }
  SECTION("it breaks the connection") {
    c.connectionBreaks();
  }
  SECTION("it does nothing: it is closed, then dropped") {
    c.advanceToDeadline();
    CHECK(c.closes == 1);
    CHECK(c.aborts.empty());
    CHECK(c.untilDeadline() == c.settings.closeTimeout);
    SECTION("it answers") {
      c.closed();
      CHECK(c.aborts.empty());
    }
    SECTION("it does not") {
      c.advanceToDeadline();
      REQUIRE(c.aborts.size() == 1);
      CHECK(c.aborts[0].error == Errc::timedOut);
      CHECK(c.aborts[0].info.message.find("close frame") != std::string::npos);
      CHECK(c.course.nextDeadline() == TimePoint::max());
      c.closed();
    }
    CHECK(c.closes == 1);
  }
  CHECK(c.verdict().outcome == Outcome::complete);
  CHECK(c.verdict().endedByServer == !isAsked);
  c.requireNothingFollows();
}

TEST_CASE("audio that was dropped for the server's end makes it an early one") {
  Course c;
  c.stream();
  c.serverEnds();
  c.sent.audioBytes = 5;
  c.course.onDropped(0);
  CHECK(c.verdict().outcome == Outcome::complete);
  c.course.onDropped(3);
  c.course.onDropped(0);
  c.peerCloses();
  CHECK(c.verdict().outcome == Outcome::endedEarly);
  c.requireNothingFollows();
}

TEST_CASE("an error of the server fails the stream, also one that closes with 1000") {
  Course c;
  for (const bool isAnnounced : {true, false}) {
    Course each;
    isAnnounced ? each.stream() : each.open();
    each.fail();
    CHECK(each.stops == std::vector<std::error_code>{Errc::remoteFailed});
    CHECK(each.untilDeadline() == each.settings.closeTimeout);
    each.peerCloses(1000);
    CHECK(each.verdict().outcome == Outcome::failed);
    each.requireNothingFollows();
  }
  c.stream();
  SECTION("the first error counts") {
    c.fail();
    ErrorResponse second;
    second.title = "Second";
    c.take(c.course.onServerError(second, c.now));
    CHECK(c.stops.size() == 2);
    CHECK(c.closes == 0);
    c.connectionBreaks();
    CHECK(c.verdict().response.title == "Title");
  }
  SECTION("it counts more than an end before it") {
    c.serverEnds();
    c.fail();
    c.peerCloses();
  }
  SECTION("and behind it") {
    c.fail();
    c.serverEnds();
    c.take(c.course.onMetadata());
    CHECK(c.course.state() == StreamState::closing);
    c.peerCloses();
  }
  SECTION("it counts also when the connection was closed from here") {
    c.fail();
    c.advanceToDeadline();
    c.closed();
  }
  CHECK(c.verdict().outcome == Outcome::failed);
  CHECK(c.verdict().error == Errc::remoteFailed);
  c.requireNothingFollows();
}

TEST_CASE("an announcement that does not come in time ends the stream") {
  Course c;
  c.open();
  if (GENERATE(false, true)) {
    c.finish();
  }
  c.advanceToDeadline();
  CHECK(c.now == TimePoint(std::chrono::hours(1)) + c.settings.metadataTimeout);
  CHECK(c.stops == std::vector<std::error_code>{Errc::timedOut});
  CHECK(c.closes == 1);
  CHECK(c.course.state() == StreamState::closing);
  c.take(c.course.onMetadata());
  CHECK(c.flows == 0);
  SECTION("the close is answered") {
    c.closed();
  }
  SECTION("it is not") {
    c.advanceToDeadline();
    CHECK(c.aborts.size() == 1);
    c.closed();
  }
  CHECK(c.verdict().outcome == Outcome::lost);
  CHECK(c.verdict().cause == LossCause::streamNotCreated);
  CHECK(c.verdict().error == Errc::timedOut);
  CHECK(c.verdict().info.message.find("did not announce the stream") != std::string::npos);
  c.requireNothingFollows();
}

TEST_CASE("audio that is not sent in the drain's limit is lost") {
  Course c;
  c.stream();
  c.finish();
  c.advanceToDeadline();
  CHECK(c.now == TimePoint(std::chrono::hours(1)) + c.settings.drainTimeout);
  CHECK(c.stops == std::vector<std::error_code>{Errc::timedOut});
  CHECK(c.closes == 1);
  c.closed();
  CHECK(c.verdict().outcome == Outcome::lost);
  CHECK(c.verdict().error == Errc::timedOut);
  CHECK(c.verdict().info.message.find(" after its end.") != std::string::npos);
  c.requireNothingFollows();
}

TEST_CASE("a server that does not end the stream in the drain's limit leaves results out") {
  Course c;
  c.stream();
  c.finish();
  c.advance(c.settings.drainTimeout - Duration(1));
  CHECK(c.closes == 0);
  CHECK_FALSE(c.course.onEndSent(c.now));
  CHECK(c.untilDeadline() == c.settings.drainTimeout);
  c.advanceToDeadline();
  CHECK(c.stops == std::vector<std::error_code>{Errc::timedOut});
  CHECK(c.closes == 1);
  c.closed();
  CHECK(c.verdict().outcome == Outcome::incomplete);
  CHECK(c.verdict().error == Errc::timedOut);
  CHECK(c.verdict().info.message.find(" after the end of the audio.") != std::string::npos);
  c.requireNothingFollows();
}

TEST_CASE("while the program takes no events, silence is not the server's") {
  SECTION("with results") {
    Course c;
    c.stream();
    c.sendEnd();
    c.course.onPaused();
    c.advanceToDeadline();
    CHECK(c.closes == 0);
    CHECK(c.untilDeadline() == c.settings.drainTimeout);
    c.course.onResumed(true);
    CHECK_FALSE(c.course.isPaused());
    c.advanceToDeadline();
    CHECK(c.closes == 1);
    c.closed();
    c.requireNothingFollows();
  }
  SECTION("of an upload") {
    Course c(uploading(KeepAliveMode::off));
    c.open();
    c.sendEnd();
    c.course.onPaused();
    c.advanceToDeadline();
    CHECK(c.closes == 0);
    CHECK(c.untilDeadline() == c.settings.uploadTimeout);
    c.course.onResumed(true);
    c.advanceToDeadline();
    CHECK(c.closes == 1);
    c.closed();
    CHECK(c.verdict().outcome == Outcome::uploaded);
    c.requireNothingFollows();
  }
}

TEST_CASE("when an end came that nobody read is not known") {
  const bool isUnheard = GENERATE(true, false);
  Course c;
  c.stream();
  c.course.onPaused();
  c.course.onResumed(!isUnheard);
  c.connectionBreaks();
  c.sent.since = c.settings.rules.inactivityLimit;
  CHECK(c.verdict().cause == (isUnheard ? LossCause::transport : LossCause::inactivity));
}

TEST_CASE("an upload is over when silence follows what the server provably has") {
  const auto mode = GENERATE(KeepAliveMode::off, KeepAliveMode::ping);
  Course c(uploading(mode));
  c.open();
  c.sendEnd();
  SECTION("it has it") {
    c.line.isEndAnswered = true;
    c.advanceToDeadline();
    CHECK(c.stops == std::vector<std::error_code>{Errc::invalidState});
    CHECK(c.closes == 1);
    SECTION("it answers the close") {
      c.closed();
    }
    SECTION("it does not") {
      c.advanceToDeadline();
      c.closed();
    }
    CHECK(c.verdict().outcome == Outcome::uploaded);
  }
  SECTION("the network has not taken it") {
    c.line.isEndAnswered = true;
    c.line.unsent = 1;
    c.advanceToDeadline();
    CHECK(c.closes == 0);
    CHECK(c.untilDeadline() == c.settings.uploadTimeout / 5);
    SECTION("and takes it then") {
      c.line.unsent = 0;
      c.advanceToDeadline();
      CHECK(c.closes == 1);
      c.closed();
      CHECK(c.verdict().outcome == Outcome::uploaded);
    }
    SECTION("and never does, for the drain's limit") {
      const TimePoint asked = c.now;
      while (c.closes == 0) {
        c.advanceToDeadline();
      }
      CHECK(c.now - asked < c.settings.drainTimeout + c.settings.uploadTimeout);
      c.closed();
      CHECK(c.verdict().outcome == Outcome::lost);
      CHECK(c.verdict().error == Errc::timedOut);
    }
  }
  SECTION("the ping behind the end is not answered") {
    c.advanceToDeadline();
    // Where no ping asks, nothing is to come.
    CHECK(c.closes == (mode == KeepAliveMode::off ? 1 : 0));
    c.peerCloses();
    CHECK(c.verdict().outcome == Outcome::uploaded);
  }
  c.requireNothingFollows();
}

TEST_CASE("a line that is declared lost is dropped, and that is the reason") {
  for (const Named& moment : openMoments()) {
    for (const auto how : {LineWatch::Action::declareDead, LineWatch::Action::declareStalled}) {
      INFO(moment.name);
      Course c;
      moment.go(c);
      const std::size_t stops = c.stops.size();
      c.loseLine(how);
      REQUIRE(c.aborts.size() == 1);
      CHECK(c.aborts[0].error == Errc::connectionLost);
      const bool isDead = how == LineWatch::Action::declareDead;
      CHECK(c.aborts[0].info.message.find(isDead ? "did not answer a ping" : "accepted nothing") !=
            std::string::npos);
      CHECK(c.stops.size() == stops + 1);
      CHECK(c.course.state() == StreamState::closing);
      c.closed();
      c.requireNothingFollows();
    }
  }
  Course c;
  c.stream();
  c.loseLine(LineWatch::Action::declareDead);
  c.connectionBreaks();
  CHECK(c.verdict().info.message.find("The server did not answer a ping") == 0);
  // A limit of ours ended it, not the server's.
  c.sent.since = c.settings.rules.inactivityLimit;
  CHECK(c.verdict().cause == LossCause::transport);
}

TEST_CASE("a cancelled stream is closed once, heard no more, and over when it is closed") {
  for (const Named& moment : openMoments()) {
    for (const bool isAnswered : {true, false}) {
      INFO(moment.name);
      Course c;
      moment.go(c);
      const int listens = c.listens;
      c.cancel();
      c.cancel();
      CHECK(c.closes == 1);
      CHECK(c.listens == listens + 2);
      CHECK(c.stops.back() == Errc::cancelled);
      CHECK_FALSE(c.course.hears());
      CHECK(c.conclusions == 0);
      CHECK(c.course.state() == StreamState::closing);
      if (!isAnswered) {
        c.advanceToDeadline();
        REQUIRE(c.aborts.size() == 1);
        CHECK(c.aborts[0].error == Errc::timedOut);
      }
      c.closed();
      c.requireNothingFollows();
    }
  }
}

TEST_CASE("a cancelled stream was cancelled, unless the server had said how it ended") {
  Course c;
  c.stream();
  SECTION("it had not") {
    c.cancel();
    c.closed();
    CHECK(c.verdict().outcome == Outcome::cancelled);
    CHECK(c.verdict().error == Errc::cancelled);
    CHECK(c.verdict().info.message == "Closed here.");
  }
  SECTION("it had ended it") {
    c.sendEnd();
    c.serverEnds();
    c.cancel();
    c.closed();
    CHECK(c.verdict().outcome == Outcome::complete);
  }
  SECTION("it had failed it") {
    c.fail();
    c.cancel();
    c.closed();
    CHECK(c.verdict().outcome == Outcome::failed);
  }
  SECTION("a limit had ended it") {
    c.finish();
    c.advanceToDeadline();
    c.cancel();
    c.closed();
    CHECK(c.verdict().outcome == Outcome::lost);
    CHECK(c.verdict().error == Errc::timedOut);
  }
}

TEST_CASE("a stream that is closed for a failure of this side's ends with that failure") {
  Course c;
  c.stream();
  c.take(c.course.cancel({Errc::fileFailed, saying("cannot read a.wav")}, c.now));
  CHECK(c.closes == 1);
  REQUIRE(c.stops.size() == 1);
  CHECK(c.stops[0] == Errc::fileFailed);
  CHECK_FALSE(c.course.hears());
  c.take(c.course.onClosed({Errc::cancelled, {}}));
  const Verdict verdict = c.course.verdict(c.sent);
  CHECK(verdict.outcome == Outcome::cancelled);
  CHECK(verdict.error == Errc::fileFailed);
  CHECK(verdict.info.message == "cannot read a.wav");
}

TEST_CASE("a stream that is cancelled while it connects concludes at once") {
  Course c;
  c.connect();
  SECTION("closed") {
    c.cancel();
  }
  SECTION("destroyed") {
    c.drop();
  }
  CHECK(c.stops == std::vector<std::error_code>{Errc::cancelled});
  CHECK(c.closes == 0);
  CHECK(c.aborts.empty());
  CHECK(c.verdict().outcome == Outcome::cancelled);
  c.requireNothingFollows();
}

TEST_CASE("a stream that ended before connect() has its verdict from there") {
  Course c;
  SECTION("closed") {
    c.cancel();
    CHECK(c.stops.size() == 1);
  }
  SECTION("destroyed") {
    c.drop();
    CHECK(c.stops.size() == 1);
  }
  SECTION("by an exception") {
    c.throwOnThread();
    CHECK(c.aborts.size() == 1);  // A connection may be there already.
  }
  CHECK(c.course.state() == StreamState::closed);
  CHECK(c.conclusions == 0);
  const int before = c.actions();
  c.connect();
  CHECK(c.actions() == before + 1);
  CHECK(c.verdict().error);
  c.requireNothingFollows();
}

TEST_CASE("a stream that is destroyed drops its connection, and concludes at once") {
  for (const Named& moment : openMoments()) {
    INFO(moment.name);
    Course c;
    moment.go(c);
    const std::size_t aborts = c.aborts.size();
    c.drop();
    REQUIRE(c.aborts.size() == aborts + 1);
    CHECK(c.aborts.back().error == Errc::cancelled);
    CHECK(c.closes == 1);
    c.requireNothingFollows();
  }
}

TEST_CASE("an exception on the stream's thread ends it at once, and is in the verdict") {
  for (const Named& moment : openMoments()) {
    INFO(moment.name);
    Course c;
    moment.go(c);
    c.throwOnThread();
    REQUIRE(c.aborts.size() == 1);
    CHECK(c.aborts[0].error == Errc::invalidState);
    CHECK(c.stops.back() == Errc::invalidState);
    CHECK(c.verdict().exception);
    c.requireNothingFollows();
  }
  Course c;
  c.connect();
  c.take(c.course.onException(std::make_exception_ptr(std::bad_alloc()), "It threw."));
  CHECK(c.verdict().error == Errc::outOfResources);
  CHECK(c.verdict().info.message == "It threw.");
  c.requireNothingFollows();
}

TEST_CASE("a finish() that is cancelled has a verdict, and the stream goes on") {
  Course c;
  c.stream();
  c.finish();
  c.sent.audioBytes = 7;
  const TimePoint deadline = c.course.nextDeadline();
  const Verdict verdict = c.course.withoutFinish(c.sent);
  CHECK(verdict.outcome == Outcome::cancelled);
  CHECK(verdict.error == Errc::cancelled);
  CHECK(verdict.audioBytesSent == 7);
  CHECK(c.course.state() == StreamState::draining);
  CHECK(c.course.nextDeadline() == deadline);
  CHECK_FALSE(c.course.onEndSent(c.now));
  c.serverEnds();
  const Verdict late = c.course.withoutFinish(c.sent);
  CHECK(late.outcome == Outcome::cancelled);
  CHECK(late.error == Errc::cancelled);
  CHECK_FALSE(late.endedByServer);
  CHECK(late.info.message == verdict.info.message);
  c.peerCloses();
  CHECK(c.verdict().outcome == Outcome::complete);
  c.requireNothingFollows();
}

TEST_CASE("the first reason is the one that counts") {
  Course c;
  c.stream();
  c.finish();
  c.advanceToDeadline();
  c.loseLine(LineWatch::Action::declareDead);
  c.connectionBreaks();
  CHECK(c.verdict().error == Errc::timedOut);
  c.requireNothingFollows();
}

TEST_CASE("a verdict that could not be given is asked for again, with the exception") {
  Course c;
  c.stream();
  c.canTell = false;
  c.peerCloses();
  CHECK(c.conclusions == 1);
  c.canTell = true;
  c.throwOnThread();
  CHECK(c.conclusions == 2);
  CHECK(c.verdict().exception);
  CHECK(c.verdict().error == Errc::connectionClosed);
  c.throwOnThread();
  CHECK(c.conclusions == 2);
}

TEST_CASE("once the connection is dropped, no word of the server's starts another wait") {
  Course c;
  c.stream();
  c.finish();
  c.advanceToDeadline();
  c.advanceToDeadline();
  REQUIRE(c.aborts.size() == 1);
  c.serverEnds();
  CHECK(c.course.nextDeadline() == TimePoint::max());
  c.closed();
  c.requireNothingFollows();
}
