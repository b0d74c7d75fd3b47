#include "testing/gateway/gateway_conversation.hpp"

#include <asio/system_executor.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/core/uuid.hpp"

using namespace wsferry;
using namespace wsferry::testing;

namespace {

using Kind = GatewayFault::Kind;
using Moment = GatewayFault::Moment;

const std::string start = R"({"type":"CONFIGURATION","patches":{"language":"ro"}})";
const std::string end = R"({"type":"END_OF_STREAM"})";
const std::string keepAlive = R"({"type":"KEEP_ALIVE"})";

/// A connection that notes what it is told. Its network takes things when the test says so.
class Line final : public WebSocketPeer {
 public:
  void send(MessageType type, std::string_view payload) override {
    events.push_back(type == MessageType::binary ? "binary:" + std::string(payload)
                                                 : summary(payload));
    messages.emplace_back(payload);
    queued += payload.size();
  }
  void sendRaw(std::string_view bytes) override { raw += bytes; }
  void close(std::uint16_t code, std::string_view) override {
    events.push_back("close " + std::to_string(code));
  }
  void reset() override { events.emplace_back("reset"); }
  void disconnect() override { events.emplace_back("disconnect"); }
  void freeze() override { events.emplace_back("freeze"); }
  std::size_t bytesToSend() const override { return isStuck ? queued : 0; }
  asio::any_io_executor executor() override { return asio::system_executor(); }

  bool isStuck = false;
  std::size_t queued = 0;
  std::vector<std::string> events;    ///< Messages by their essence, and what else was done.
  std::vector<std::string> messages;  ///< As sent.
  std::string raw;

 private:
  static std::string summary(std::string_view text) {
    const auto members = jsonMembers(text);
    const std::string type = jsonStringMember(members, "type");
    if (type == "ERROR") {
      return jsonStringMember(jsonMembers(members.at("error")), "internalErrorName");
    }
    if (type != "RESPONSE") {
      return type;
    }
    const auto response = jsonMembers(members.at("response"));
    return jsonStringMember(response, "frameType") +
           jsonStringMember(jsonMembers(response.at("payload")), "transcription");
  }
};

GatewayServerOptions secondOf(std::uint64_t bytes) {
  GatewayServerOptions options;
  options.bytesPerResult = bytes;
  return options;
}

GatewayServerOptions withFault(Moment moment, Kind kind) {
  GatewayServerOptions options = secondOf(100);
  options.fault.moment = moment;
  options.fault.kind = kind;
  return options;
}

/// A conversation, its client and its time.
struct Talk {
  explicit Talk(GatewayServerOptions serverOptions = secondOf(100),
                const std::string& query = "streamConfigurationTemplateId=t")
      : options(std::move(serverOptions)),
        conversation(std::in_place, options,
                     streamSettings("/ws-gateway/api/v1/?" + query, options), log, line) {
    conversation->onOpen(now);
  }

  void audio(std::size_t size) {
    conversation->onMessage(MessageType::binary, std::string(size, 'a'), now);
  }
  void text(const std::string& message) {
    conversation->onMessage(MessageType::text, message, now);
  }
  /// Time passes; the conversation is woken when it asked to be.
  void pass(Duration duration) {
    const TimePoint target = now + duration;
    for (auto next = conversation->nextWake(); next && *next <= target;
         next = conversation->nextWake()) {
      now = std::max(now, *next);
      conversation->onWake(now);
    }
    now = target;
  }
  std::vector<std::string> takeEvents() { return std::exchange(line.events, {}); }

  const GatewayServerOptions options;
  GatewayLog log;
  Line line;
  TimePoint now{std::chrono::hours(1)};
  std::optional<GatewayConversation> conversation;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("a stream is announced, transcribed and ended") {
  Talk talk;
  CHECK(talk.takeEvents() == Events{"STREAM_METADATA"});
  talk.audio(60);
  talk.audio(60);
  talk.audio(30);
  CHECK(talk.takeEvents() == Events{"partialone", "finalone", "partial two"});
  talk.text(end);
  CHECK(talk.takeEvents() == Events{"final two", "END_OF_STREAM", "close 1000"});
  CHECK(talk.log.read().completed == 1);
  CHECK(talk.log.read().results == 4);
  CHECK(talk.log.read().audioBytes == 150);
}

TEST_CASE("a long message of audio gives all of its results") {
  Talk talk;
  talk.takeEvents();
  talk.audio(2250);
  const Events events = talk.takeEvents();
  REQUIRE(events.size() == 22);
  CHECK(events.front() == "finalone");
  CHECK(events.back() == "final twenty-two");
  talk.text(end);
  CHECK(talk.takeEvents() == Events{"final twenty-three", "END_OF_STREAM", "close 1000"});
}

TEST_CASE("metadata and results are whole") {
  GatewayServerOptions options = secondOf(100);
  options.nullMembers = GENERATE(false, true);
  options.integerTimestamps = options.nullMembers;
  Talk talk(options,
            "streamConfigurationTemplateId=tem&id=00000000-0000-4000-8000-00000000000a&name=n");
  talk.audio(150);
  REQUIRE(talk.line.messages.size() == 2);
  const auto stream = jsonMembers(jsonMembers(talk.line.messages[0]).at("stream"));
  CHECK(stream.at("streamId") == R"("00000000-0000-4000-8000-00000000000a")");
  CHECK(stream.at("groupId") == stream.at("streamId"));
  CHECK(stream.at("name") == R"("n")");
  CHECK(stream.at("state") == R"("READY")");
  CHECK(jsonMembers(stream.at("configuration")).at("streamConfigurationTemplateId") == R"("tem")");
  const auto response = jsonMembers(jsonMembers(talk.line.messages[1]).at("response"));
  CHECK(response.at("streamId") == stream.at("streamId"));
  CHECK(response.at("sequenceId") == "1");
  CHECK(response.at("tags") == (options.nullMembers ? "null" : R"(["main"])"));
  CHECK(response.at("publishTimestamp") ==
        (options.nullMembers ? "1767225601000000" : R"("2026-01-01T00:00:01.000Z")"));
  const auto payload = jsonMembers(response.at("payload"));
  CHECK(payload.at("start") == "0");
  CHECK(payload.at("end") == "1000");
  CHECK((payload.at("words") == "null") == options.nullMembers);
}

TEST_CASE("a stream of which the query says nothing has an id") {
  Talk talk;
  const auto stream = jsonMembers(jsonMembers(talk.line.messages.at(0)).at("stream"));
  CHECK(Uuid::parse(jsonStringMember(stream, "streamId")));
}

TEST_CASE("an announced configuration is waited for, and has to come first") {
  Talk talk(secondOf(100), "streamConfigurationTemplateId=t&configurationMessage=true");
  talk.conversation->onPing(talk.now);
  CHECK(talk.takeEvents().empty());
  SECTION("it comes") {
    talk.text(start);
    CHECK(talk.takeEvents() == Events{"STREAM_METADATA"});
    talk.text(start);
    CHECK(talk.takeEvents() == Events{"GENERAL_BAD_REQUEST_ERROR", "close 1000"});
  }
  SECTION("audio comes") {
    talk.audio(1);
    CHECK(talk.takeEvents() == Events{"GENERAL_BAD_REQUEST_ERROR", "close 1000"});
  }
  SECTION("another message comes") {
    talk.text(GENERATE(keepAlive, end));
    CHECK(talk.takeEvents() == Events{"GENERAL_BAD_REQUEST_ERROR", "close 1000"});
  }
  SECTION("it patches what it must not") {
    talk.text(R"({"type":"CONFIGURATION","patches":{"streamId":"x"}})");
    CHECK(talk.takeEvents() == Events{"STREAM_CONFIGURATION_BAD_PATCH", "close 1000"});
  }
  SECTION("its parts are of another kind") {
    talk.text(GENERATE(R"({"type":"CONFIGURATION","patches":5})",
                       R"({"type":"CONFIGURATION","webhook":[]})",
                       R"({"type":"CONFIGURATION","patches":{"language":{}}})"));
    CHECK(talk.takeEvents() == Events{"GENERAL_VALIDATION_ERROR", "close 1000"});
  }
  SECTION("its webhooks are no URLs") {
    talk.text(R"({"type":"CONFIGURATION","webhook":{"ftp://a":["*"]}})");
    CHECK(talk.takeEvents() == Events{"WEBHOOK_CONFIGURATION_ERROR", "close 1000"});
  }
}

TEST_CASE("what a client must not send is an error") {
  Talk talk;
  talk.takeEvents();
  SECTION("a configuration that was not announced") {
    talk.text(start);
  }
  SECTION("no JSON") {
    talk.text("hello");
  }
  SECTION("no type") {
    talk.text(R"({"a":1})");
  }
  SECTION("a type of the server") {
    talk.text(R"({"type":"RESPONSE"})");
  }
  SECTION("an empty binary message") {
    talk.audio(0);
  }
  CHECK(talk.takeEvents() == Events{"GENERAL_BAD_REQUEST_ERROR", "close 1000"});
  talk.audio(500);
  talk.text(end);
  CHECK(talk.takeEvents().empty());
  CHECK(talk.log.read().errors == 1);
  CHECK(talk.log.read().completed == 0);
}

TEST_CASE("a client that has ended its stream sends nothing more") {
  GatewayServerOptions options = secondOf(100);
  options.drainDelay = Duration(1'000);
  Talk talk(options);
  talk.text(end);
  talk.text(keepAlive);
  talk.takeEvents();
  SECTION("audio") {
    talk.audio(10);
  }
  SECTION("its end") {
    talk.text(end);
  }
  CHECK(talk.takeEvents() == Events{"GENERAL_BAD_REQUEST_ERROR", "close 1000"});
}

TEST_CASE("a query that the gateway does not take fails the stream") {
  const std::string id = "streamConfigurationTemplateId=t&";
  const auto [query, name] = GENERATE_COPY(table<std::string, std::string>(
      {{"", "STREAM_CONFIGURATION_BAD_TEMPLATE"},
       {id + "client=wsferry", "STREAM_CONFIGURATION_BAD_PATCH"},
       {id + "patches.client=wsferry", "STREAM_CONFIGURATION_BAD_PATCH"},
       {id + "ask=Who", "STREAM_CONFIGURATION_BAD_PATCH"},
       {id + "processors.0.name=a", "STREAM_CONFIGURATION_BAD_PATCH"},
       {id + "format=TEXT", "GENERAL_VALIDATION_ERROR"},
       {id + "egress=no", "GENERAL_VALIDATION_ERROR"},
       {id + "id=mine", "GENERAL_VALIDATION_ERROR"},
       {id + "language=%ff", "GENERAL_VALIDATION_ERROR"},
       {id + "webhook=mail", "WEBHOOK_CONFIGURATION_ERROR"},
       {id + "webhook=http://a&webhook.stream=http://b&webhook=http://c&webhook=http://d",
        "WEBHOOK_ENDPOINTS_DEFINITION_LIMIT_REACHED"}}));
  Talk talk(secondOf(100), query);
  CHECK(talk.takeEvents() == Events{name, "close 1000"});
}

TEST_CASE("the documented patches are taken") {
  const std::string query =
      GENERATE("language=ro", "utteranceEnd=1", "patches.language=-", "summary=true", "ask0=Who",
               "ask12Format=x", "patches.ask0Id=a", "processors/0/properties/a",
               "/processors/x/properties/a/b=1", "processors.0.properties.a=1", "%6Canguage=ro");
  Talk talk(secondOf(100), "streamConfigurationTemplateId=t&" + query);
  CHECK(talk.takeEvents() == Events{"STREAM_METADATA"});
}

TEST_CASE("audio that comes before the metadata is answered after it") {
  GatewayServerOptions options = secondOf(100);
  options.metadataDelay = Duration(500);
  Talk talk(options);
  talk.audio(100);
  talk.text(end);
  CHECK(talk.takeEvents().empty());
  talk.pass(Duration(500));
  CHECK(talk.takeEvents() == Events{"STREAM_METADATA", "finalone", "END_OF_STREAM", "close 1000"});
}

TEST_CASE("results and the end of stream take their time") {
  GatewayServerOptions options = secondOf(100);
  options.resultDelay = Duration(100);
  options.drainDelay = Duration(1'000);
  Talk talk(options);
  talk.takeEvents();
  talk.audio(200);
  talk.pass(Duration(99));
  CHECK(talk.takeEvents().empty());
  talk.pass(Duration(1));
  CHECK(talk.takeEvents() == Events{"finalone"});
  talk.text(end);
  talk.pass(Duration(100));
  CHECK(talk.takeEvents() == Events{"final two"});
  talk.pass(Duration(899));
  CHECK(talk.takeEvents().empty());
  talk.pass(Duration(1));
  CHECK(talk.takeEvents() == Events{"END_OF_STREAM", "close 1000"});
}

TEST_CASE("raw results are binary and final") {
  Talk talk(secondOf(100), "streamConfigurationTemplateId=t&format=RAW");
  talk.audio(50);
  talk.audio(160);
  talk.text(end);
  CHECK(talk.takeEvents() == Events{"STREAM_METADATA", "binary:one", "binary: two", "binary: three",
                                    "END_OF_STREAM", "close 1000"});
}

TEST_CASE("without egress there are no results, and the end is one of three") {
  using UploadEnd = GatewayServerOptions::UploadEnd;
  GatewayServerOptions options = secondOf(100);
  options.uploadEnd = GENERATE(UploadEnd::endOfStream, UploadEnd::close, UploadEnd::silence);
  Talk talk(options, "streamConfigurationTemplateId=t&egress=false");
  talk.audio(250);
  talk.text(end);
  Events expected = {"STREAM_METADATA"};
  if (options.uploadEnd == UploadEnd::endOfStream) {
    expected.emplace_back("END_OF_STREAM");
  }
  if (options.uploadEnd != UploadEnd::silence) {
    expected.emplace_back("close 1000");
  }
  CHECK(talk.takeEvents() == expected);
  CHECK(talk.log.read().completed == 1);
}

TEST_CASE("a client that says nothing is dropped, one that pings or says keep-alive is not") {
  GatewayServerOptions options = secondOf(100);
  options.inactivityLimit = Duration(1'000);
  options.idleLimit = Duration(5'000);
  options.drainDelay = Duration(60'000);
  Talk talk(options);
  if (GENERATE(false, true)) {
    talk.text(end);  // The limits go on.
  }
  talk.takeEvents();
  SECTION("silence") {
    talk.pass(Duration(999));
    CHECK(talk.takeEvents().empty());
    talk.pass(Duration(1));
    CHECK(talk.takeEvents() == Events{"disconnect"});
    CHECK(talk.log.read().timedOut == 1);
    CHECK_FALSE(talk.conversation->nextWake());
  }
  SECTION("keep-alive, up to the idle limit") {
    const bool ping = GENERATE(false, true);
    for (int i = 0; i < 9; ++i) {
      talk.pass(Duration(500));
      ping ? talk.conversation->onPing(talk.now) : talk.text(keepAlive);
    }
    CHECK(talk.takeEvents().empty());
    talk.pass(Duration(500));
    CHECK(talk.takeEvents() == Events{"disconnect"});
  }
}

TEST_CASE("audio restarts both limits") {
  GatewayServerOptions options = secondOf(1'000'000);
  options.inactivityLimit = Duration(1'000);
  options.idleLimit = Duration(1'500);
  Talk talk(options, "streamConfigurationTemplateId=t&egress=false");
  talk.takeEvents();
  for (int i = 0; i < 10; ++i) {
    talk.pass(Duration(900));
    talk.audio(1);
  }
  CHECK(talk.takeEvents().empty());
}

TEST_CASE("what is queued for a client that does not read is bounded") {
  Talk talk(secondOf(1));
  talk.line.isStuck = true;
  talk.audio(100'000);
  for (int i = 0; i < 1'000; ++i) {
    talk.audio(1);
  }
  CHECK(talk.line.queued < 300 * 1024);
  const unsigned sent = talk.log.read().results;
  talk.line.queued = 0;
  talk.conversation->onDrained(talk.now);
  CHECK(talk.log.read().results > sent);
  CHECK(talk.line.queued < 300 * 1024);
  talk.line.isStuck = false;
  talk.conversation->onDrained(talk.now);
  talk.text(end);
  CHECK(talk.log.read().results == 101'000);
  CHECK(talk.line.events.back() == "close 1000");
}

TEST_CASE("a fault comes in place of what its moment is about") {
  const auto [moment, before] = GENERATE(table<Moment, Events>(
      {{Moment::metadata, {}},
       {Moment::audio, {"STREAM_METADATA", "partialone"}},
       {Moment::endOfStream, {"STREAM_METADATA", "partialone", "finalone", "partial two"}},
       {Moment::serverEndOfStream,
        {"STREAM_METADATA", "partialone", "finalone", "partial two", "final two",
         "END_OF_STREAM"}}}));
  const auto [kind, what] =
      GENERATE(table<Kind, Events>({{Kind::error, {"PROCESSOR_GENERAL_ERROR", "close 1000"}},
                                    {Kind::close, {"close 4000"}},
                                    {Kind::reset, {"reset"}},
                                    {Kind::disconnect, {"disconnect"}},
                                    {Kind::freeze, {"freeze"}},
                                    {Kind::silence, {}}}));
  GatewayServerOptions options = withFault(moment, kind);
  options.fault.closeCode = 4000;
  options.fault.afterBytes = 100;
  Talk talk(options);
  talk.audio(60);
  talk.audio(60);
  talk.audio(30);
  talk.text(end);
  Events expected = before;
  expected.insert(expected.end(), what.begin(), what.end());
  CHECK(talk.takeEvents() == expected);
  CHECK(talk.log.read().completed == (moment == Moment::serverEndOfStream ? 1 : 0));
}

TEST_CASE("a server can end a stream by itself") {
  GatewayServerOptions options = withFault(Moment::audio, Kind::endOfStream);
  options.fault.afterBytes = 150;
  Talk talk(options);
  talk.audio(100);
  talk.audio(50);
  talk.audio(50);
  CHECK(talk.takeEvents() ==
        Events{"STREAM_METADATA", "finalone", "final two", "END_OF_STREAM", "close 1000"});
  CHECK(talk.log.read().completed == 0);

  Talk early(withFault(Moment::metadata, Kind::endOfStream));
  CHECK(early.takeEvents() == Events{"END_OF_STREAM", "close 1000"});
}

TEST_CASE("messages can go out in fragments with pings between them") {
  GatewayServerOptions options = secondOf(100);
  options.fragments = 3;
  Talk talk(options, "streamConfigurationTemplateId=t&format=RAW");
  talk.line.raw.clear();
  talk.audio(100);
  const std::string expected = {'\x02', '\x01', 'o',    '\x89', '\x00', '\x00', '\x01',
                                'n',    '\x89', '\x00', '\x80', '\x01', 'e'};
  CHECK(talk.line.raw == expected);
}

TEST_CASE("further messages go out before each result") {
  GatewayServerOptions options = secondOf(100);
  options.extraMessages = {keepAlive, R"({"type":"FUTURE"})"};
  Talk talk(options);
  talk.takeEvents();
  talk.audio(100);
  CHECK(talk.takeEvents() == Events{"KEEP_ALIVE", "FUTURE", "finalone"});
}

TEST_CASE("a stream whose connection ends before it does is counted") {
  Talk talk;
  talk.audio(10);
  talk.conversation.reset();
  CHECK(talk.log.read().disconnected == 1);

  Talk complete;
  complete.text(end);
  complete.conversation.reset();
  CHECK(complete.log.read().disconnected == 0);
}
