#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/stream_session_fixture.hpp"
#include "support/temporary_folder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

constexpr std::size_t piece = 64 * 1024;

std::string of(std::size_t size) {
  return std::string(size, 'a');
}

}  // namespace

TEST_CASE_METHOD(StreamFixture, "audio is held until the announcement, and sent in order") {
  make();
  send("1");
  stream->connect(connected.handler());
  send("2");
  CHECK(sent.completions == 2);
  CHECK(stream->queuedBytes() == 2);
  CHECK(peer->sent().empty());
  peer->receive(metadataMessage);
  send("3");
  CHECK(peer->sent() == std::vector<std::string>{"1", "2", "3"});
  for (const MessageType type : peer->sentTypes()) {
    CHECK(type == MessageType::binary);
  }
  CHECK(stream->queuedBytes() == 0);
}

TEST_CASE_METHOD(StreamFixture, "long audio goes out in several messages, empty audio in none") {
  open();
  send(of(2 * piece + 1));
  CHECK(peer->sent().size() == 3);
  CHECK(peer->sent()[0].size() == piece);
  CHECK(peer->sent()[2].size() == 1);
  send("");
  CHECK(sent.completions == 2);
  CHECK_FALSE(sendResult());
  CHECK(peer->sent().size() == 3);
}

TEST_CASE_METHOD(StreamFixture, "the network gets no more than it takes") {
  open();
  peer->unsentBytes = piece;
  send(of(1000));
  CHECK(peer->sent().empty());
  CHECK(stream->queuedBytes() == 1000);
  peer->drain();
  CHECK(peer->sent().size() == 1);
  CHECK(stream->queuedBytes() == 0);
}

TEST_CASE_METHOD(StreamFixture, "what a full queue does is the program's choice") {
  options.sendQueueBytes = 10;
  SECTION("block: the offer completes when there is room, and the end comes behind it") {
    connect();
    send(of(10));
    send(of(4));
    CHECK(sent.completions == 1);
    finish();
    CHECK(sent.completions == 1);
    peer->receive(metadataMessage);
    CHECK(sent.completions == 2);
    CHECK(peer->sent() == std::vector<std::string>{of(10), of(4), endMessage});
  }
  SECTION("reject") {
    options.whenFull = WhenFull::reject;
    connect();
    send(of(10));
    send(of(4));
    CHECK(sendResult() == Errc::queueFull);
    peer->receive(metadataMessage);
    CHECK(peer->sent() == std::vector<std::string>{of(10)});
  }
  SECTION("dropOldest: what is dropped is counted") {
    options.whenFull = WhenFull::dropOldest;
    connect();
    send(of(7));
    send(of(4));
    CHECK_FALSE(sendResult());
    peer->receive(metadataMessage);
    CHECK(peer->sent() == std::vector<std::string>{of(4)});
    peer->receive(endMessage);
    closeByPeer();
    CHECK(verdict().audioBytesSent == 4);
    CHECK(verdict().audioBytesUnsent == 7);
  }
}

TEST_CASE_METHOD(StreamFixture, "an offer that waits can be cancelled") {
  options.sendQueueBytes = 10;
  connect();
  send(of(10));
  asio::cancellation_signal signal;
  stream->sendAudio(of(4), asio::bind_cancellation_slot(signal.slot(), sent.handler()));
  peer->run();
  signal.emit(GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                       asio::cancellation_type::total));
  peer->run();
  CHECK(sent.completions == 2);
  CHECK(sendResult() == Errc::cancelled);
  peer->receive(metadataMessage);
  CHECK(peer->sent() == std::vector<std::string>{of(10)});
}

TEST_CASE_METHOD(StreamFixture, "finish() sends what is queued and the end, and waits") {
  open();
  send("audio");
  stream->sendAudio("last", sent.handler());
  stream->finish(finished.handler());
  // Refused at once, though the stream has not acted yet.
  SendCall late;
  stream->sendAudio("late", late.handler());
  peer->run();
  CHECK(peer->sent() == std::vector<std::string>{"audio", "last", endMessage});
  CHECK(peer->sentTypes().back() == MessageType::text);
  CHECK(std::get<0>(late.result) == Errc::invalidState);
  CHECK(stream->state() == StreamState::draining);
  CHECK(finished.completions == 0);
  peer->receive(responseMessage("m"));
  peer->receive(endMessage);
  CHECK(stream->state() == StreamState::closing);
  CHECK(finished.completions == 0);
  closeByPeer();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == Outcome::complete);
  CHECK(finishResult().audioBytesSent == 9);
  CHECK(finishResult().audioBytesUnsent == 0);
  CHECK_FALSE(finishResult().endedByServer);
  CHECK(events == std::vector<std::string>{"metadata s-1", "response m", "verdict"});
}

TEST_CASE_METHOD(StreamFixture, "the end waits for the network and for the announcement") {
  connect();
  send("audio");
  finish();
  CHECK(stream->state() == StreamState::awaitingMetadata);
  CHECK(peer->sent().empty());
  peer->unsentBytes = piece;
  peer->receive(metadataMessage);
  CHECK(stream->state() == StreamState::draining);
  CHECK(connected.completions == 1);
  CHECK(peer->sent().empty());
  peer->drain();
  CHECK(peer->sent() == std::vector<std::string>{"audio", endMessage});
}

TEST_CASE_METHOD(StreamFixture, "a profile without an end message ends with an empty binary one") {
  options.profile.endMessage.clear();
  open();
  send("audio");
  finish();
  CHECK(peer->sent() == std::vector<std::string>{"audio", ""});
  CHECK(peer->sentTypes().back() == MessageType::binary);
}

TEST_CASE_METHOD(StreamFixture, "every finish() completes, also late ones, and one end is sent") {
  open();
  finish();
  FinishCall second;
  stream->finish(second.handler());
  peer->run();
  CHECK(peer->sent() == std::vector<std::string>{endMessage});
  peer->receive(endMessage);
  closeByPeer();
  FinishCall third;
  stream->finish(third.handler());
  peer->run();
  for (const FinishCall* call : {&finished, &second, &third}) {
    CHECK(call->completions == 1);
    CHECK(std::get<0>(call->result).outcome == Outcome::complete);
  }
}

TEST_CASE_METHOD(StreamFixture, "finish() without a stream says so") {
  make();
  finish();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == Outcome::cancelled);
  CHECK(finishResult().error == Errc::invalidState);
  stream->connect(connected.handler());
  peer->receive(metadataMessage);
  send("audio");
  CHECK(peer->sent() == std::vector<std::string>{"audio"});
}

TEST_CASE_METHOD(StreamFixture, "cancelling finish() gives the verdict so far, and the end stays") {
  open();
  send("audio");
  asio::cancellation_signal signal;
  stream->finish(asio::bind_cancellation_slot(signal.slot(), finished.handler()));
  signal.emit(asio::cancellation_type::total);  // The end is on its way: this cannot be kept.
  peer->run();
  signal.emit(asio::cancellation_type::total);
  peer->run();
  CHECK(finished.completions == 0);
  signal.emit(asio::cancellation_type::terminal);
  peer->run();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == Outcome::cancelled);
  CHECK(finishResult().error == Errc::cancelled);
  CHECK(finishResult().audioBytesSent == 5);
  CHECK(stream->state() == StreamState::draining);
  peer->receive(endMessage);
  closeByPeer();
  CHECK(finished.completions == 1);
  CHECK(verdict().outcome == Outcome::complete);
}

TEST_CASE_METHOD(StreamFixture, "a network that takes nothing loses the stream") {
  options.keepAlive = GENERATE(KeepAliveMode::off, KeepAliveMode::message);
  options.drainTimeout = Duration(3'600'000);
  open();
  peer->unsentBytes = 1000;
  send("audio");
  // It takes a little: the time counts from there.
  peer->advance(options.sendTimeout - Duration(1));
  peer->unsentBytes = 900;
  send("more");
  peer->advance(options.sendTimeout - Duration(1));
  CHECK_FALSE(peer->isAborted());
  peer->advance(Duration(1));
  CHECK(peer->isAborted());
  CHECK(verdict().outcome == Outcome::lost);
  CHECK(verdict().cause == LossCause::transport);
  CHECK(verdict().error == Errc::connectionLost);
}

TEST_CASE_METHOD(StreamFixture, "what the network takes counts whenever it is looked at") {
  options.keepAlive = KeepAliveMode::off;
  open();
  peer->unsentBytes = piece;
  send(of(10));
  peer->advance(options.sendTimeout - Duration(1));
  peer->drain();
  CHECK(stream->queuedBytes() == 0);
  peer->advance(10 * options.sendTimeout);
  CHECK(verdicts.empty());
}

namespace {

/// A file of `bytes`, streamed.
struct FileProgram : StreamFixture {
  TemporaryFolder folder;
  const std::string path = folder / "audio.raw";

  void write(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  void streamFile(const FilePace& pace) {
    stream->streamFile(path, pace, finished.handler());
    peer->run();
  }

  std::string audioSent() const {
    std::string audio;
    for (std::size_t i = 0; i < peer->sent().size(); ++i) {
      audio += peer->sentTypes()[i] == MessageType::binary ? peer->sent()[i] : "";
    }
    return audio;
  }
};

std::string samples(std::size_t size) {
  return std::string(size, '\x01');
}

}  // namespace

TEST_CASE_METHOD(FileProgram, "a file is sent as it plays, and finished") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  const double speed = GENERATE(1.0, 2.0);
  write(samples(40'000));
  make();
  streamFile({speed, 0});
  CHECK(peer->sent().empty());
  // However long the server takes to announce the stream, nothing is sent in one burst then.
  peer->advance(Duration(5'000));
  peer->receive(metadataMessage);
  CHECK(audioSent().size() == 1'600);
  const Duration second(static_cast<Duration::rep>(1'000 / speed));
  peer->advance(second);
  CHECK(audioSent().size() == 17'600);
  CHECK(peer->lastSent() != endMessage);
  peer->advance(2 * second);
  CHECK(audioSent() == samples(40'000));
  CHECK(peer->lastSent() == endMessage);
  peer->receive(endMessage);
  closeByPeer();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == Outcome::complete);
  CHECK(verdict().audioBytesSent == 40'000);
}

TEST_CASE_METHOD(FileProgram, "a file waits for the network") {
  options.sendQueueBytes = 10'000;
  options.whenFull = WhenFull::dropOldest;
  write(samples(1'000'000));
  open();
  peer->unsentBytes = piece;
  streamFile(FilePace::unpaced());
  CHECK(peer->sent().empty());
  CHECK(stream->queuedBytes() <= 10'000);
  peer->drain();
  CHECK(audioSent() == samples(1'000'000));
  CHECK(peer->lastSent() == endMessage);
}

TEST_CASE_METHOD(FileProgram, "a file that becomes shorter while it is sent is not sent whole") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  write(samples(400'000));
  make();
  streamFile({});
  peer->receive(metadataMessage);
  peer->advance(Duration(1'000));
  std::filesystem::resize_file(path, 100'000);
  for (int i = 0; i < 30; ++i) {
    peer->receiveBytes();
    peer->advance(Duration(1'000));
  }
  CHECK(peer->lastSent() != endMessage);
  CHECK(finished.completions == 1);
  CHECK_FALSE(finishResult().isSuccess());
  CHECK(finishResult().error == Errc::fileFailed);
  CHECK(contains(finishResult().info.message, "ends 300000 bytes early"));
}

TEST_CASE_METHOD(FileProgram, "what is no audio is refused before the stream is touched") {
  FilePace pace;
  Errc expected = Errc::invalidOption;
  SECTION("a page") {
    write("<html><body>not found</body></html>");
  }
  SECTION("no file") {}
  SECTION("a folder") {
    std::filesystem::create_directory(path);
  }
  SECTION("an empty file") {
    write("");
    expected = Errc::fileFailed;
  }
  SECTION("no known rate") {
    write(samples(1'000));
  }
  SECTION("a header of what should be raw") {
    options.rawAudio = RawAudio{"linear16", 8'000, 1};
    write("RIFF....WAVEfmt " + samples(100));
  }
  SECTION("a header alone") {
    write(std::string("RIFF....WAVEdata\0\0\0\0", 20));
    expected = Errc::fileFailed;
  }
  SECTION("a speed without meaning") {
    write(samples(1'000));
    pace.speed = -1;
  }
  make();
  streamFile(pace);
  CHECK(finished.completions == 1);
  CHECK(finishResult().error == expected);
  CHECK_FALSE(finishResult().info.message.empty());
  CHECK(stream->state() == StreamState::idle);
  CHECK(verdicts.empty());
}

TEST_CASE_METHOD(FileProgram, "a file is given up without ending the stream") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  write(samples(40'000));
  make();
  asio::cancellation_signal signal;
  stream->streamFile(path, {}, asio::bind_cancellation_slot(signal.slot(), finished.handler()));
  peer->receive(metadataMessage);
  signal.emit(asio::cancellation_type::total);
  peer->run();
  CHECK(finished.completions == 0);
  signal.emit(asio::cancellation_type::terminal);
  peer->run();
  REQUIRE(finished.completions == 1);
  CHECK(finishResult().error == Errc::cancelled);
  CHECK(finishResult().audioBytesSent == 1'600);
  peer->advance(Duration(2'000));
  CHECK(audioSent().size() == 1'600);
  CHECK(stream->state() == StreamState::streaming);
  send("more");
  CHECK(peer->lastSent() == "more");
}

TEST_CASE_METHOD(FileProgram, "a server that ends a stream before its file is through is early") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  write(samples(40'000));
  make();
  streamFile({});
  peer->receive(metadataMessage);
  const bool isThrough = GENERATE(false, true);
  // The last piece goes out at 2.4 s, and our end of stream 100 ms later.
  peer->advance(isThrough ? Duration(2'450) : Duration(1'000));
  CHECK(peer->lastSent() != endMessage);
  peer->receive(endMessage);
  closeByPeer();
  CHECK(verdict().outcome == (isThrough ? Outcome::complete : Outcome::endedEarly));
  CHECK(verdict().endedByServer);
  CHECK(verdict().audioBytesSent + verdict().audioBytesUnsent == 40'000);
  CHECK(finishResult().outcome == verdict().outcome);
}

TEST_CASE_METHOD(FileProgram, "finish() ends the audio behind a file") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  write(samples(40'000));
  make();
  streamFile({});
  FinishCall other;
  stream->finish(other.handler());
  peer->receive(metadataMessage);
  peer->advance(Duration(1'000));
  CHECK(peer->lastSent() != endMessage);
  peer->advance(Duration(2'000));
  CHECK(audioSent() == samples(40'000));
  CHECK(peer->lastSent() == endMessage);
  peer->receive(endMessage);
  closeByPeer();
  CHECK(other.completions == 1);
  CHECK(finishResult().outcome == Outcome::complete);
}

TEST_CASE_METHOD(FileProgram, "behind finish() no file is taken") {
  write(samples(40'000));
  open();
  FinishCall other;
  stream->finish(other.handler());
  peer->receive(endMessage);
  closeByPeer();
  streamFile(FilePace::unpaced());
  CHECK(finished.completions == 1);
  CHECK(finishResult().error == Errc::invalidState);
  CHECK_FALSE(finishResult().isSuccess());
}

TEST_CASE_METHOD(FileProgram, "the end of a stream is the end of its file") {
  options.rawAudio = RawAudio{"linear16", 8'000, 1};
  write(samples(40'000));
  make();
  streamFile({});
  Outcome expected = Outcome::cancelled;
  SECTION("by the server") {
    peer->receive(metadataMessage);
    peer->receive(errorMessage());
    closeByPeer();
    expected = Outcome::failed;
  }
  SECTION("before it was announced") {
    loseConnection();
    expected = Outcome::lost;
  }
  SECTION("by close()") {
    peer->receive(metadataMessage);
    stream->close();
  }
  SECTION("by destruction") {
    peer->receive(metadataMessage);
    stream.reset();
  }
  peer->run();
  CHECK(finished.completions == 1);
  CHECK(finishResult().outcome == expected);
  CHECK(verdict().outcome == expected);
  CHECK(audioSent().size() <= 1'600);
}
