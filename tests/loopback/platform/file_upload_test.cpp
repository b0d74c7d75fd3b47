#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "loopback/platform/egress_reading.hpp"
#include "loopback/platform/uploading.hpp"
#include "support/contains.hpp"
#include "wsferry/platform/platform_error.hpp"
#include "wsferry/platform/stream_service.hpp"
#include "wsferry/testing/gateway_server.hpp"

// Files that are uploaded to the testing gateway, and the streams that it makes of them.

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;
using support::contains;
using testing::GatewayServer;
using testing::GatewayServerOptions;
using testing::UploadFault;

namespace {

Uploaded uploadTo(const GatewayServer& server, std::size_t size,
                  std::optional<std::uint64_t> said = std::nullopt) {
  UploadOptions options = support::uploadTo(server.uploadUrl());
  options.size = said;
  return uploadBytes(options, size);
}

EgressOptions readerOf(const GatewayServer& server) {
  EgressOptions options;
  options.url = server.egressUrl();
  options.streams = {uploadedId};
  options.credentials = bearer();
  return options;
}

StreamResult askFor(StreamService& service, const std::string& id) {
  auto promise = std::make_shared<std::promise<StreamResult>>();
  service.fetch(id, keepResult(promise));
  return get(promise->get_future());
}

StreamResult cancel(StreamService& service, const std::string& id) {
  auto promise = std::make_shared<std::promise<StreamResult>>();
  service.cancel(id, keepResult(promise));
  return get(promise->get_future());
}

StreamServiceOptions serviceOf(const GatewayServer& server) {
  StreamServiceOptions options;
  options.url = server.streamServiceUrl();
  options.credentials = bearer();
  return options;
}

GatewayServerOptions withFault(UploadFault::Kind kind, std::uint64_t afterBytes) {
  GatewayServerOptions options;
  options.uploadFault.kind = kind;
  options.uploadFault.afterBytes = afterBytes;
  return options;
}

}  // namespace

TEST_CASE("a file becomes a stream, whose results are read and whose state is known") {
  const GatewayServer server;
  const std::size_t size = GENERATE(std::size_t{0}, std::size_t{70'000}, std::size_t{3'000'000});
  const bool isSaid = GENERATE(true, false);
  const Uploaded uploaded =
      uploadTo(server, size, isSaid ? std::optional<std::uint64_t>(size) : std::nullopt);
  INFO(uploaded.result.info.message);
  REQUIRE(!uploaded.result.error);
  CHECK(!uploaded.written);
  CHECK(uploaded.result.value.streamId == uploadedId);
  CHECK(uploaded.result.value.groupId == uploadedId);
  CHECK(uploaded.result.value.state == "READY");
  CHECK(contains(uploaded.result.value.json, "668115d123bca7e3509723d4"));
  CHECK(server.log().uploadBytes == size);
  CHECK(server.log().uploadTargets ==
        std::vector<std::string>{"/http-gateway/api/v1/upload?streamConfigurationTemplateId="
                                 "668115d123bca7e3509723d4&id=" +
                                 std::string(uploadedId)});
  const Reading reading = readAllOf(readerOf(server));
  CHECK(reading.verdict.isSuccess());
  CHECK(reading.ids.size() == (size + 31'999) / 32'000);
  RunningContext running;
  StreamService service(running.context(), serviceOf(server));
  const StreamResult state = askFor(service, uploadedId);
  INFO(state.info.message);
  CHECK(!state.error);
  CHECK(state.value.state == "COMPLETED");
}

TEST_CASE("what an upload asks for goes into the URL, encoded, and nothing else") {
  const GatewayServer server;
  UploadOptions options = support::uploadTo(server.uploadUrl());
  options.name = "a b+c";
  options.groupId = "5e1f3c4a-0000-4000-8000-00000000000b";
  options.persist = true;
  options.patches = {gateway::setPatch("language", "-5")};
  options.query = {{"persistTags", "x"}};
  CHECK(!uploadBytes(options, 10).result.error);
  CHECK(contains(server.log().uploadTargets.at(0),
                 "&persist=true&language=%5C-5&persistTags=x&"
                 "groupId=5e1f3c4a-0000-4000-8000-00000000000b&name=a%20b%2Bc"));
}

TEST_CASE("an upload that is refused costs none, and has the gateway's words") {
  GatewayServerOptions options;
  options.longestUpload = 2'000'000;
  const GatewayServer server(options);
  UploadOptions upload = support::uploadTo(server.uploadUrl());
  upload.size = 30'000'000;
  SECTION("credentials") {
    upload.credentials = bearer("another");
    const Uploaded uploaded = uploadBytes(upload, 30'000'000);
    CHECK(uploaded.result.error == make_error_code(Errc::notAuthenticated));
    CHECK(uploaded.result.info.remoteCode == "GENERAL_AUTHENTICATION_ERROR");
    CHECK(contains(uploaded.result.info.message, "Missing or invalid credentials"));
    CHECK(uploaded.written == make_error_code(Errc::connectionClosed));
  }
  SECTION("a patch that is not allowed") {
    upload.patches = {gateway::setPatch("nonsense", "1")};
    const Uploaded uploaded = uploadBytes(upload, 30'000'000);
    CHECK(uploaded.result.info.remoteCode == "STREAM_CONFIGURATION_BAD_PATCH");
    CHECK(uploaded.result.info.httpStatus == 400);
  }
  SECTION("length") {
    CHECK(uploadBytes(upload, 30'000'000).result.info.httpStatus == 413);
  }
  CHECK(server.log().uploadBytes == 0);
}

TEST_CASE("a body of unknown length that becomes too long is told of in its middle") {
  GatewayServerOptions options;
  options.longestUpload = 2'000'000;
  const GatewayServer server(options);
  const Uploaded uploaded = uploadTo(server, 500'000'000);
  CHECK(uploaded.written == make_error_code(Errc::connectionClosed));
  CHECK(uploaded.result.info.httpStatus == 413);
  CHECK(contains(uploaded.result.info.message, "The upload is too long"));
}

TEST_CASE("each fault of the gateway is told as what it is") {
  const std::uint64_t after = GENERATE(std::uint64_t{0}, std::uint64_t{1'500'000});
  const auto row = GENERATE(table<UploadFault::Kind, std::error_code>({
      {UploadFault::Kind::refusal, make_error_code(PlatformErrc::unavailable)},
      {UploadFault::Kind::html, make_error_code(PlatformErrc::invalidAnswer)},
      {UploadFault::Kind::answer, make_error_code(PlatformErrc::invalidAnswer)},
      {UploadFault::Kind::disconnect, make_error_code(Errc::connectionLost)},
      {UploadFault::Kind::reset, make_error_code(Errc::connectionLost)},
      {UploadFault::Kind::silence, make_error_code(Errc::timedOut)},
      {UploadFault::Kind::freeze, make_error_code(Errc::timedOut)},
  }));
  CAPTURE(after, static_cast<int>(std::get<0>(row)));
  const GatewayServer server(withFault(std::get<0>(row), after));
  UploadOptions options = support::uploadTo(server.uploadUrl());
  options.size = 3'000'000;
  options.connection.responseTimeout = options.connection.stallTimeout = Duration(1'500);
  const Uploaded uploaded = uploadBytes(options, 3'000'000);
  INFO(uploaded.result.info.message);
  CHECK(uploaded.result.error == std::get<1>(row));
  CHECK(uploaded.result.value.streamId.empty());
}

TEST_CASE("a body of another length than was said is an error, and no stream") {
  const GatewayServer server;
  const std::size_t size = GENERATE(std::size_t{90'000}, std::size_t{200'000});
  const Uploaded uploaded = uploadTo(server, size, 150'000);
  INFO(uploaded.result.info.message);
  CHECK(uploaded.result.error == make_error_code(Errc::invalidState));
  CHECK(server.log().uploads == 0);
}

TEST_CASE("a stream that a gateway answers with before it has all of the body is none") {
  ScriptedServer server([](tcp::socket& socket) {
    agree(socket);
    readBytes(socket, 300'000);
    writeAll(socket, streamAnswer());
    readToEnd(socket);
  });
  UploadOptions options = support::uploadTo("http://" + server.authority() + "/upload");
  constexpr std::size_t size = 500'000'000;
  if (GENERATE(true, false)) {
    options.size = size;
  }
  const Uploaded uploaded = uploadBytes(options, size);
  CHECK(uploaded.result.error == make_error_code(Errc::connectionLost));
  CHECK(uploaded.result.value.streamId.empty());
  CHECK(uploaded.size < size);
}

TEST_CASE("an upload that is given up ends what waits") {
  const GatewayServer server(withFault(UploadFault::Kind::freeze, 1'000'000));
  RunningContext running;
  std::optional<FileUpload> upload(std::in_place, running.context(),
                                   support::uploadTo(server.uploadUrl()));
  asio::cancellation_signal signal;
  const auto promise = std::make_shared<std::promise<StreamResult>>();
  upload->start(asio::bind_cancellation_slot(signal.slot(), keepResult(promise)));
  auto written = std::make_shared<std::promise<std::error_code>>();
  upload->write(std::string(100'000'000, 'a'),
                [written](const std::error_code& error) { written->set_value(error); });
  REQUIRE(server.waitUntil([](const auto& log) { return log.uploadBytes >= 1'000'000; }, patience));
  SECTION("by its destruction") {
    upload.reset();
  }
  SECTION("by close()") {
    upload->close();
  }
  SECTION("by cancellation") {
    asio::post(upload->executor(), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  }
  CHECK(get(promise->get_future()).error == make_error_code(Errc::cancelled));
  CHECK(get(written->get_future()) == make_error_code(Errc::connectionClosed));
}

TEST_CASE("calls out of order are refused") {
  const GatewayServer server;
  RunningContext running;
  FileUpload upload(running.context(), support::uploadTo(server.uploadUrl()));
  CHECK(writeTo(upload, "a") == make_error_code(Errc::invalidState));
  auto answered = start(upload);
  CHECK(get(start(upload)).error == make_error_code(Errc::invalidState));
  CHECK(!writeTo(upload, "a"));
  upload.finish();
  CHECK(!get(std::move(answered)).error);
  CHECK(writeTo(upload, "a") == make_error_code(Errc::connectionClosed));
}

TEST_CASE("a stream is cancelled while it runs, and one that is not there is told") {
  GatewayServerOptions options;
  options.drainDelay = Duration(600'000);
  const GatewayServer server(options);
  REQUIRE(!uploadTo(server, 40'000).result.error);
  RunningContext running;
  StreamService service(running.context(), serviceOf(server));
  CHECK(askFor(service, uploadedId).value.state == "READY");
  CHECK(!cancel(service, uploadedId).error);
  CHECK(server.log().cancelled == std::vector<std::string>{uploadedId});
  CHECK(askFor(service, uploadedId).value.state == "FAILED");
  const StreamResult missing = askFor(service, "5e1f3c4a-0000-4000-8000-00000000000c");
  CHECK(missing.info.httpStatus == 404);
  CHECK(missing.info.remoteCode == "GENERAL_NOT_FOUND_ERROR");
  CHECK(askFor(service, "").error == make_error_code(Errc::invalidOption));
}

TEST_CASE("options that cannot be meant are refused before connecting") {
  asio::io_context context;
  UploadOptions options = support::uploadTo("https://example.org/upload");
  const auto code = [&] {
    try {
      const FileUpload upload(context, options);
    } catch (const Error& error) {
      return error.code();
    }
    return std::error_code();
  };
  CHECK(!code());
  SECTION("no template") {
    options.templateId.clear();
    CHECK(code() == make_error_code(Errc::invalidOption));
  }
  SECTION("credentials in the clear") {
    options.url = "http://example.org/upload";
    CHECK(code() == make_error_code(Errc::plaintextCredentials));
  }
  SECTION("no URL of HTTP") {
    options.url = "wss://example.org/upload";
    CHECK(code() == make_error_code(Errc::invalidUrl));
  }
  SECTION("a patch of a parameter's name") {
    options.patches = {gateway::setPatch(GENERATE("id", "persist", "groupId", "egress"), "1")};
    CHECK(code() == make_error_code(Errc::invalidOption));
  }
  SECTION("a parameter that has been made from an option") {
    options.query = {{GENERATE("id", "name"), "another"}};
    options.name = "one";
    CHECK(code() == make_error_code(Errc::invalidOption));
  }
  SECTION("the same in the URL") {
    options.url += "?%69d=another";
    CHECK(code() == make_error_code(Errc::invalidOption));
  }
  SECTION("a patch twice") {
    options.patches = {gateway::setPatch("a", "1"), gateway::setPatch("a", "2")};
    CHECK(code() == make_error_code(Errc::invalidOption));
  }
}
