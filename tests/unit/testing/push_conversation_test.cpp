#include "testing/transfer/push_conversation.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/archive_fixture.hpp"
#include "support/content_parts.hpp"
#include "support/temporary_folder.hpp"
#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::testing;

namespace {

using Kind = TransferFaults::Kind;
using strapi::TransferAction;
using strapi::TransferStage;

const std::string everything = R"({"entities":{"exclude":["admin::role"]},"assets":true,)"
                               R"("configuration":{"webhook":true,"coreStore":true}})";

std::string quoted(const std::string& name, const std::string& value) {
  return "\"" + name + "\":" + encodeJsonString(value);
}

std::string entity(const std::string& type, unsigned id) {
  return "{" + quoted("type", type) + R"(,"id":)" + std::to_string(id) + R"(,"data":{}})";
}

std::string link(const std::string& left, const std::string& right) {
  return R"({"kind":"relation.basic","relation":"oneToOne","left":{)" + quoted("type", left) +
         R"(,"ref":1,"field":"f"},"right":{)" + quoted("type", right) + R"(,"ref":1}})";
}

/// A file's record as far as an import needs it.
std::string fileMetadata(const std::string& id, const std::string& filename) {
  const auto dot = std::min(filename.find('.'), filename.size());
  return R"({"id":)" + id + "," + quoted("name", filename) + "," +
         quoted("hash", filename.substr(0, dot)) + "," + quoted("ext", filename.substr(dot)) +
         R"(,"mime":"image/png","size":0,)" + quoted("url", "/uploads/" + filename) + "}";
}

/// What the server has before a push: one of everything, and an administrator.
class OldContent final : public Content {
 public:
  strapi::Metadata metadata() const override { return {"2024-01-01T00:00:00.000Z", "5.54.0"}; }
  std::vector<strapi::Schema> schemas() const override {
    std::vector<strapi::Schema> all;
    for (const std::string uid : {"admin::role", "api::a.a", "api::b.b", "plugin::upload.file"}) {
      all.push_back({uid, "{" + quoted("uid", uid) + R"(,"attributes":{}})"});
    }
    return all;
  }
  NextRecord records(TransferStage stage) const override {
    std::vector<std::string> all;
    if (stage == TransferStage::entities) {
      all = {entity("admin::role", 1), entity("api::a.a", 91), entity("api::b.b", 92)};
    } else if (stage == TransferStage::links) {
      all = {link("api::a.a", "admin::role"), link("api::a.a", "api::b.b"),
             link("api::b.b", "api::b.b")};
    } else if (stage == TransferStage::configuration) {
      all = {R"({"type":"core-store","value":{"old":1}})", R"({"type":"webhook","value":{}})"};
    }
    return [all, next = std::size_t{0}]() mutable {
      return next < all.size() ? all[next++] : std::string();
    };
  }
  std::vector<strapi::AssetInfo> assets() const override {
    return {{"old.png", 3, fileMetadata("9", "old.png")}};
  }
  NextBytes assetBytes(std::size_t) const override {
    return [bytes = std::string("old")]() mutable { return std::exchange(bytes, {}); };
  }
};

/// A server, as far as its pushes go.
struct Server {
  explicit Server(TransferServerOptions serverOptions = {}) : options(std::move(serverOptions)) {
    archive::ArchiveDestinationOptions pushTarget;
    pushTarget.path = folder / "pushed.tar";
    pushTarget.format.compressed = false;
    pushTarget.overwrite = true;
    target = std::make_shared<PushTarget>(std::make_shared<OldContent>(), pushTarget);
  }

  TemporaryFolder folder;
  TransferServerOptions options;
  std::shared_ptr<PushTarget> target;
};

/// The client's side of one connection.
class Client {
 public:
  explicit Client(const Server& server)
      : conversation_(std::make_unique<PushConversation>(server.target, server.options)) {}

  /// Everything but diagnostics, which are kept.
  std::vector<Output> sendRaw(const std::string& text, bool isBusy = false) {
    auto outputs =
        conversation_->onMessage(text, Conversation::Time(std::chrono::milliseconds(77)), isBusy);
    std::vector<Output> rest;
    for (auto& output : outputs) {
      if (output.payload.find(R"({"diagnostic":)") == 0) {
        const auto diagnostic = jsonMembers(jsonMembers(output.payload).at("diagnostic"));
        diagnostics.push_back(jsonStringMember(jsonMembers(diagnostic.at("details")), "message"));
      } else {
        rest.push_back(std::move(output));
      }
    }
    return rest;
  }

  std::vector<Output> sendOutputs(const std::string& members, bool isBusy = false) {
    uuid = Uuid::random().toString();
    return sendRaw("{" + members + "," + quoted("uuid", uuid) + "}", isBusy);
  }

  /// The data of the one answer, or its error's message; `details` are kept.
  std::string send(const std::string& members) {
    const auto outputs = sendOutputs(members);
    REQUIRE(outputs.size() == 1);
    CHECK(outputs[0].kind == Output::Kind::text);
    return outcome(outputs[0].payload);
  }

  std::string outcome(const std::string& text) {
    const auto answer = jsonMembers(text);
    CHECK(jsonStringMember(answer, "uuid") == uuid);
    if (answer.at("error") == "null") {
      return answer.at("data");
    }
    CHECK(answer.at("data") == "null");
    const auto error = jsonMembers(answer.at("error"));
    CHECK(jsonStringMember(error, "code") == "Error");
    details = error.at("details");
    return jsonStringMember(error, "message");
  }

  static std::string actionMembers(const std::string& name) {
    return R"("type":"transfer","kind":"action",)" + quoted("action", name);
  }
  static std::string stepMembers(const std::string& step, const std::string& what) {
    return R"("type":"transfer","kind":"step",)" + quoted("step", step) + "," +
           quoted("action", what);
  }
  static std::string streamMembers(const std::string& step, const std::string& data) {
    return stepMembers(step, "stream") + R"(,"data":)" + data;
  }

  std::string action(const std::string& name) { return send(actionMembers(name)); }
  std::string start(const std::string& step) { return send(stepMembers(step, "start")); }
  std::string end(const std::string& step) { return send(stepMembers(step, "end")); }
  std::string stream(const std::string& step, const std::string& data) {
    return send(streamMembers(step, data));
  }
  std::string command(const std::string& name, const std::string& params = {}) {
    return send(R"("type":"command",)" + quoted("command", name) +
                (params.empty() ? "" : R"(,"params":)" + params));
  }
  std::string init(const std::string& restore = everything,
                   const std::string& more = R"(,"checksums":true,"assetEncoding":"base64")") {
    return command("init", R"({"transfer":"push","options":{"strategy":"restore","restore":)" +
                               restore + "}" + more + "}");
  }
  void begin(const std::string& restore = everything,
             const std::string& more = R"(,"checksums":true)") {
    init(restore, more);
    CHECK(action("bootstrap") == "null");
    CHECK(action("beforeTransfer") == "null");
  }
  /// Starts, streams and ends a step.
  std::string step(const std::string& name, const std::string& data) {
    CHECK(start(name) == R"({"ok":true})");
    CHECK(stream(name, data) == "null");
    return end(name);
  }

  void disconnect() { conversation_.reset(); }

  std::string uuid;
  std::string details;
  std::vector<std::string> diagnostics;

 private:
  std::unique_ptr<PushConversation> conversation_;
};

std::string assetStart(const std::string& id, const std::string& filename,
                       const std::string& metadata) {
  return R"({"action":"start",)" + quoted("assetID", id) + R"(,"data":{)" +
         quoted("filename", filename) + R"(,"stats":{"size":3},"metadata":)" + metadata + "}}";
}
std::string assetStart(const std::string& id, const std::string& filename) {
  return assetStart(id, filename, fileMetadata("7", filename));
}
std::string fileRecord(const std::string& id, const std::string& filename) {
  const auto dot = std::min(filename.find('.'), filename.size());
  return R"({"type":"plugin::upload.file","id":)" + id + R"(,"data":{)" +
         quoted("hash", filename.substr(0, dot)) + "," + quoted("ext", filename.substr(dot)) + "}}";
}
/// The entities of the file that assets of these tests belong to.
std::string file() {
  return "[" + fileRecord("7", "new.png") + "]";
}
std::string assetChunk(const std::string& id, const std::string& members) {
  return R"({"action":"stream",)" + quoted("assetID", id) + "," + members + "}";
}
std::string assetEnd(const std::string& id, const std::string& members = {}) {
  return R"({"action":"end",)" + quoted("assetID", id) + members + "}";
}
std::string base64(const std::string& bytes) {
  std::string text;
  encodeBase64(bytes, text);
  return R"("encoding":"base64",)" + quoted("data", text);
}
std::string checksum(const std::string& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return R"(,"checksum":{"algorithm":"sha256",)" + quoted("value", hash.hex()) + "}";
}

bool isStored(const Server& server) {
  return server.folder.names().count("pushed.tar") != 0;
}
bool isNothingStored(const Server& server) {
  return server.folder.names().empty();
}

}  // namespace

TEST_CASE("A push is served when it has been committed", "[push_conversation]") {
  const Server server;
  Client client(server);
  const auto answer = jsonMembers(client.init());
  CHECK(answer.at("checksums") == "true");
  CHECK(answer.at("assetEncoding") == R"("base64")");
  CHECK(client.action("bootstrap") == "null");
  const auto metadata = jsonMembers(client.action("getMetadata"));
  CHECK(metadata.at("strapi") == R"({"version":"5.54.0"})");
  CHECK(jsonMembers(client.action("getSchemas")).count("api::a.a") == 1);
  CHECK(isNothingStored(server));
  CHECK(client.action("beforeTransfer") == "null");

  CHECK(client.step("entities", "[" + entity("api::a.a", 1) + "," + entity("api::b.b", 2) + "]") ==
        R"({"ok":true,"stats":{"started":2,"finished":2}})");
  CHECK(client.step("entities", file()) == R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK(client.step("assets",
                    "[" + assetStart("x", "new.png") + "," + assetChunk("x", base64("ne")) + "," +
                        assetChunk("x", base64("w")) + "," + assetEnd("x", checksum("new")) +
                        "]") == R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK(client.step("links", "[" + link("api::a.a", "api::b.b") + "]") ==
        R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK(client.step("configuration", R"([{"type":"core-store","value":{"new":1}}])") ==
        R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK_FALSE(isStored(server));
  CHECK(client.action("close") == "null");
  CHECK(server.folder.names() == std::set<std::string>{"pushed.tar"});
  CHECK(client.command("end", "{" + quoted("transferID", jsonStringMember(answer, "transferID")) +
                                  "}") == R"({"ok":true})");
  client.disconnect();

  const auto content = server.target->content();
  CHECK(recordsOf(*content, TransferStage::entities) ==
        std::vector<std::string>{entity("api::a.a", 1), entity("api::b.b", 2),
                                 fileRecord("7", "new.png")});
  CHECK(recordsOf(*content, TransferStage::links) ==
        std::vector<std::string>{link("api::a.a", "api::b.b")});
  CHECK(recordsOf(*content, TransferStage::configuration) ==
        std::vector<std::string>{R"({"type":"core-store","value":{"new":1}})"});
  REQUIRE(content->assets().size() == 1);
  CHECK(content->assets()[0].filename == "new.png");
  CHECK(content->assets()[0].metadata == fileMetadata("7", "new.png"));
  CHECK(bytesOf(*content, 0) == "new");
  CHECK(content->schemas().size() == OldContent().schemas().size());
  const auto counts = server.target->counts();
  CHECK(counts.commits == 1);
  CHECK(counts.rollbacks + counts.teardowns + counts.overlapping == 0);
}

TEST_CASE("Every way to write an asset's bytes is understood", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin(everything, "");
  client.step("entities", "[" + fileRecord("7", "a") + "," + fileRecord("8", "b") + "]");
  client.step("assets", "[" + assetStart("a", "a") + "," +
                            assetStart("b", "b", fileMetadata("8", "b")) + "," +
                            assetChunk("a", base64("one")) + "," +
                            assetChunk("b", R"("data":{"type":"Buffer","data":[116,119,111]})") +
                            "," + assetChunk("a", R"("data":"b25l")") + "," + assetEnd("a") + "," +
                            assetEnd("b") + "]");
  client.action("close");
  const auto content = server.target->content();
  REQUIRE(content->assets().size() == 2);
  CHECK(bytesOf(*content, 0) == "oneone");
  CHECK(bytesOf(*content, 1) == "two");
}

TEST_CASE("What came of the transfer is told by diagnostics", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.init();
  CHECK(client.diagnostics ==
        std::vector<std::string>{"received command:init uuid:" + client.uuid});
  client.action("bootstrap");
  client.diagnostics.clear();
  client.action("beforeTransfer");
  CHECK(client.diagnostics ==
        std::vector<std::string>{
            "received transfer action:beforeTransfer step:action uuid:" + client.uuid,
            "creating assets backup directory",
            "created assets backup directory public/uploads_backup_77", "deleting all assets",
            "deleted all assets", "deleting record "});
}

TEST_CASE("A push without files in scope sets no uploads aside, and takes none",
          "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin(R"({"entities":{}})");
  CHECK(client.diagnostics.back() == "deleting record ");
  CHECK(std::find(client.diagnostics.begin(), client.diagnostics.end(), "deleting all assets") ==
        client.diagnostics.end());
  CHECK(client.start("assets") ==
        "Attempting to transfer assets when `assets` is not set in restore options");
  CHECK(client.details == R"({"step":"transfer"})");
}

TEST_CASE("Commands answer as a server's", "[push_conversation]") {
  const Server server;
  Client client(server);
  SECTION("init needs parameters") {
    CHECK(client.command("init") == "Cannot read properties of undefined (reading 'options')");
    CHECK(client.action("bootstrap") == "Invalid Transfer Process");
  }
  SECTION("init comes once") {
    client.init();
    CHECK(client.init() == "Transfer already in progress");
  }
  SECTION("init echoes nothing that was not asked for") {
    CHECK(jsonMembers(client.init(everything, "")).count("assetEncoding") == 0);
  }
  SECTION("init is the first") {
    CHECK(client.start("entities") == "Invalid Transfer Process");
    CHECK(client.action("getMetadata") == "Invalid Transfer Process");
  }
  SECTION("end knows its transfer") {
    client.init();
    CHECK(client.command("end", R"({"transferID":"other"})") == "Bad transfer ID provided");
    CHECK(client.command("end") == "Bad transfer ID provided");
  }
  SECTION("after the end another may begin") {
    const auto id = jsonStringMember(jsonMembers(client.init()), "transferID");
    client.command("end", "{" + quoted("transferID", id) + "}");
    CHECK(client.action("bootstrap") == "Invalid Transfer Process");
    CHECK(jsonStringMember(jsonMembers(client.init()), "transferID") != id);
  }
  SECTION("status") {
    CHECK(jsonMembers(client.command("status")).at("active") == "false");
    client.init();
    const auto status = jsonMembers(client.command("status"));
    CHECK(status.at("active") == "true");
    CHECK(status.at("kind") == R"("push")");
    CHECK(status.at("startedAt") == "77");
  }
  SECTION("unknown") {
    CHECK(client.command("destroy") == "Invalid transfer command");
    client.init();
    CHECK(client.action("destroy") == R"(Invalid action provided: "destroy")");
    CHECK(client.start("schemas") == "Invalid transfer step, impossible to create a stream");
  }
  SECTION("another strategy") {
    client.command("init", R"({"options":{"strategy":"merge","restore":{}}})");
    CHECK(client.action("bootstrap") == "Invalid strategy merge");
    CHECK(client.details ==
          R"({"step":"validation","details":{"check":"strategy","strategy":"merge",)"
          R"("validStrategies":["restore"]}})");
  }
  SECTION("what is no request is ignored") {
    CHECK(client.sendRaw(R"({"type":"command","command":"status"})").empty());
    CHECK(client.sendRaw(R"({"uuid":"a","type":"other"})").empty());
  }
  SECTION("what is no JSON ends the connection") {
    const auto outputs = client.sendRaw("{");
    REQUIRE(outputs.size() == 1);
    CHECK(outputs[0].kind == Output::Kind::reset);
  }
}

TEST_CASE("A repeated message is answered again if it is the last, and never carried out twice",
          "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin();
  client.start("entities");
  const std::string members = Client::streamMembers("entities", "[" + entity("api::a.a", 1) + "]");
  const std::string message = "{" + members + R"(,"uuid":"same"})";
  const auto first = client.sendRaw(message);
  const auto second = client.sendRaw(message);
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(first[0].payload == second[0].payload);
  CHECK(client.end("entities") == R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK(client.sendRaw(message).empty());
}

TEST_CASE("Before bootstrap there is no Strapi", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.init();
  CHECK(client.action("getMetadata") == "Not able to get Schemas. Strapi instance not found.");
  CHECK(client.details == R"({"step":"initialization"})");
  SECTION("beforeTransfer") {
    CHECK(client.action("beforeTransfer") == "Strapi instance not found");
  }
  SECTION("entities") {
    CHECK(client.start("entities") == "Not able to import entities. Strapi instance not found.");
  }
  SECTION("links") {
    CHECK(client.start("links") == "Not able to stream links. Strapi instance not found.");
  }
  SECTION("close") {
    CHECK(client.action("close") == ". Strapi instance not found.");
  }
}

TEST_CASE("The order of a push is enforced", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin();
  SECTION("an action comes once") {
    CHECK(client.action("beforeTransfer") ==
          "Invalid action \"beforeTransfer\" found for the current flow ");
    CHECK(client.details == R"({"step":"transfer","details":{"action":"beforeTransfer"}})");
  }
  SECTION("no action goes back") {
    CHECK(client.action("bootstrap") == "Invalid action \"bootstrap\" found for the current flow ");
  }
  SECTION("no stage goes back") {
    client.step("links", "[]");
    CHECK(client.start("entities") == "Invalid stage (entities) provided for the current flow");
    CHECK(client.details ==
          R"({"step":"transfer","details":{"step":{"kind":"transfer","stage":"entities"}}})");
    CHECK(client.action("beforeTransfer") ==
          "Invalid action \"beforeTransfer\" found for the current flow ");
  }
  SECTION("stages may be left out") {
    CHECK(client.step("configuration", "[]") ==
          R"({"ok":true,"stats":{"started":0,"finished":0}})");
    CHECK(client.action("close") == "null");
  }
  SECTION("a stage may come again, and is counted anew") {
    client.step("entities", "[" + entity("api::a.a", 1) + "," + entity("api::a.a", 2) + "]");
    CHECK(client.step("entities", "[" + entity("api::a.a", 3) + "]") ==
          R"({"ok":true,"stats":{"started":1,"finished":1}})");
    client.action("close");
    CHECK(recordsOf(*server.target->content(), TransferStage::entities).size() == 3);
  }
  SECTION("one stage at a time") {
    client.start("entities");
    const std::string inProgress = "while another one is in progress (entities)";
    CHECK(client.start("entities") ==
          "It's not possible to start a new transfer stage (entities) " + inProgress);
    CHECK(client.start("links") ==
          "It's not possible to start a new transfer stage (links) " + inProgress);
    CHECK(client.stream("links", "[]") == "You need to init first");
    CHECK(client.stream("entities", "[]") == "null");
  }
  SECTION("a stream needs its start") {
    CHECK(client.stream("entities", "[]") == "You need to init first");
    client.step("entities", "[]");
    CHECK(client.stream("entities", "[]") ==
          "You need to initialize the transfer stage ([object Object]) before starting to stream "
          "data");
    CHECK(client.end("entities") ==
          "You need to initialize the transfer stage (entities) before ending it");
  }
  SECTION("nothing comes after close") {
    client.action("close");
    CHECK(client.start("configuration") ==
          "Invalid stage (configuration) provided for the current flow");
    CHECK(client.action("close") == "Invalid action \"close\" found for the current flow ");
    CHECK(server.target->counts().commits == 1);
  }
}

TEST_CASE("Files that are not as they should be are refused, and are not served",
          "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin();
  client.step("entities", file());
  client.start("assets");
  const std::string begun = "[" + assetStart("x", "new.png") + "," + assetChunk("x", base64("new"));
  SECTION("no checksum") {
    CHECK(client.stream("assets", begun + "," + assetEnd("x") + "]") ==
          "Missing checksum for asset \"x\"");
  }
  SECTION("unknown checksum") {
    CHECK(client.stream("assets",
                        begun + "," +
                            assetEnd("x", R"(,"checksum":{"algorithm":"md5","value":"0"})") +
                            "]") == "Unsupported checksum algorithm \"md5\" for asset x");
  }
  SECTION("wrong checksum") {
    CHECK(client.stream("assets", begun + "," + assetEnd("x", checksum("old")) + "]")
              .find("Checksum mismatch for asset \"x\" (expected ") == 0);
    CHECK(client.details == R"({"step":"transfer"})");
  }
  SECTION("no start") {
    CHECK(client.stream("assets", "[" + assetChunk("y", base64("new")) + "]") ==
          "No asset \"y\" for stream action; send start before stream/end");
    CHECK(client.stream("assets", "[" + assetEnd("y") + "]") ==
          "No asset \"y\" for end action; send start before stream/end");
    return;
  }
  SECTION("no end") {
    CHECK(client.stream("assets", begun + "]") == "null");
  }
  CHECK(client.end("assets") != R"({"ok":true,"stats":{"started":1,"finished":1}})");
  CHECK(client.action("close") != "null");
  client.disconnect();
  CHECK(isNothingStored(server));
  CHECK(server.target->counts().commits == 0);
}

TEST_CASE("Assets belong to a file whose entity was pushed before", "[push_conversation]") {
  const std::string metadata =
      GENERATE(R"({"id":7})", R"({"id":"7"})", R"({"type":"thumbnail","id":7,"mainHash":"h"})");
  const Server server;
  Client client(server);
  client.begin(everything, "");
  client.step("entities", file());
  client.start("assets");
  CHECK(client.stream("assets", "[" + assetStart("x", "new.png", metadata) + "," + assetEnd("x") +
                                    "]") == "null");
}

TEST_CASE("Assets without the entity of their file are refused", "[push_conversation]") {
  Server server;
  server.options.legacy = GENERATE(false, true);
  Client client(server);
  client.begin(everything, "");
  SECTION("another file's") {
    client.step("entities", file());
    client.start("assets");
    CHECK(client.stream("assets", "[" + assetStart("x", "new.png", R"({"id":8})") + "]") ==
          "File ID not found for ID: 8");
  }
  SECTION("another type's") {
    client.step("entities", "[" + entity("api::a.a", 7) + "]");
    client.start("assets");
    CHECK(client.stream("assets", "[" + assetStart("x", "new.png") + "]") ==
          "File ID not found for ID: 7");
  }
  SECTION("that of a transfer before") {
    client.step("entities", file());
    client.disconnect();
    Client next(server);
    next.begin(everything, "");
    next.start("assets");
    CHECK(next.stream("assets", "[" + assetStart("x", "new.png") + "]") ==
          "File ID not found for ID: 7");
    CHECK(next.details == "{}");
    return;
  }
  SECTION("no id") {
    client.step("entities", file());
    client.start("assets");
    CHECK(client.stream("assets", "[" + assetStart("x", "new.png", "{}") + "]") ==
          "File ID not found for ID: undefined");
  }
  CHECK(client.details == "{}");
  if (!server.options.legacy) {
    CHECK(client.end("assets") == R"({"ok":true,"stats":{"started":1,"finished":0}})");
  }
}

TEST_CASE("What may not be pushed ends the push for good", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin();
  std::string stage = "entities";
  std::string record = entity("admin::role", 1);
  std::string message = "Remote push cannot transfer protected type \"admin::role\" at admin::role";
  SECTION("administrators") {}
  SECTION("releases") {
    record = entity("plugin::content-releases.release", 1);
    message =
        "Remote push cannot transfer protected type \"plugin::content-releases.release\" at "
        "plugin::content-releases.release";
  }
  SECTION("a link from them") {
    stage = "links";
    record = link("admin::role", "api::a.a");
    message = "Remote push cannot transfer protected type \"admin::role\" at link.left";
  }
  SECTION("a link to them") {
    stage = "links";
    record = link("api::a.a", "admin::role");
    message = "Remote push cannot transfer protected type \"admin::role\" at link.right";
  }
  SECTION("a type that the server does not have") {
    record = entity("api::c.c", 1);
    message =
        "Remote push received invalid relation payload at api::c.c: unknown schema \"api::c.c\"";
  }
  client.start(stage);
  CHECK(client.stream(stage, "[" + record + "]") == message);
  CHECK(isNothingStored(server));
  CHECK(client.end(stage) == "Transfer has been terminated");
  CHECK(client.action("close") == "Transfer has been terminated");
  CHECK(client.init() == "Transfer has been terminated");
  client.disconnect();
  CHECK(server.target->counts().commits == 0);
  CHECK(server.target->counts().teardowns == 0);
}

TEST_CASE("What is not committed leaves nothing", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.begin();
  client.step("entities", "[" + entity("api::a.a", 1) + "]");
  CHECK_FALSE(isNothingStored(server));
  SECTION("rollback") {
    CHECK(client.action("rollback") == "null");
    CHECK(isNothingStored(server));
    CHECK(client.start("assets") == "The transaction has been rolled back");
    client.disconnect();
    CHECK(server.target->counts().rollbacks == 1);
    CHECK(server.target->counts().teardowns == 0);
  }
  SECTION("disconnect") {
    client.disconnect();
    CHECK(isNothingStored(server));
    CHECK(server.target->counts().rollbacks == 0);
    CHECK(server.target->counts().teardowns == 1);
  }
  CHECK(server.target->counts().commits == 0);
  CHECK(server.target->content()->assets()[0].filename == "old.png");
}

TEST_CASE("A connection that only looks is no push", "[push_conversation]") {
  const Server server;
  Client client(server);
  client.init();
  client.action("bootstrap");
  client.action("getSchemas");
  client.disconnect();
  const auto counts = server.target->counts();
  CHECK(counts.commits + counts.rollbacks + counts.teardowns == 0);
}

TEST_CASE("One push at a time", "[push_conversation]") {
  const Server server;
  Client first(server);
  first.begin();
  Client second(server);
  second.init();
  second.action("bootstrap");
  CHECK(second.action("beforeTransfer") ==
        "Another push to this server is in progress; try again when it has ended");
  first.disconnect();
  Client third(server);
  third.begin();
  CHECK(third.action("close") == "null");
}

TEST_CASE("An archive is replaced only where that was asked for", "[push_conversation]") {
  Server server;
  auto options = *server.target->options();
  options.overwrite = false;
  server.target = std::make_shared<PushTarget>(std::make_shared<OldContent>(), options);
  Client first(server);
  first.begin();
  CHECK(first.action("close") == "null");
  Client second(server);
  second.init();
  second.action("bootstrap");
  CHECK(second.action("beforeTransfer").find("exists already") != std::string::npos);
  CHECK(isStored(server));
}

TEST_CASE("What the restore scope does not name stays", "[push_conversation]") {
  const Server server;
  Client client(server);
  std::vector<std::string> entities;
  std::vector<std::string> links;
  std::size_t configuration = 0;
  bool isAssetKept = true;
  SECTION("one type") {
    client.begin(R"({"entities":{"include":["api::a.a"]},"assets":false,)"
                 R"("configuration":{"webhook":false,"coreStore":false}})");
    entities = {entity("api::b.b", 92), entity("api::a.a", 1)};
    links = {link("api::b.b", "api::b.b")};
    configuration = 2;
  }
  SECTION("all but one type, and webhooks") {
    client.begin(R"({"entities":{"exclude":["api::a.a"]},"assets":true,)"
                 R"("configuration":{"webhook":true,"coreStore":false}})");
    entities = {entity("api::a.a", 91), entity("api::a.a", 1)};
    configuration = 1;
    isAssetKept = false;
  }
  SECTION("nothing, without beforeTransfer") {
    client.init();
    client.action("bootstrap");
    entities = {entity("api::a.a", 91), entity("api::b.b", 92), entity("api::a.a", 1)};
    links = {link("api::a.a", "api::b.b"), link("api::b.b", "api::b.b")};
    configuration = 2;
  }
  client.step("entities", "[" + entity("api::a.a", 1) + "]");
  CHECK(client.action("close") == "null");
  const auto content = server.target->content();
  CHECK(recordsOf(*content, TransferStage::entities) == entities);
  CHECK(recordsOf(*content, TransferStage::links) == links);
  CHECK(recordsOf(*content, TransferStage::configuration).size() == configuration);
  const auto assets = content->assets();
  REQUIRE(assets.size() == (isAssetKept ? 1 : 0));
  if (isAssetKept) {
    CHECK(assets[0].filename == "old.png");
    CHECK(bytesOf(*content, 0) == "old");
  }
}

TEST_CASE("A server of version 4 knows neither checksums nor base64 nor statistics",
          "[push_conversation]") {
  Server server;
  server.options.legacy = true;
  Client client(server);
  CHECK(jsonMembers(client.init()).size() == 1);
  client.action("bootstrap");
  client.action("beforeTransfer");
  CHECK(client.step("entities", file()) == R"({"ok":true})");
  client.start("assets");
  SECTION("byte arrays") {
    CHECK(client.stream("assets", "[" + assetStart("x", "new.png") + "," +
                                      assetChunk("x", R"("data":{"type":"Buffer","data":[110]})") +
                                      "," + assetEnd("x") + "]") == "null");
    CHECK(client.end("assets") == R"({"ok":true})");
  }
  SECTION("base64") {
    CHECK(client
              .stream("assets", "[" + assetStart("x", "new.png") + "," +
                                    assetChunk("x", base64("n")) + "," + assetEnd("x") + "]")
              .find("The first argument must be of type string") == 0);
  }
}

TEST_CASE("A message before the last one's answer is noted, and fatal to a server of version 4",
          "[push_conversation]") {
  Server server;
  server.options.legacy = GENERATE(false, true);
  Client client(server);
  client.begin();
  const auto outputs = client.sendOutputs(Client::stepMembers("entities", "start"), true);
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].kind == (server.options.legacy ? Output::Kind::resetAll : Output::Kind::text));
  CHECK(server.target->counts().overlapping == 1);
}

namespace {

/// Pushes a step of two messages with this fault. What comes of each of start, stream, stream, end.
std::vector<std::vector<Output>> pushWithFault(Client& client) {
  client.begin();
  const std::string data = "[" + entity("api::a.a", 1) + "]";
  std::vector<std::vector<Output>> all;
  all.push_back(client.sendOutputs(Client::stepMembers("entities", "start")));
  all.push_back(client.sendOutputs(Client::streamMembers("entities", data)));
  all.push_back(client.sendOutputs(Client::streamMembers("entities", data)));
  all.push_back(client.sendOutputs(Client::stepMembers("entities", "end")));
  return all;
}

Server serverWith(Kind kind, unsigned afterMessages = 0) {
  TransferServerOptions options;
  options.faults.kind = kind;
  options.faults.afterMessages = afterMessages;
  return Server(options);
}

std::string errorOf(const std::vector<Output>& outputs) {
  REQUIRE(outputs.size() == 1);
  const auto answer = jsonMembers(outputs[0].payload);
  return answer.at("error") == "null"
             ? "none"
             : jsonStringMember(jsonMembers(answer.at("error")), "message");
}

}  // namespace

TEST_CASE("TransferFaults that take the connection", "[push_conversation]") {
  const unsigned after = GENERATE(0u, 1u);
  const auto [kind, output] =
      GENERATE(table<Kind, std::size_t>({{Kind::reset, 1}, {Kind::close, 1}, {Kind::silence, 0}}));
  const Server server = serverWith(kind, after);
  Client client(server);
  const auto outputs = pushWithFault(client);
  CHECK(outputs[0].size() == 1);
  const std::size_t faulty = after + 1;
  for (std::size_t i = 1; i < faulty; ++i) {
    CHECK(errorOf(outputs[i]) == "none");
  }
  REQUIRE(outputs[faulty].size() == output);
  if (kind != Kind::silence) {
    CHECK(outputs[faulty][0].kind ==
          (kind == Kind::reset ? Output::Kind::reset : Output::Kind::close));
  }
  for (std::size_t i = faulty + 1; i < outputs.size(); ++i) {
    CHECK(outputs[i].empty());
  }
}

TEST_CASE("TransferFaults that send more than the answer", "[push_conversation]") {
  const auto [kind, type] =
      GENERATE(table<Kind, Output::Kind>({{Kind::notJson, Output::Kind::text},
                                          {Kind::binary, Output::Kind::binary},
                                          {Kind::wrongUuid, Output::Kind::text}}));
  const Server server = serverWith(kind, 1);
  Client client(server);
  const auto outputs = pushWithFault(client);
  CHECK(outputs[1].size() == 1);
  REQUIRE(outputs[2].size() == 2);
  CHECK(outputs[2][0].kind == type);
  CHECK(outputs[3].size() == 1);
  CHECK(client.outcome(outputs[3][0].payload) ==
        R"({"ok":true,"stats":{"started":2,"finished":2}})");
}

TEST_CASE("TransferFaults in answers", "[push_conversation]") {
  SECTION("an error in place of the start") {
    const Server server = serverWith(Kind::errorAnswer);
    Client client(server);
    CHECK(errorOf(pushWithFault(client)[0]) == "The server failed by request");
  }
  SECTION("an error later") {
    const Server server = serverWith(Kind::errorAnswer, 1);
    Client client(server);
    const auto outputs = pushWithFault(client);
    CHECK(errorOf(outputs[1]) == "none");
    CHECK(errorOf(outputs[2]) == "The server failed by request");
    CHECK(client.outcome(outputs[3][0].payload) ==
          R"({"ok":true,"stats":{"started":1,"finished":1}})");
  }
  SECTION("an error at the end") {
    const Server server = serverWith(Kind::failedEnd);
    Client client(server);
    const auto outputs = pushWithFault(client);
    CHECK(errorOf(outputs[2]) == "none");
    CHECK(errorOf(outputs[3]) == "The server failed by request");
  }
  SECTION("twice") {
    const Server server = serverWith(Kind::duplicateAnswer);
    Client client(server);
    const auto outputs = pushWithFault(client);
    REQUIRE(outputs[0].size() == 2);
    CHECK(outputs[0][0].payload == outputs[0][1].payload);
    CHECK(outputs[1].size() == 1);
  }
  SECTION("out of order") {
    const Server server = serverWith(Kind::answersOutOfOrder);
    Client client(server);
    const auto outputs = pushWithFault(client);
    CHECK(outputs[1].empty());
    REQUIRE(outputs[2].size() == 2);
    CHECK(outputs[2][0].payload != outputs[2][1].payload);
    CHECK(outputs[3].size() == 1);
  }
  SECTION("a refused record") {
    const Server server = serverWith(Kind::refuseRecord, 1);
    Client client(server);
    const auto outputs = pushWithFault(client);
    CHECK(errorOf(outputs[1]) == "none");
    CHECK(errorOf(outputs[2]).find("Remote push cannot transfer protected type") == 0);
    CHECK(errorOf(outputs[3]) == "Transfer has been terminated");
    CHECK(isNothingStored(server));
  }
  SECTION("one item too few") {
    const auto [kind, stats] = GENERATE(
        table<Kind, std::string>({{Kind::fewerStarted, R"({"started":1,"finished":2})"},
                                  {Kind::fewerFinished, R"({"started":2,"finished":1})"}}));
    const Server server = serverWith(kind);
    Client client(server);
    const auto outputs = pushWithFault(client);
    REQUIRE(outputs[3].size() == 1);
    CHECK(client.outcome(outputs[3][0].payload) == R"({"ok":true,"stats":)" + stats + "}");
  }
  SECTION("unknown members") {
    const Server server = serverWith(Kind::unknownMembers);
    Client client(server);
    for (const auto& outputs : pushWithFault(client)) {
      REQUIRE(outputs.size() == 1);
      CHECK(outputs[0].payload.find(R"("unknown":{)") != std::string::npos);
    }
  }
}

TEST_CASE("TransferFaults at an action", "[push_conversation]") {
  Server server;
  server.options.faults.kind = GENERATE(Kind::reset, Kind::errorAnswer, Kind::silence);
  server.options.faults.action =
      GENERATE(TransferAction::beforeTransfer, TransferAction::close, TransferAction::rollback);
  Client client(server);
  client.init();
  client.action("bootstrap");
  if (*server.options.faults.action != TransferAction::beforeTransfer) {
    client.action("beforeTransfer");
  }
  const auto outputs = client.sendOutputs(
      Client::actionMembers(std::string(strapi::toString(*server.options.faults.action))));
  if (server.options.faults.kind == Kind::errorAnswer) {
    CHECK(errorOf(outputs) == "The server failed by request");
  } else {
    CHECK(outputs.size() == (server.options.faults.kind == Kind::reset ? 1 : 0));
  }
  client.disconnect();
  CHECK(isNothingStored(server));
  const auto counts = server.target->counts();
  CHECK(counts.commits + counts.rollbacks == 0);
}

TEST_CASE("Answers wait as long as asked for", "[push_conversation]") {
  Server server;
  server.options.faults.answerDelay = Duration(40);
  Client client(server);
  const auto outputs = client.sendOutputs(R"("type":"command","command":"status")");
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].pause == Duration(40));
}
