// What goes over the wire: checks 7, 9, 10 and 12 of the protocol's section 16.
#include <algorithm>
#include <asio/error.hpp>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/stream_recorder.hpp"
#include "support/temporary_folder.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using gateway::Outcome;
using gateway::Stream;
using gateway::StreamOptions;

constexpr std::size_t second = 1'000;  // Of audio, in bytes.

GatewayServerOptions serverOptions() {
  GatewayServerOptions options;
  options.bytesPerResult = second;
  return options;
}

/// The parameters of the only upgrade, as they came, sorted.
std::vector<std::string> parametersOf(const GatewayServer& server) {
  const auto targets = server.log().targets;
  REQUIRE(targets.size() == 1);
  const std::string path = "/ws-gateway/api/v1/?";
  REQUIRE(targets[0].substr(0, path.size()) == path);
  std::vector<std::string> parameters;
  std::string rest = targets[0].substr(path.size()) + "&";
  while (!rest.empty()) {
    parameters.push_back(rest.substr(0, rest.find('&')));
    rest.erase(0, parameters.back().size() + 1);
  }
  std::sort(parameters.begin(), parameters.end());
  return parameters;
}

void connectWith(StreamOptions options) {
  StreamRecorder recorder;
  Stream stream(std::move(options), recorder.events());
  stream.connect();
  stream.close();
  recorder.verdict();
}

}  // namespace

TEST_CASE("a configuration is announced and comes first, as text") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.configuration =
      gateway::configurationMessage({{gateway::setPatch("language", "ro")}, {}});
  options.waitForMetadata = GENERATE(true, false);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.sendAudio(std::string(second, 'a'));
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto received = server.log().received;
  REQUIRE(received.size() >= 3);
  CHECK(received[0].type == MessageType::text);
  CHECK(received[0].payload.find(R"("CONFIGURATION")") != std::string::npos);
  CHECK(received[0].payload.find(R"("language":"ro")") != std::string::npos);
  CHECK(received[1].type == MessageType::binary);
  CHECK(parametersOf(server) == std::vector<std::string>{"configurationMessage=true",
                                                         "streamConfigurationTemplateId=template"});
}

TEST_CASE("without a configuration none is sent, and the URL has only what was asked for") {
  const GatewayServer server(serverOptions());
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto received = server.log().received;
  REQUIRE(received.size() == 2);
  CHECK(received[0].type == MessageType::binary);
  CHECK(received[1].payload == R"({"type":"END_OF_STREAM"})");
  CHECK(parametersOf(server) == std::vector<std::string>{"streamConfigurationTemplateId=template"});
}

TEST_CASE("a configuration that the server refuses fails the stream") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.configuration = R"({"patches":{"streamId":"x"}})";
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(transcribe(stream, second).response.internalErrorName == "STREAM_CONFIGURATION_BAD_PATCH");
}

TEST_CASE("everything in the query is encoded") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.streamId = "00000000-0000-4000-8000-00000000000a";
  options.egress = true;
  options.persist = false;
  options.formatParameter = "format";
  options.patches = {gateway::setPatch("language", "a b&c=d+e"),
                     gateway::setPatch("utteranceEnd", "-5"),
                     gateway::setPatch("channels", "+5"),
                     gateway::addPatch("encoding", "ünï"),
                     gateway::removePatch("multichannel"),
                     {gateway::Patch::Operation::set, "sampleRate", {"\\1", "2"}},
                     gateway::setPatch("processors/0/properties/a", "/")};
  options.webhooks = {{"webhook.stream", "https://example.org/?a=b"}};
  options.query = {{"name", "first"}, {"name", "100%"}};
  connectWith(options);
  CHECK(parametersOf(server) ==
        std::vector<std::string>{
            "channels=%5C%2B5", "egress=true", "encoding=%2B%C3%BCn%C3%AF", "format=EVENTS",
            "id=00000000-0000-4000-8000-00000000000a", "language=a%20b%26c%3Dd%2Be",
            "multichannel=-", "name=100%25", "name=first", "persist=false",
            "processors%2F0%2Fproperties%2Fa=%2F", "sampleRate=%5C1", "sampleRate=2",
            "streamConfigurationTemplateId=template", "utteranceEnd=%5C-5",
            "webhook.stream=https%3A%2F%2Fexample.org%2F%3Fa%3Db"});
}

TEST_CASE("the id that was asked for is the stream's") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.streamId = "00000000-0000-4000-8000-00000000000a";
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto record = recorder.record();
  REQUIRE(record.metadata.size() == 1);
  CHECK(record.metadata[0].streamId == options.streamId);
  REQUIRE(record.responses.size() == 1);
  CHECK(record.responses[0].streamId == options.streamId);
}

TEST_CASE("a result is read whole, with either timestamp, and with nulls") {
  GatewayServerOptions settings = serverOptions();
  settings.integerTimestamps = GENERATE(false, true);
  settings.nullMembers = GENERATE(false, true);
  const GatewayServer server(settings);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto record = recorder.record();
  REQUIRE(record.responses.size() == 1);
  const auto& response = record.responses[0];
  CHECK(response.isFinal());
  CHECK(response.sequenceId == 1);
  CHECK(response.hasSchema("TranscriptionResponseDto"));
  CHECK(response.tags.empty() == settings.nullMembers);
  if (settings.integerTimestamps) {
    CHECK(response.publishMicroseconds == 1'767'225'601'000'000);
  } else {
    CHECK(response.publishTime == "2026-01-01T00:00:01.000Z");
  }
  const auto transcription = gateway::transcriptionOf(response);
  REQUIRE(transcription);
  CHECK(transcription->text == "one");
  CHECK(transcription->endMilliseconds == 1'000);
  CHECK(transcription->words.empty() == settings.nullMembers);
  CHECK(record.metadata[0].name.empty());
}

TEST_CASE("what is not known is told, what means nothing is not, and the stream goes on") {
  const std::string future = R"({"type":"FUTURE","a":[1]})";
  const std::string label = R"({"type":"BINARY"})";
  const std::string untyped = R"({"kind":"RESPONSE"})";
  const std::string nullType = R"({"type":null})";
  const std::string broken = R"({"type":)";
  GatewayServerOptions settings = serverOptions();
  settings.extraMessages = {
      R"({"type":"KEEP_ALIVE"})",
      future,
      label,
      untyped,
      nullType,
      broken,
      "",
      R"({"type":"RESPONSE","response":null})",
      R"({"type":"RESPONSE"})",
      R"({"more":1,"type":"RESPONSE","response":{"more":{},"tags":3,"payload":null,"headers":[]}})"};
  const GatewayServer server(settings);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto record = recorder.record();
  CHECK(record.unknown == std::vector<std::string>{future, label});
  CHECK(record.notMessages == std::vector<std::string>{untyped, nullType, broken, ""});
  CHECK(record.responses.size() == 4);
  CHECK(record.transcript() == "one");
  CHECK(record.order == std::vector<std::string>{"metadata", "unknown", "unknown", "protocol error",
                                                 "protocol error", "protocol error",
                                                 "protocol error", "response", "response",
                                                 "response", "response", "verdict"});
}

TEST_CASE("a second metadata message is told and changes nothing") {
  GatewayServerOptions settings = serverOptions();
  settings.extraMessages = {R"({"type":"STREAM_METADATA","stream":{"streamId":"again"}})"};
  const GatewayServer server(settings);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  CHECK(transcribe(stream, second).outcome == Outcome::complete);
  const auto record = recorder.record();
  REQUIRE(record.metadata.size() == 2);
  CHECK(record.metadata[1].streamId == "again");
}

TEST_CASE("raw results come as bytes and as text, also in fragments with pings between them") {
  GatewayServerOptions settings = serverOptions();
  settings.fragments = GENERATE(1u, 2u, 7u);
  settings.extraMessages = {"plain text", R"({"no":"type"})"};
  const GatewayServer server(settings);
  StreamOptions options = optionsFor(server);
  options.format = gateway::EgressFormat::raw;
  options.formatParameter = "format";
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(transcribe(stream, 2 * second).outcome == Outcome::complete);
  const auto record = recorder.record();
  CHECK(record.binary == std::vector<std::string>{"one", " two"});
  CHECK(record.rawTexts == std::vector<std::string>{"plain text", R"({"no":"type"})", "plain text",
                                                    R"({"no":"type"})"});
  CHECK(record.metadata.size() == 1);
  CHECK(record.notMessages.empty());
}

TEST_CASE("events come whole out of fragments") {
  GatewayServerOptions settings = serverOptions();
  settings.fragments = GENERATE(2u, 100u, 100'000u);
  settings.extraMessages = {R"({"type":"FUTURE","text":"ăîșțâ"})"};
  const GatewayServer server(settings);
  StreamRecorder recorder;
  Stream stream(optionsFor(server), recorder.events());
  CHECK(transcribe(stream, 2 * second).outcome == Outcome::complete);
  const auto record = recorder.record();
  CHECK(record.transcript() == "one two");
  CHECK(record.unknown == std::vector<std::string>(2, settings.extraMessages[0]));
}

TEST_CASE("every way of showing credentials opens a stream") {
  using gateway::Credentials;
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  Credentials& credentials = options.credentials;
  credentials = {};
  credentials.id = "testing-id";
  SECTION("id and secret, in each place") {
    credentials.kind = Credentials::Kind::basic;
    credentials.secret = "testing-secret";
    credentials.placement = GENERATE(Credentials::Placement::header, Credentials::Placement::query,
                                     Credentials::Placement::subprotocol);
    if (credentials.placement == Credentials::Placement::subprotocol) {
      credentials.subprotocols = {"vatis", "{scheme}-{token}"};
      options.connection.rawSubprotocols = true;  // Base64 has padding.
    }
  }
  SECTION("two headers") {
    credentials.kind = Credentials::Kind::twoHeaders;
    credentials.secret = "testing-secret";
  }
  SECTION("a key, in each place") {
    credentials.kind = Credentials::Kind::apiKey;
    credentials.secret = "testing-key";
    credentials.placement = GENERATE(Credentials::Placement::header, Credentials::Placement::query,
                                     Credentials::Placement::subprotocol);
    credentials.subprotocols = {"{token}"};
    if (credentials.placement != Credentials::Placement::subprotocol) {
      credentials.subprotocols.clear();
    }
  }
  SECTION("a token, in each place") {
    credentials.kind = Credentials::Kind::bearer;
    credentials.secret = "testing-token";
    credentials.placement = GENERATE(Credentials::Placement::header, Credentials::Placement::query,
                                     Credentials::Placement::subprotocol);
    if (credentials.placement == Credentials::Placement::subprotocol) {
      credentials.subprotocols = {"bearer.{token}"};
    }
  }
  SECTION("a token from a provider") {
    credentials.kind = Credentials::Kind::bearer;
    credentials.secretProvider = [](auto completion) { completion({}, "testing-token"); };
  }
  connectWith(options);
}

TEST_CASE("what is known of a stream's connection stays known behind its end") {
  using gateway::Credentials;
  const bool isCredential = GENERATE(false, true);
  ScriptedServer server([](asio::ip::tcp::socket& socket) {
    const std::string head = readHead(socket);
    const std::string offered = "Sec-WebSocket-Protocol: ";
    const auto at = head.find(offered);
    const std::string chosen = head.substr(at, head.find_first_of(",\r", at) - at);
    writeAll(socket, upgradeAnswer(head, chosen + "\r\nX-Request-Id: 7\r\nSet-Cookie: s=1\r\n"));
    readToEnd(socket);
  });
  StreamOptions options;
  options.baseUrl = "ws://" + server.authority();
  options.templateId = "template";
  options.waitForMetadata = false;
  options.credentials = Credentials::bearer("the-secret-token");
  options.credentials.placement = Credentials::Placement::subprotocol;
  options.credentials.subprotocols = {isCredential ? "{token}" : "vatis"};
  if (!isCredential) {
    options.credentials.subprotocols.push_back("{token}");
  }
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  CHECK(stream.statistics().bytesSent == 0);
  CHECK(stream.responseHeaders().empty());
  stream.connect();
  const auto check = [&] {
    CHECK(stream.subprotocol() == (isCredential ? "***" : "vatis"));
    std::string told;
    for (const auto& [name, value] : stream.responseHeaders()) {
      told += name == "X-Request-Id" || name == "Set-Cookie" ? name + value : "";
      CHECK(value.find("the-secret-token") == std::string::npos);
    }
    CHECK(told == "X-Request-Id7");
    CHECK(stream.statistics().bytesReceived > 0);
  };
  check();
  stream.sendAudio("audio");
  stream.close();
  recorder.verdict();
  check();
  CHECK(stream.statistics().messagesSent >= 1);
}

TEST_CASE("a file is streamed in one call, whatever whenFull says") {
  const TemporaryFolder folder;
  const std::string samples(30 * second + 100, '\x01');
  std::ofstream(folder / "audio.raw", std::ios::binary) << samples;
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.whenFull =
      GENERATE(gateway::WhenFull::block, gateway::WhenFull::reject, gateway::WhenFull::dropOldest);
  options.sendQueueBytes = 5'000;
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  if (GENERATE(false, true)) {
    stream.connect();
  }
  const auto pace = gateway::FilePace::unpaced();
  const gateway::Verdict verdict = stream.streamFile(folder / "audio.raw", pace);
  CHECK(verdict.outcome == Outcome::complete);
  CHECK(verdict.audioBytesSent == samples.size());
  CHECK(server.log().audioBytes == samples.size());
  CHECK(recorder.record().order.back() == "verdict");
  CHECK(stream.coveredAudio() > Duration(0));
  CHECK(stream.streamFile(folder / "audio.raw", pace).error == Errc::invalidState);
}

TEST_CASE("where the last message cannot be sent, neither was the end") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.egress = GENERATE(true, false);
  StreamRecorder recorder;
  Stream stream(options, recorder.events());
  stream.sendAudio(std::string(second, 'a'));
  CHECK_FALSE(stream.sendText("\xff"));
  stream.connect([](const std::error_code&, const ErrorInfo&) {});
  std::promise<gateway::Verdict> finished;
  stream.finish([&](gateway::Verdict verdict) { finished.set_value(std::move(verdict)); });
  const gateway::Verdict verdict = get(finished.get_future());
  INFO(verdict.info.message);
  CHECK(verdict.outcome == Outcome::lost);
}

TEST_CASE("results are read one by one, to the verdict") {
  const GatewayServer server(serverOptions());
  StreamOptions options = optionsFor(server);
  options.pullResults = true;
  Stream stream(options, {});
  stream.connect();
  std::promise<gateway::Verdict> finished;
  stream.sendAudio(std::string(3 * second, 'a'));
  stream.finish([&](gateway::Verdict verdict) { finished.set_value(std::move(verdict)); });
  std::size_t finals = 0;
  std::error_code end;
  while (!end) {
    std::promise<std::error_code> read;
    stream.readResult([&](const std::error_code& error, const gateway::Response& response) {
      finals += !error && response.isFinal() ? 1 : 0;
      read.set_value(error);
    });
    end = get(read.get_future());
  }
  CHECK(end == make_error_code(asio::error::eof));
  CHECK(finals == 3);
  CHECK(stream.coveredAudio() == Duration(3'000));
  CHECK(get(finished.get_future()).outcome == Outcome::complete);
}
