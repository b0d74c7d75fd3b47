// What a stream does by its profile, over a scripted transport.
#include <algorithm>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/stream_session_fixture.hpp"

using namespace support;

namespace {

// At the sample rate of these tests.
Profile openaiProfile() {
  Profile profile = profileNamed("openai");
  profile.onlySampleRate = 0;
  return profile;
}

struct ProfileFixture : StreamFixture {
  std::vector<std::string> warnings;

  void use(Profile profile, const std::string& encoding = "linear16") {
    options = StreamOptions(std::move(profile));
    options.baseUrl = "wss://gateway.example/";
    options.rawAudio = RawAudio{encoding, 16'000, 1};
    handlers.onWarning = [this](StreamWarning, std::string_view text) {
      warnings.emplace_back(text);
    };
  }
};

}  // namespace

TEST_CASE_METHOD(ProfileFixture, "the keep-alive message does not follow an end that forbids it") {
  use(profileNamed("deepgram"));
  connect();
  send(std::string(100, 'a'));
  peer->advance(options.keepAliveInterval);
  CHECK(peer->lastSent() == R"({"type":"KeepAlive"})");
  finish();
  CHECK(peer->lastSent() == R"({"type":"CloseStream"})");
  const unsigned pings = peer->pings();
  peer->advance(options.keepAliveInterval);
  CHECK(peer->lastSent() == R"({"type":"CloseStream"})");
  CHECK(peer->pings() > pings);
}

TEST_CASE_METHOD(ProfileFixture, "the end message counts the messages of audio") {
  use(profileNamed("speechmatics"));
  connect();
  CHECK(peer->lastSent() ==
        R"({"message":"StartRecognition","audio_format":{"type":"raw","encoding":"pcm_s16le",)"
        R"("sample_rate":16000},"transcription_config":{"language":"en","enable_partials":true}})");
  peer->receive(R"({"message":"RecognitionStarted","id":"s-1"})");
  CHECK(events == std::vector<std::string>{"metadata s-1"});
  send("one");
  CHECK_FALSE(stream->sendText(R"({"message":"GetSpeakers"})"));
  send("two");
  finish();
  CHECK(peer->lastSent() == R"({"message":"EndOfStream","last_seq_no":2})");
  peer->receive(R"({"message":"EndOfTranscript"})");
  CHECK(peer->closeCode() == 1000);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
}

TEST_CASE_METHOD(ProfileFixture, "an error that a stream survives fails one that never began") {
  use(openaiProfile());
  const std::string error =
      R"({"type":"error","error":{"type":"invalid_request_error","code":"odd","message":"no such model"}})";
  connect();
  SECTION("before the session is there") {
    peer->receive(error);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::failed);
    CHECK(contains(verdict().info.message, "no such model (odd)"));
  }
  SECTION("later") {
    peer->receive(R"({"type":"session.updated","session":{"id":"s"}})");
    peer->receive(error);
    REQUIRE(warnings.size() == 1);
    CHECK(contains(warnings[0], "no such model (odd)"));
    CHECK(stream->state() == StreamState::streaming);
  }
}

TEST_CASE_METHOD(ProfileFixture,
                 "what a server refuses once it has audio makes the stream incomplete") {
  use(openaiProfile());
  const std::string error =
      R"({"type":"error","error":{"type":"invalid_request_error","code":"odd","message":"not this"}})";
  const std::string empty =
      R"({"type":"error","error":{"code":"input_audio_buffer_commit_empty","message":"too little"}})";
  const std::string completed =
      R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"a"})";
  connect();
  peer->receive(R"({"type":"session.updated","session":{"id":"s"}})");
  SECTION("audio") {
    send("one");
    peer->receive(error);
    send("two");
    peer->receive(error);
    finish();
    peer->receive(empty);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::incomplete);
    CHECK_FALSE(verdict().isSuccess());
    CHECK(verdict().error == Errc::remoteFailed);
    CHECK(contains(verdict().info.message, "refused 3 messages"));
    CHECK(contains(verdict().info.message, "not this (odd)"));
    CHECK(warnings.size() == 3);
  }
  SECTION("the last of it, which is too short") {
    send("one");
    CHECK_FALSE(stream->flush());
    peer->run();
    send("two");
    finish();
    peer->receive(completed);
    peer->receive(empty);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::incomplete);
    CHECK(contains(verdict().info.message, "refused 1 message that"));
  }
  SECTION("an end behind which there was no audio: nothing is lost, whichever answer comes first") {
    send("one");
    CHECK_FALSE(stream->flush());
    peer->run();
    finish();
    const bool emptyFirst = GENERATE(true, false);
    peer->receive(emptyFirst ? empty : completed);
    peer->receive(emptyFirst ? completed : empty);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::complete);
    CHECK(warnings.empty());
  }
  SECTION("something before there was audio") {
    peer->receive(error);
    send("one");
    finish();
    peer->receive(completed);
    closeByPeer();
    CHECK(verdict().outcome == Outcome::complete);
    CHECK(warnings.size() == 1);
  }
}

TEST_CASE_METHOD(ProfileFixture, "warnings of a server make no stream incomplete") {
  use(profileNamed("speechmatics"));
  connect();
  peer->receive(R"({"message":"RecognitionStarted","id":"s-1"})");
  send("one");
  peer->receive(R"({"message":"Warning","type":"duration_limit_exceeded","reason":"soon"})");
  finish();
  peer->receive(R"({"message":"EndOfTranscript"})");
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(warnings[0], "soon (duration_limit_exceeded)"));
}

TEST_CASE_METHOD(ProfileFixture, "audio that is not acknowledged fails the stream") {
  use(profileNamed("gladia"));
  connect();
  send("one");
  peer->receive(R"({"type":"audio_chunk","acknowledged":true,"error":null,"data":{}})");
  CHECK(stream->state() == StreamState::streaming);
  peer->receive(R"({"type":"audio_chunk","acknowledged":false,"error":{"status_code":400,)"
                R"("exception":"X","message":"not this"},"data":null})");
  // The server goes on, and would take the rest.
  CHECK(peer->closeCode() == 1000);
  closeByPeer();
  CHECK(verdict().outcome == Outcome::failed);
  CHECK(contains(verdict().info.message, "not this (X, status 400)"));
}

TEST_CASE_METHOD(ProfileFixture, "audio is held back until earlier audio is acknowledged") {
  Profile profile = profileNamed("speechmatics");
  profile.acknowledgementWindow = 2;
  use(profile);
  connect();
  peer->receive(R"({"message":"RecognitionStarted","id":"s-1"})");
  const auto audioSent = [&] { return peer->sent().size() - 1; };  // Behind StartRecognition.
  for (const char* audio : {"one", "two", "three", "four", "five"}) {
    send(audio);
  }
  CHECK(audioSent() == 2);

  SECTION("a number stands for all up to it") {
    peer->receive(R"({"message":"AudioAdded","seq_no":1})");
    CHECK(audioSent() == 3);
    peer->receive(R"({"message":"AudioAdded","seq_no":1})");
    CHECK(audioSent() == 3);
    peer->receive(R"({"message":"AudioAdded","seq_no":3})");
    CHECK(audioSent() == 5);
    CHECK(peer->lastSent() == "five");
  }
  SECTION("the end comes behind all audio, and counts it") {
    finish();
    CHECK(audioSent() == 2);
    peer->receive(R"({"message":"AudioAdded","seq_no":2})");
    CHECK(audioSent() == 4);
    peer->receive(R"({"message":"AudioAdded","seq_no":4})");
    CHECK(peer->lastSent() == R"({"message":"EndOfStream","last_seq_no":5})");
    peer->receive(R"({"message":"EndOfTranscript"})");
    closeByPeer();
    CHECK(verdict().outcome == Outcome::complete);
    CHECK(verdict().audioBytesSent == 19);
  }
  SECTION("a server that acknowledges nothing more ends the stream") {
    for (int i = 0; i < 29; ++i) {
      peer->advance(Duration(1'000));
      peer->receiveBytes();
    }
    peer->receive(R"({"message":"AudioAdded","seq_no":1})");
    CHECK(audioSent() >= 3);
    for (int i = 0; i < 31 && verdicts.empty(); ++i) {
      peer->receiveBytes();
      peer->advance(Duration(1'000));
    }
    CHECK(verdict().outcome == Outcome::lost);
    CHECK(verdict().audioBytesUnsent == 8);
    CHECK(contains(verdict().info.message, "acknowledged none of the audio"));
  }
  SECTION("a number of what was not sent is no acknowledgement") {
    peer->receive(R"({"message":"AudioAdded","seq_no":3})");
    CHECK(audioSent() == 2);
    CHECK(events.back() == R"(problem {"message":"AudioAdded","seq_no":3})");
  }
}

TEST_CASE_METHOD(ProfileFixture, "acknowledgements without numbers are of one message each") {
  Profile profile = profileNamed("speechmatics");
  profile.acknowledgementWindow = 1;
  profile.acknowledgedMember.clear();
  use(profile);
  connect();
  peer->receive(R"({"message":"RecognitionStarted","id":"s-1"})");
  send("one");
  send("two");
  CHECK(peer->lastSent() == "one");
  peer->receive(R"({"message":"AudioAdded"})");
  CHECK(peer->lastSent() == "two");
}

TEST_CASE_METHOD(ProfileFixture, "a program hears where each sentence ends") {
  use(profileNamed("soniox"));
  std::string said;
  handlers.onFinal = [&](const Transcript& each) {
    said += "[" + each.text + (each.continues ? "" : "|") + "]";
  };
  connect();
  send("audio");
  peer->receive(R"({"tokens":[{"text":"<end>","is_final":true}]})");
  CHECK(said.empty());
  peer->receive(R"({"tokens":[{"text":"One","is_final":true},{"text":" more","is_final":false}]})");
  peer->receive(R"({"tokens":[{"text":" open","is_final":false}]})");
  CHECK(said == "[One]");
  peer->receive(R"({"tokens":[{"text":"<end>","is_final":true}]})");
  CHECK(said == "[One][|]");
  peer->receive(R"({"tokens":[{"text":"<fin>","is_final":true}]})");
  CHECK(said == "[One][|]");
}

TEST_CASE_METHOD(ProfileFixture, "a profile has the time that a ping may stay unanswered") {
  use(profileNamed("speechmatics"));
  CHECK(options.pongTimeout == Duration(60'000));
  use(profileNamed("deepgram"));
  CHECK(options.pongTimeout == StreamOptions().pongTimeout);
}

TEST_CASE_METHOD(ProfileFixture, "audio in JSON is base64 in the message that the profile has") {
  use(openaiProfile());
  connect();
  peer->receive(R"({"type":"session.updated","session":{"id":"s"}})");
  send("audio");
  CHECK(peer->lastSent() == R"({"type":"input_audio_buffer.append","audio":"YXVkaW8="})");
  CHECK(peer->sentTypes().back() == MessageType::text);
}

TEST_CASE_METHOD(ProfileFixture, "binary messages are read as text where the profile says so") {
  Profile profile = profileNamed("vosk");
  profile.jsonInBinary = true;
  std::vector<std::string> texts;
  use(profile);
  handlers.onFinal = [&](const Transcript& said) { texts.push_back(said.text); };
  connect();
  peer->receive(R"({"text":"one"})", MessageType::binary);
  peer->receive("\xff", MessageType::binary);
  CHECK(texts == std::vector<std::string>{"one"});
  CHECK(events.back() == "binary \xff");
}

TEST_CASE_METHOD(ProfileFixture, "a result whose text is elsewhere is told, and heard") {
  Profile profile = profileNamed("deepgram");
  profile.results.text = {"channel.alternatives.0.text"};
  profile.results.words.clear();
  profile.results.word = {};
  use(profile);
  handlers.onProtocolError = [this](std::string_view problem, std::string_view) {
    events.emplace_back(problem);
  };
  connect();
  peer->receive(
      R"({"type":"Results","is_final":true,"channel":{"alternatives":[{"transcript":"a"}]}})");
  REQUIRE(events.size() == 2);
  CHECK(contains(events[0], "no channel.alternatives.0.text, where its text should be"));
  CHECK(contains(events[1], "response"));
}

TEST_CASE_METHOD(ProfileFixture, "the first of Vosk's alternatives is the text") {
  use(profileNamed("vosk"));
  std::vector<std::string> texts;
  handlers.onFinal = [&](const Transcript& said) { texts.push_back(said.text); };
  connect();
  peer->receive(R"({"alternatives":[{"text":"one two","confidence":1.0},{"text":"won too"}]})");
  CHECK(texts == std::vector<std::string>{"one two"});
}

TEST_CASE_METHOD(ProfileFixture, "a message that is no response but has its text is told") {
  use(profileNamed("vosk"));
  std::vector<std::string> problems;
  handlers.onProtocolError = [&](std::string_view problem, std::string_view) {
    problems.emplace_back(problem);
  };
  options.profile.rules = {{MessageKind::response, "", "partial", Finality::partial},
                           {MessageKind::response, "final", "type", Finality::final},
                           {MessageKind::end, "true", "done"}};
  connect();
  peer->receive(R"({"type":"Final","text":"lost"})");
  CHECK(problems.size() == 1);
  peer->receive(R"({"type":"other"})");
  CHECK(problems.size() == 1);
  peer->receive(R"({"done":true,"text":"the last"})");
  CHECK(problems.size() == 2);
}

TEST_CASE_METHOD(ProfileFixture, "an update is sent in the form that the profile has, in order") {
  struct Case {
    const char* profile;
    const char* sent;
  };
  const Case c =
      GENERATE(Case{"assemblyai", R"({"type":"UpdateConfiguration","a": 1})"},
               Case{"speechmatics",
                    R"({"message": "SetRecognitionConfig", "transcription_config": {"a": 1}})"},
               Case{"openai", R"({"type":"session.update","session":{"a": 1}})"});
  Profile profile = profileNamed(c.profile);
  profile.onlySampleRate = 0;
  profile.sendsMetadata = false;
  use(profile);
  connect();
  CHECK_FALSE(stream->update(R"({"a": 1})"));
  peer->run();
  CHECK(peer->lastSent() == c.sent);
}

TEST_CASE_METHOD(ProfileFixture, "an update that cannot work is refused") {
  use(openaiProfile());
  make();
  CHECK(stream->update("[]") == Errc::invalidOption);
  CHECK(stream->update("{") == Errc::invalidOption);
  CHECK(stream->update(R"({"audio":{"input":{"turn_detection":{"type":"server_vad"}}}})") ==
        Errc::invalidOption);
  CHECK_FALSE(stream->update(R"({"audio":{"input":{"turn_detection":null}}})"));
  use(profileNamed("deepgram"));
  make();
  CHECK(stream->update("{}") == Errc::invalidOption);
}

TEST_CASE_METHOD(ProfileFixture, "audio comes in messages of the least and most bytes") {
  Profile profile = profileNamed("vosk");
  profile.leastAudioBytes = 1'000;
  profile.mostAudioBytes = 4'001;
  use(profile);
  const bool isKnown = GENERATE(true, false);
  if (!isKnown) {
    options.rawAudio.reset();
    options.profile.needsRawAudio = false;
  }
  connect();
  send(std::string(999, 'a'));
  CHECK(peer->sentTypes().back() == MessageType::text);  // The first message: audio waits.
  send(std::string(9'000, 'a'));
  finish();
  std::vector<std::size_t> sizes;
  for (const std::string& message : peer->sent()) {
    if (message.find('{') == std::string::npos) {
      sizes.push_back(message.size());
    }
  }
  const std::size_t most = isKnown ? 4'000 : 4'001;  // Whole samples.
  CHECK(sizes == std::vector<std::size_t>{most, most, 9'999 - 2 * most});
}

TEST_CASE_METHOD(ProfileFixture, "audio comes in messages of the least and most duration") {
  use(profileNamed("assemblyai"));
  connect();
  peer->receive(R"({"type":"Begin","id":"s"})");
  for (int i = 0; i < 100; ++i) {
    send(std::string(320, 'a'));  // 10 ms
  }
  finish();
  std::size_t total = 0;
  for (const std::string& message : peer->sent()) {
    if (message.front() == 'a') {
      CHECK(message.size() >= 1'600);
      CHECK(message.size() <= 32'000);
      total += message.size();
    }
  }
  CHECK(total == 32'000);
}

TEST_CASE_METHOD(ProfileFixture, "audio that takes much room divides into messages as well") {
  Profile profile = profileNamed("assemblyai");
  profile.leastAudio = Duration(500);
  profile.mostAudio = Duration(GENERATE(0, 1'500));
  use(profile);
  options.rawAudio = RawAudio{"linear16", 96'000, 1};
  connect();
  peer->receive(R"({"type":"Begin","id":"s"})");
  const std::size_t size = GENERATE(80'000U, 150'000U, 192'000U, 400'000U);
  for (std::size_t given = 0; given < size; given += 400) {
    send(std::string(400, 'a'));
  }
  finish();
  CHECK(peer->lastSent() == R"({"type":"Terminate"})");
  std::size_t total = 0;
  for (const std::string& message : peer->sent()) {
    if (message.front() == 'a') {
      CHECK((message.size() >= 96'000 || size < 192'000));
      CHECK(message.size() <= 288'000);
      total += message.size();
    }
  }
  CHECK(total == size);
}

TEST_CASE_METHOD(ProfileFixture, "a response may be the end as well, and is heard") {
  use(profileNamed("soniox"));
  std::vector<std::string> texts;
  handlers.onFinal = [&](const Transcript& said) { texts.push_back(said.text); };
  connect();
  send("audio");
  finish();
  CHECK(peer->lastSent().empty());
  peer->receive(R"({"tokens":[{"text":"bye","is_final":true}],"finished":true})");
  closeByPeer();
  CHECK(verdict().outcome == Outcome::complete);
  CHECK(texts == std::vector<std::string>{"bye"});
}

TEST_CASE_METHOD(ProfileFixture, "metadata may be short") {
  use(parseProfile(R"({"streamIdMember": "i", "sendsMetadata": true, "closeCompletes": true,
                      "rules": [{"kind": "metadata", "member": "i"}]})"));
  connect();
  peer->receive(R"({"i":"7"})");
  CHECK(events == std::vector<std::string>{"metadata 7"});
}
