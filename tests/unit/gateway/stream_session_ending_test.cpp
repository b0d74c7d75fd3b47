#include <algorithm>

#include "catch.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

TEST_CASE_METHOD(StreamFixture, "the server's end is success, however the connection ends then") {
  open();
  finish();
  peer->receive(endMessage);
  CHECK(verdicts.empty());
  SECTION("its close frame") {
    closeByPeer();
  }
  SECTION("another code") {
    closeByPeer(1011);
  }
  SECTION("reset") {
    loseConnection();
  }
  SECTION("nothing: it is closed after the limit") {
    peer->advance(options.closeTimeout - Duration(1));
    CHECK_FALSE(peer->closeCode());
    peer->advance(Duration(1));
    CHECK(peer->closeCode() == 1000);
  }
  SECTION("nothing, nor an answer to the close") {
    peer->answersClose = false;
    peer->advance(2 * options.closeTimeout);
    CHECK(peer->isAborted());
  }
  SECTION("we close") {
    stream->close();
  }
  CHECK(verdict().outcome == Outcome::complete);
  CHECK_FALSE(verdict().error);
  CHECK(stream->state() == StreamState::closed);
  CHECK(finished.completions == 1);
}

TEST_CASE_METHOD(StreamFixture, "an error of the server fails the stream at any moment") {
  const bool announced = GENERATE(true, false);
  if (announced) {
    open();
  } else {
    connect();
  }
  if (GENERATE(false, true)) {
    finish();
  }
  peer->unsentBytes = 1 << 20;
  send("held");
  const std::size_t sentBefore = peer->sent().size();
  const unsigned pingsBefore = peer->pings();
  peer->receive(errorMessage());
  CHECK(stream->state() == StreamState::closing);
  CHECK(stream->queuedBytes() == 0);
  send("late");
  CHECK(sendResult());
  peer->drain();
  SECTION("it closes") {
    closeByPeer();
  }
  SECTION("it closes with a code") {
    closeByPeer(1011);
  }
  SECTION("it drops") {
    loseConnection();
  }
  SECTION("it says nothing") {
    peer->advance(options.closeTimeout);
    CHECK(peer->closeCode() == 1000);
  }
  CHECK(peer->sent().size() == sentBefore);
  CHECK(peer->pings() == pingsBefore);
  CHECK(verdict().outcome == Outcome::failed);
  CHECK(verdict().error == Errc::remoteFailed);
  CHECK(verdict().response.title == "Stream failed");
  CHECK(verdict().info.remoteCode == "PROCESSOR_GENERAL_ERROR");
  CHECK(verdict().audioBytesSent == 0);
  CHECK(connected.completions == 1);
  CHECK((connectResult() == std::error_code()) == announced);
}

TEST_CASE_METHOD(StreamFixture,
                 "an error wins over an end, in either order, and the first counts") {
  open();
  finish();
  SECTION("end, error") {
    peer->receive(endMessage);
    peer->receive(errorMessage("FIRST"));
  }
  SECTION("error, end") {
    peer->receive(errorMessage("FIRST"));
    peer->receive(endMessage);
  }
  SECTION("error, error") {
    peer->receive(errorMessage("FIRST"));
    peer->receive(errorMessage("SECOND"));
  }
  closeByPeer();
  CHECK(verdict().outcome == Outcome::failed);
  CHECK(verdict().response.internalErrorName == "FIRST");
}

TEST_CASE_METHOD(StreamFixture, "an error about nothing that was sent may pass") {
  open();
  const bool hasSent = GENERATE(false, true);
  if (hasSent) {
    send("audio");
  }
  peer->receive(errorMessage("PULSAR_ERROR"));
  closeByPeer();
  CHECK(verdict().audioBytesSent == (hasSent ? 5 : 0));
  CHECK(verdict().retryable == !hasSent);
}

TEST_CASE_METHOD(StreamFixture, "a close without a word before our end is a loss") {
  open();
  SECTION("after audio") {
    send("audio");
    closeByPeer();
    CHECK(verdict().cause == LossCause::closedByServer);
    CHECK(verdict().error == Errc::connectionClosed);
    CHECK(verdict().info.closeCode == 1000);
  }
  SECTION("with another code") {
    closeByPeer(1011);
    CHECK(verdict().cause == LossCause::transport);
    CHECK(verdict().info.closeCode == 1011);
    CHECK(verdict().retryable);
  }
  SECTION("without a close frame") {
    loseConnection();
    CHECK(verdict().cause == LossCause::transport);
    CHECK(verdict().error == Errc::connectionLost);
  }
  CHECK(verdict().outcome == Outcome::lost);
}

TEST_CASE_METHOD(StreamFixture, "the server's limits tell why it ended a stream without a word") {
  SECTION("long silence of ours") {
    options.keepAlive = KeepAliveMode::off;
    open();
    peer->advance(options.inactivityLimit);
    GENERATE(0, 1) == 0 ? closeByPeer() : loseConnection();
    CHECK(verdict().cause == LossCause::inactivity);
  }
  SECTION("nothing but keep-alive") {
    options.idleLimit = Duration(60'000);
    open();
    for (Duration passed(0); passed < options.idleLimit; passed += options.keepAliveInterval) {
      peer->advance(options.keepAliveInterval);
      peer->receiveBytes();
    }
    GENERATE(0, 1) == 0 ? closeByPeer() : loseConnection();
    CHECK(verdict().cause == LossCause::idle);
  }
  CHECK(verdict().outcome == Outcome::lost);
}

TEST_CASE_METHOD(StreamFixture, "before the announcement nothing was created") {
  connect();
  GENERATE(0, 1) == 0 ? closeByPeer() : loseConnection();
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().cause == LossCause::streamNotCreated);
  CHECK(connectResult() == verdict().error);
}

TEST_CASE_METHOD(StreamFixture, "after our end and without the server's, results are missing") {
  open();
  send("audio");
  finish();
  SECTION("it closes") {
    closeByPeer();
    CHECK(verdict().error == Errc::connectionClosed);
    CHECK(verdict().info.closeCode == 1000);
  }
  SECTION("it drops") {
    loseConnection();
    CHECK(verdict().error == Errc::connectionLost);
  }
  SECTION("it says nothing for the drain's limit") {
    for (Duration passed(0); passed < options.drainTimeout; passed += Duration(5'000)) {
      CHECK(verdicts.empty());
      peer->advance(Duration(5'000));
      peer->receiveBytes();
    }
    CHECK(peer->closeCode() == 1000);
    CHECK(verdict().error == Errc::timedOut);
  }
  CHECK(verdict().outcome == Outcome::incomplete);
  CHECK(finishResult().outcome == Outcome::incomplete);
}

TEST_CASE_METHOD(StreamFixture, "what comes after our close for the drain's limit is too late") {
  options.keepAlive = KeepAliveMode::off;
  peer->answersClose = false;
  open();
  finish();
  peer->advance(options.drainTimeout);
  CHECK(peer->closeCode() == 1000);
  peer->receive(responseMessage("last"));
  peer->receive(endMessage);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::incomplete);
  CHECK(verdict().error == Errc::timedOut);
}

TEST_CASE_METHOD(StreamFixture, "audio that cannot be sent in the drain's limit is lost") {
  options.keepAlive = KeepAliveMode::off;
  options.sendTimeout = 2 * options.drainTimeout;
  open();
  peer->unsentBytes = 1 << 20;
  send("audio");
  finish();
  peer->advance(options.drainTimeout);
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().error == Errc::timedOut);
  CHECK(verdict().audioBytesUnsent == 5);
}

TEST_CASE_METHOD(StreamFixture, "where a profile says so, a close after our end is all") {
  options.profile.closeCompletes = true;
  open();
  finish();
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
}

TEST_CASE_METHOD(StreamFixture, "without egress the upload is over by an end, a close or silence") {
  options.egress = false;
  open();
  send("audio");
  finish();
  SECTION("end") {
    peer->receive(endMessage);
    closeByPeer();
  }
  SECTION("close") {
    closeByPeer();
  }
  SECTION("silence, and we close") {
    peer->advance(Duration(1));
    peer->answerPings();
    peer->advance(options.uploadTimeout - Duration(2));
    CHECK_FALSE(peer->closeCode());
    peer->advance(Duration(1));
    CHECK(peer->closeCode() == 1000);
  }
  CHECK(verdict().outcome == Outcome::uploaded);
  CHECK_FALSE(verdict().error);
  CHECK(verdict().audioBytesSent == 5);
}

TEST_CASE_METHOD(StreamFixture, "silence is no upload while the server may not have it all") {
  options.egress = false;
  open();
  send("audio");
  SECTION("because the ping behind our end is not answered, whatever crosses it") {
    peer->advance(options.keepAliveInterval);
    REQUIRE(peer->pings() == 1);
    finish();
    REQUIRE(peer->pings() == 2);
    peer->advance(Duration(1));
    SECTION("nothing") {}
    SECTION("the announcement") {
      peer->receive(metadataMessage);
    }
    SECTION("the answer to the ping before") {
      peer->answerPings(1);
    }
    peer->advance(options.uploadTimeout);
    CHECK(verdicts.empty());
    peer->advance(options.keepAliveInterval + options.pongTimeout);
    CHECK(verdict().error == Errc::connectionLost);
  }
  SECTION("because the network has not taken it") {
    options.keepAlive = KeepAliveMode::off;
    stream.reset();
    peer->run();
    verdicts.clear();
    peer = std::make_shared<testing::ScriptedTransport>(context);
    open();
    finish();
    peer->unsentBytes = 1000;
    peer->advance(options.uploadTimeout);
    CHECK(verdicts.empty());
    SECTION("and then takes it") {
      peer->drain();
      peer->advance(options.uploadTimeout);
      CHECK(verdict().outcome == Outcome::uploaded);
      return;
    }
    SECTION("and never does") {
      peer->advance(options.drainTimeout);
      CHECK(verdict().error);
    }
  }
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().cause == LossCause::transport);
}

TEST_CASE_METHOD(StreamFixture, "nothing is taken for sent once the connection closes") {
  const bool hasEgress = GENERATE(true, false);
  options.egress = hasEgress;
  bool wasSent = false;
  SECTION("after the announcement") {
    connect();
    send("audio");
    wasSent = !hasEgress;  // Then nothing is waited for.
    peer->beginClosing();
    peer->receive(metadataMessage);
  }
  SECTION("in the middle of the audio") {
    open();
    peer->unsentBytes = 1 << 20;
    send("audio");
    peer->beginClosing();
    peer->drain();
  }
  CHECK(peer->sent().empty() == !wasSent);
  finish();
  closeByPeer();
  CHECK(verdict().audioBytesSent == (wasSent ? 5 : 0));
  CHECK(verdict().audioBytesUnsent == (wasSent ? 0 : 5));
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().retryable == false);
}

TEST_CASE_METHOD(StreamFixture, "without egress an error or a cut is none") {
  options.egress = false;
  open();
  finish();
  SECTION("error") {
    peer->receive(errorMessage());
    closeByPeer();
    CHECK(verdict().outcome == Outcome::failed);
  }
  SECTION("cut") {
    loseConnection();
    CHECK(verdict().outcome == Outcome::lost);
    CHECK(verdict().cause == LossCause::transport);
  }
}

TEST_CASE_METHOD(StreamFixture, "the server may end first: what was not sent is counted") {
  open();
  send("audio");
  peer->unsentBytes = 1 << 20;
  send("held");
  peer->receive(endMessage);
  send("late");
  CHECK(sendResult() == Errc::invalidState);
  finish();
  closeByPeer();
  CHECK(verdict().outcome == Outcome::endedEarly);
  CHECK(verdict().error == Errc::connectionClosed);
  CHECK(verdict().endedByServer);
  CHECK(verdict().audioBytesSent == 5);
  CHECK(verdict().audioBytesUnsent == 4);
  CHECK(peer->lastSent() == "audio");
  CHECK(finished.completions == 1);
}

TEST_CASE_METHOD(StreamFixture, "a server that ends first has all results of audio that it had") {
  open();
  send("audio");
  peer->receive(endMessage);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(verdict().endedByServer);
  CHECK(verdict().audioBytesUnsent == 0);
}

TEST_CASE_METHOD(StreamFixture, "close() ends the stream at once") {
  options.sendQueueBytes = 10;
  SendCall waiting;
  connect();
  if (GENERATE(false, true)) {
    peer->receive(metadataMessage);
  }
  peer->unsentBytes = 1 << 20;
  send("0123456789");
  stream->sendAudio("waits", waiting.handler());
  stream->close();
  peer->run();
  CHECK(peer->closeCode() == 1000);
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(verdict().error == Errc::cancelled);
  CHECK(verdict().audioBytesUnsent == 15);
  CHECK(waiting.completions == 1);
  CHECK(std::get<0>(waiting.result) == Errc::cancelled);
  CHECK(connected.completions == 1);
  stream->close();
  send("late");
  CHECK(sendResult() == Errc::cancelled);
  CHECK(verdicts.size() == 1);
}

TEST_CASE_METHOD(StreamFixture, "close() does not wait for a server that does not answer") {
  peer->answersClose = false;
  open();
  stream->close();
  peer->receive(responseMessage("ignored"));
  peer->receive(endMessage);
  peer->advance(options.closeTimeout);
  CHECK(peer->isAborted());
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(events == std::vector<std::string>{"metadata s-1", "verdict"});
}

TEST_CASE_METHOD(StreamFixture, "destruction ends everything that is pending, in every state") {
  options.sendQueueBytes = 10;
  FinishCall finishing;
  SendCall waiting;
  SECTION("idle") {
    make();
    send("0123456789");
    stream->sendAudio("waits", waiting.handler());
    stream.reset();
    peer->run();
    CHECK(verdicts.empty());
    CHECK(std::get<0>(waiting.result) == Errc::cancelled);
    return;
  }
  SECTION("told to connect") {
    make().connect(connected.handler());
  }
  SECTION("awaiting metadata") {
    connect();
  }
  SECTION("streaming") {
    open();
  }
  SECTION("draining") {
    open();
    finish();
  }
  SECTION("closing") {
    peer->answersClose = false;
    open();
    stream->close();
    peer->run();
  }
  SECTION("with events that wait") {
    open();
    peer->receive(metadataMessage);
  }
  stream->sendAudio("0123456789", sent.handler());
  stream->sendAudio("waits", waiting.handler());
  stream->finish(finishing.handler());
  stream.reset();
  peer->run();
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(verdict().error == Errc::cancelled);
  CHECK(events.back() == "verdict");
  CHECK(connected.completions == 1);
  CHECK(sent.completions == 1);
  CHECK(waiting.completions == 1);
  CHECK(finishing.completions == 1);
  CHECK(std::get<0>(finishing.result).outcome == Outcome::cancelled);
}

TEST_CASE_METHOD(StreamFixture, "destruction after the server's end keeps the verdict") {
  open();
  finish();
  peer->receive(endMessage);
  stream.reset();
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(peer->isAborted());
}

TEST_CASE_METHOD(StreamFixture, "what is left when the executor is never run again is freed") {
  make().connect(connected.handler());
  stream->sendAudio("audio", sent.handler());
  stream->finish(finished.handler());
  stream.reset();
  CHECK(connected.completions == 0);
}

TEST_CASE_METHOD(StreamFixture, "a stream may be moved, and takes the place of another") {
  open();
  Stream moved(std::move(*stream));
  moved.sendAudio("audio", sent.handler());
  peer->run();
  CHECK(peer->lastSent() == "audio");
  const auto otherPeer = std::make_shared<testing::ScriptedTransport>(context);
  moved = Stream(otherPeer, options, {});
  peer->run();
  CHECK(verdict().outcome == Outcome::cancelled);
  CHECK(moved.state() == StreamState::idle);
}

TEST_CASE_METHOD(StreamFixture, "metadata repeat no secret") {
  options.credentials.kind = Credentials::Kind::bearer;
  options.credentials.secret = "hunter2";
  std::string raw;
  handlers.onMetadata = [this, &raw](const StreamMetadata& value) {
    events.push_back("metadata " + value.streamId);
    raw = value.json;
  };
  connect();
  std::string message = metadataMessage;
  message.replace(message.find("s-1"), 3, "hunter2");
  peer->receive(message);
  CHECK(std::count(events.begin(), events.end(), "metadata ***") == 1);
  CHECK(raw.find("***") != std::string::npos);
  CHECK(raw.find("hunter2") == std::string::npos);
}

TEST_CASE_METHOD(StreamFixture, "no word of the server repeats a secret") {
  options.credentials.kind = Credentials::Kind::basic;
  options.credentials.id = "client";
  options.credentials.secret = "hunter2";
  open();
  const std::string encoded = "Y2xpZW50Omh1bnRlcjI=";  // client:hunter2
  SECTION("in an error") {
    peer->receive(
        R"({"type":"ERROR","error":{"statusCode":400,"title":"hunter2 is bad",)"
        R"("message":"got )" +
        encoded +
        R"(","internalErrorName":"E_hunter2","nestedErrors":[)"
        R"({"message":"\u0068unter2 Y2xpZW50Omh1bnRlcjI\u003d Y2xpZW50Omh1bnRlcjI%3d"}]}})");
    closeByPeer();
    CHECK(verdict().response.title == "*** is bad");
    CHECK(verdict().response.message == "got ***");
  }
  SECTION("in a close reason") {
    ErrorInfo info;
    info.closeCode = 1008;
    info.closeReason = "bad hunter2";
    info.message = "The server closed the connection: bad hunter2";
    peer->lose(Errc::connectionClosed, info);
    CHECK(verdict().info.closeReason == "bad ***");
  }
  const Verdict& judged = verdict();
  for (const std::string& text :
       {judged.response.title, judged.response.message, judged.response.json,
        judged.response.internalErrorName, judged.info.message, judged.info.remoteCode,
        judged.info.remoteMessage, judged.info.remoteDetails, judged.info.closeReason}) {
    CHECK(text.find("unter2") == std::string::npos);
    CHECK(text.find("Y2xpZW50") == std::string::npos);
  }
}
