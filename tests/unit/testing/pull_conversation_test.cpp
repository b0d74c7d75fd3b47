#include "testing/transfer/pull_conversation.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/uuid.hpp"

using namespace wsferry;
using namespace wsferry::testing;

namespace {

using Kind = TransferFaults::Kind;
using strapi::TransferStage;

std::string textOf(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return buffer.GetString();
}

rapidjson::Document parse(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  INFO(text);
  REQUIRE_FALSE(document.HasParseError());
  REQUIRE(document.IsObject());
  return document;
}

/// Three entities, no links, one configuration entry, two assets of 10 and 0 bytes.
class SmallContent final : public Content {
 public:
  explicit SmallContent(bool isBroken = false) : isBroken_(isBroken) {}

  strapi::Metadata metadata() const override { return {"2024-01-01T00:00:00.000Z", "5.54.0"}; }
  std::vector<strapi::Schema> schemas() const override {
    return {{"api::a.a", R"({"uid":"api::a.a"})"}, {"api::b.b", R"({"uid":"api::b.b"})"}};
  }
  NextRecord records(TransferStage stage) const override {
    std::vector<std::string> all;
    if (stage == TransferStage::entities) {
      all = {R"({"id":1,"é":"\u0001"})", R"({"id":2})", R"({"id":3})"};
    } else if (stage == TransferStage::configuration) {
      all = {R"({"type":"core-store","value":{}})"};
    }
    return [all, next = std::size_t{0}, isBroken = isBroken_]() mutable {
      if (isBroken && next == 1) {
        throw std::runtime_error("disk on fire");
      }
      return next < all.size() ? all[next++] : std::string();
    };
  }
  std::vector<strapi::AssetInfo> assets() const override {
    return {{"a.png", 10, R"({"id":7})"}, {"empty", 0, R"({"id":8})"}};
  }
  NextBytes assetBytes(std::size_t index) const override {
    return [bytes = std::string(index == 0 ? "0123456789" : "")]() mutable {
      return std::exchange(bytes, {});
    };
  }

 private:
  const bool isBroken_;
};

/// The client's side: sends, keeps what is no diagnostic.
class Client {
 public:
  explicit Client(TransferServerOptions options = {}, bool isBroken = false)
      : conversation_(std::make_shared<SmallContent>(isBroken), std::move(options)) {}

  std::vector<Output> sendRaw(const std::string& text) {
    return conversation_.onMessage(text, PullConversation::Time(std::chrono::milliseconds(1)));
  }

  /// Sends a request with these members and a fresh uuid. Gives everything but diagnostics.
  std::vector<Output> send(const std::string& members) {
    uuid = Uuid::random().toString();
    return send(members, uuid);
  }
  std::vector<Output> send(const std::string& members, const std::string& withUuid) {
    auto outputs = sendRaw("{" + members + R"(,"uuid":")" + withUuid + "\"}");
    std::vector<Output> rest;
    for (auto& output : outputs) {
      if (output.payload.find(R"({"diagnostic":)") == 0) {
        diagnostics.push_back(std::move(output.payload));
      } else {
        rest.push_back(std::move(output));
      }
    }
    return rest;
  }
  std::vector<Output> action(const std::string& name) {
    return send(R"("type":"transfer","kind":"action","action":")" + name + "\"");
  }
  std::vector<Output> step(const std::string& name, const std::string& what) {
    return send(R"("type":"transfer","kind":"step","action":")" + what + R"(","step":")" + name +
                "\"");
  }
  std::vector<Output> acknowledge(const std::string& message) {
    return sendRaw(R"({"uuid":")" + std::string(parse(message)["uuid"].GetString()) + "\"}");
  }
  void begin(const std::string& params = R"({"transfer":"pull","checksums":true})") {
    send(R"("type":"command","command":"init","params":)" + params);
    action("bootstrap");
  }

  std::string uuid;
  std::vector<std::string> diagnostics;

 private:
  PullConversation conversation_;
};

std::string onlyText(const std::vector<Output>& outputs) {
  REQUIRE(outputs.size() == 1);
  REQUIRE(outputs[0].kind == Output::Kind::text);
  return outputs[0].payload;
}

/// The `data` of an answer without error to the client's last message.
std::string answered(const Client& client, const std::string& text) {
  const auto answer = parse(text);
  CHECK(text.find(R"({"uuid":")" + client.uuid + "\"") == 0);
  CHECK(answer["error"].IsNull());
  return textOf(answer["data"]);
}

std::string refused(const Client& client, const std::vector<Output>& outputs) {
  const auto answer = parse(onlyText(outputs));
  CHECK(answer["uuid"].GetString() == client.uuid);
  CHECK(answer["data"].IsNull());
  return textOf(answer["error"]);
}

TransferServerOptions faulty(Kind kind, TransferStage step = TransferStage::entities,
                             unsigned afterMessages = 0) {
  TransferServerOptions options;
  options.batchBytes = 1;
  options.faults.kind = kind;
  options.faults.step = step;
  options.faults.afterMessages = afterMessages;
  return options;
}

struct Pulled {
  std::vector<std::string> messages;  ///< The text frames from the start of the step on.
  std::vector<Output> others;         ///< Frames and acts of other kinds.
  bool hasEnded = false;
};

/// Starts a step and acknowledges every data message of it.
Pulled pull(Client& client, const std::string& step) {
  Pulled pulled;
  auto outputs = client.step(step, "start");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].kind != Output::Kind::text) {
      pulled.others.push_back(outputs[i]);
      continue;
    }
    const std::string text = outputs[i].payload;
    pulled.messages.push_back(text);
    if (text.find(R"("ended":)") == std::string::npos) {
      continue;
    }
    pulled.hasEnded = pulled.hasEnded || parse(text)["data"]["ended"].IsTrue();
    auto more = client.acknowledge(text);
    outputs.insert(outputs.end(), more.begin(), more.end());
  }
  return pulled;
}

/// The asset items of a step's messages, flattened.
std::string itemsOf(const Pulled& pulled) {
  std::string all;
  for (const auto& text : pulled.messages) {
    const auto message = parse(text);
    if (message["data"].HasMember("data") && message["data"]["data"].IsArray()) {
      for (const auto& element : message["data"]["data"].GetArray()) {
        REQUIRE(element.IsArray());
        for (const auto& item : element.GetArray()) {
          all += textOf(item) + "\n";
        }
      }
    }
  }
  return all;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST_CASE("a transfer begins with init, bootstrap, metadata and schemas") {
  Client client;
  const auto init = parse(answered(
      client,
      onlyText(client.send(R"("type":"command","command":"init","params":{"transfer":"pull"})"))));
  CHECK(Uuid::parse(init["transferID"].GetString()));
  CHECK(init["checksums"].IsTrue());
  CHECK(answered(client, onlyText(client.action("bootstrap"))) == "null");
  CHECK(answered(client, onlyText(client.action("getMetadata"))) ==
        R"({"createdAt":"2024-01-01T00:00:00.000Z","strapi":{"version":"5.54.0"}})");
  CHECK(answered(client, onlyText(client.action("getSchemas"))) ==
        R"({"api::a.a":{"uid":"api::a.a"},"api::b.b":{"uid":"api::b.b"}})");
  CHECK(answered(client, onlyText(client.action("close"))) == "null");
}

TEST_CASE("a diagnostic comes before each answer") {
  Client client;
  const auto outputs = client.sendRaw(R"({"type":"command","command":"init","uuid":"u1"})");
  REQUIRE(outputs.size() == 2);
  const auto diagnostic = parse(outputs[0].payload);
  CHECK(outputs[0].payload.find(R"({"diagnostic":)") == 0);
  CHECK(Uuid::parse(diagnostic["uuid"].GetString()));
  CHECK(std::string(diagnostic["diagnostic"]["kind"].GetString()) == "info");
  CHECK(textOf(diagnostic["diagnostic"]["details"]) ==
        R"({"message":"received command:init uuid:u1","origin":"pull-handler",)"
        R"("createdAt":"1970-01-01T00:00:00.001Z"})");
}

TEST_CASE("records come in batches, each after the acknowledgement of the one before") {
  TransferServerOptions options;
  options.batchBytes = 25;
  Client client(options);
  client.begin();
  const auto started = client.step("entities", "start");
  REQUIRE(started.size() == 2);
  const auto answer = parse(answered(client, started[0].payload));
  CHECK(answer["ok"].IsTrue());
  CHECK_FALSE(answer.HasMember("totals"));
  const std::string first = started[1].payload;
  CHECK(first.find(R"({"uuid":")") == 0);
  CHECK(first.find(R"(,"data":{"type":"transfer","data":[{"id":1,"é":"\u0001"},{"id":2}],)"
                   R"("ended":false,"error":null,"id":")" +
                   std::string(answer["id"].GetString()) + "\"}}") != std::string::npos);
  CHECK(started[1].pause > Duration::zero());

  CHECK(client.sendRaw(R"({"uuid":"some other"})").empty());
  const std::string second = onlyText(client.acknowledge(first));
  CHECK(second.find(R"("data":[{"id":3}],"ended":false)") != std::string::npos);
  CHECK(client.acknowledge(first).empty());
  const std::string last = onlyText(client.acknowledge(second));
  CHECK(last.find(R"("data":null,"ended":true,"error":null)") != std::string::npos);
  CHECK(client.acknowledge(last).empty());
  CHECK(answered(client, onlyText(client.step("entities", "end"))) == R"({"ok":true})");
}

TEST_CASE("a step without records ends at once") {
  Client client;
  client.begin();
  const auto started = client.step("links", "start");
  REQUIRE(started.size() == 2);
  CHECK(started[1].payload.find(R"("data":null,"ended":true)") != std::string::npos);
}

TEST_CASE("steps run side by side") {
  Client client;
  client.begin();
  const auto entities = client.step("entities", "start");
  const auto configuration = client.step("configuration", "start");
  REQUIRE(entities.size() == 2);
  REQUIRE(configuration.size() == 2);
  CHECK(onlyText(client.acknowledge(entities[1].payload)).find(R"("ended":true)") !=
        std::string::npos);
  CHECK(onlyText(client.acknowledge(configuration[1].payload)).find(R"("ended":true)") !=
        std::string::npos);
}

TEST_CASE("assets come as nested lists with totals and checksums") {
  TransferServerOptions options;
  options.batchBytes = 6;
  Client client(options);
  client.begin();
  const auto pulled = pull(client, "assets");
  REQUIRE(pulled.messages.size() ==
          5);  // the answer, two for the first asset, the empty one, the end
  const auto answer = parse(pulled.messages[0]);
  CHECK(textOf(answer["data"]["totals"]) == R"({"totalBytes":10,"totalCount":2})");
  const auto first = parse(pulled.messages[1]);
  REQUIRE(first["data"]["data"].Size() == 1);
  const auto& items = first["data"]["data"][0];
  REQUIRE(items.Size() == 2);
  const std::string id = items[0]["assetID"].GetString();
  CHECK(textOf(items[0]) ==
        R"({"action":"start","assetID":")" + id +
            R"(","data":{"metadata":{"id":7},"filepath":"/srv/public/uploads/a.png",)"
            R"("filename":"a.png","stats":{"size":10}}})");
  CHECK(textOf(items[1]) ==
        R"({"action":"stream","assetID":")" + id + R"(","encoding":"base64","data":"MDEyMzQ1"})");
  Sha256 sum;
  sum.update("0123456789");
  const std::string all = itemsOf(pulled);
  CHECK(count(all, R"({"action":"end","assetID":")" + id +
                       R"(","checksum":{"algorithm":"sha256","value":")" + sum.hex() + "\"}}") ==
        1);
  CHECK(count(all, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 1);
  CHECK(pulled.hasEnded);
}

TEST_CASE("checksums are sent only to who asked for them") {
  Client client;
  client.begin("{}");
  CHECK(count(itemsOf(pull(client, "assets")), "checksum") == 0);
}

TEST_CASE("an old server knows neither checksums nor totals nor base64") {
  TransferServerOptions options;
  options.legacy = true;
  options.strapiVersion = "4.26.2";
  Client client(options);
  const auto init = parse(answered(
      client,
      onlyText(client.send(R"("type":"command","command":"init","params":{"checksums":true})"))));
  CHECK_FALSE(init.HasMember("checksums"));
  client.action("bootstrap");
  CHECK(onlyText(client.action("getMetadata")).find(R"("version":"4.26.2")") != std::string::npos);
  const auto pulled = pull(client, "assets");
  CHECK_FALSE(parse(pulled.messages[0])["data"].HasMember("totals"));
  const std::string items = itemsOf(pulled);
  CHECK(count(items, R"("data":{"type":"Buffer","data":[48,49,50,51,52,53,54,55,56,57]}})") == 1);
  CHECK(count(items, "checksum") == 0);
}

TEST_CASE("both legal forms of asset messages can be had") {
  TransferServerOptions options;
  options.flatAssets = true;
  Client client(options);
  client.begin();
  const auto pulled = pull(client, "assets");
  const auto message = parse(pulled.messages[1]);
  CHECK(std::string(message["data"]["data"][0]["action"].GetString()) == "start");
}

TEST_CASE("two assets can be interleaved") {
  TransferServerOptions options;
  options.interleaveAssets = true;
  Client client(options);
  client.begin();
  const auto pulled = pull(client, "assets");
  const std::string items = itemsOf(pulled);
  CHECK(items.rfind(R"("action":"start")") < items.find(R"("action":"stream")"));
  CHECK(count(items, R"("action":"end")") == 2);
  CHECK(pulled.hasEnded);
}

TEST_CASE("a message with the uuid of the last answered one gets that answer again") {
  Client client;
  const std::string init = R"("type":"command","command":"init")";
  const std::string first = onlyText(client.send(init, "u1"));
  CHECK(onlyText(client.send(init, "u1")) == first);
  client.send(R"("type":"command","command":"status")", "u2");
  CHECK(client.send(init, "u1").empty());
}

TEST_CASE("messages of no known shape are ignored") {
  Client client;
  for (const std::string text :
       {"null", "[1,2]", "5", "{}", R"({"type":"command","command":"init"})",
        R"({"uuid":5,"type":"command","command":"init"})", R"({"uuid":"u","type":"other"})",
        R"({"uuid":"u"})", R"({"uuid":"u","type":1})"}) {
    INFO(text);
    CHECK(client.sendRaw(text).empty());
  }
}

TEST_CASE("what is no JSON ends the connection") {
  Client client;
  const auto outputs = client.sendRaw("{\"uuid\":");
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].kind == Output::Kind::reset);
}

TEST_CASE("wrong requests get the errors of a real server") {
  Client client;
  CHECK(refused(client, client.action("bootstrap")) ==
        R"({"code":"Error","message":"Invalid Transfer Process","details":{}})");
  CHECK(refused(client, client.send(R"("type":"command","command":"fly")")) ==
        R"({"code":"Error","message":"Invalid transfer command","details":{}})");
  client.send(R"("type":"command","command":"init")");
  CHECK(refused(client, client.send(R"("type":"command","command":"init")")) ==
        R"({"code":"Error","message":"Transfer already in progress","details":{}})");
  CHECK(refused(client, client.action("getSchemas")) ==
        R"({"code":"Error","message":"Not able to get Schemas. Strapi instance not found.",)"
        R"("details":{"step":"initialization"}})");
  CHECK(refused(client, client.step("links", "start")) ==
        R"({"code":"Error","message":"Not able to stream links. Strapi instance not found.",)"
        R"("details":{"step":"initialization"}})");
  CHECK(refused(client, client.action("beforeTransfer")) ==
        R"({"code":"Error","message":"Invalid action provided: \"beforeTransfer\"",)"
        R"("details":{"step":"transfer","details":{"action":"beforeTransfer",)"
        R"("validActions":["0","1","2","3"]}}})");
  client.action("bootstrap");
  CHECK(refused(client, client.step("schemas", "start")) ==
        R"({"code":"Error","message":"Invalid transfer step, impossible to create a stream",)"
        R"("details":{}})");
  client.step("links", "start");
  CHECK(
      refused(client, client.step("links", "start")) ==
      R"({"code":"Error","message":"Stream already created, something went wrong","details":{}})");
  CHECK(refused(client,
                client.send(R"("type":"command","command":"end","params":{"transferID":"x"})")) ==
        R"({"code":"Error","message":"Bad transfer ID provided","details":{"step":"transfer"}})");
}

TEST_CASE("status is told the wrong way round, as real servers do") {
  Client client;
  const std::string status = R"("type":"command","command":"status")";
  CHECK(answered(client, onlyText(client.send(status))) ==
        R"({"active":true,"kind":"pull","elapsed":null})");
  client.begin();
  CHECK(answered(client, onlyText(client.send(status))) ==
        R"({"active":false,"kind":null,"elapsed":null,"startedAt":null})");
}

TEST_CASE("after the command end another transfer can begin") {
  Client client;
  const auto init =
      parse(answered(client, onlyText(client.send(R"("type":"command","command":"init")"))));
  CHECK(answered(client, onlyText(client.send(
                             R"("type":"command","command":"end","params":{"transferID":")" +
                             std::string(init["transferID"].GetString()) + "\"}"))) ==
        R"({"ok":true})");
  CHECK(parse(onlyText(client.send(R"("type":"command","command":"init")")))["error"].IsNull());
}

TEST_CASE("a step can be ended early and started again") {
  Client client;
  client.begin();
  const auto started = client.step("entities", "start");
  CHECK(answered(client, onlyText(client.step("entities", "end"))) == R"({"ok":true})");
  CHECK(client.acknowledge(started[1].payload).empty());
  CHECK(client.step("entities", "start").size() == 2);
}

TEST_CASE("content that cannot be read breaks its stream") {
  Client client({}, true);
  client.begin();
  const auto pulled = pull(client, "entities");
  REQUIRE(pulled.messages.size() == 2);
  CHECK(pulled.messages[1].find(R"("data":null,"ended":true,"error":{})") != std::string::npos);
  CHECK(client.diagnostics.back().find("disk on fire") != std::string::npos);
  CHECK(client.diagnostics.back().find(R"("kind":"error")") != std::string::npos);
}

TEST_CASE("answers and data are held back as asked, diagnostics are not") {
  TransferServerOptions options;
  options.faults.answerDelay = Duration(500);
  Client client(options);
  const auto outputs = client.sendRaw(R"({"type":"command","command":"init","uuid":"u1"})");
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[0].pause == Duration(0));
  CHECK(outputs[1].pause == Duration(500));
}

TEST_CASE("fault: stall") {
  Client client(faulty(Kind::silence, TransferStage::entities, 1));
  client.begin();
  const auto pulled = pull(client, "entities");
  CHECK(pulled.messages.size() == 2);
  CHECK(pulled.others.empty());
  CHECK_FALSE(pulled.hasEnded);
  CHECK(pull(client, "configuration").hasEnded);
}

TEST_CASE("faults that end the connection") {
  const auto [kind, act] = GENERATE(std::pair(Kind::close, Output::Kind::close),
                                    std::pair(Kind::reset, Output::Kind::reset),
                                    std::pair(Kind::oversized, Output::Kind::raw));
  Client client(faulty(kind, TransferStage::entities, 1));
  client.begin();
  const auto pulled = pull(client, "entities");
  CHECK(pulled.messages.size() == 2);
  REQUIRE(pulled.others.size() == 1);
  CHECK(pulled.others[0].kind == act);
  CHECK_FALSE(pulled.hasEnded);
  if (kind == Kind::oversized) {
    CHECK(pulled.others[0].payload.substr(0, 10) ==
          std::string("\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00", 10));
  }
}

TEST_CASE("fault: one binary frame among the data") {
  Client client(faulty(Kind::binary, TransferStage::entities, 1));
  client.begin();
  const auto pulled = pull(client, "entities");
  REQUIRE(pulled.others.size() == 1);
  CHECK(pulled.others[0].kind == Output::Kind::binary);
  CHECK(pulled.hasEnded);
}

TEST_CASE("fault: one odd text among the data") {
  const auto kind = GENERATE(Kind::notJson, Kind::unknownShape, Kind::wrongUuid);
  Client client(faulty(kind, TransferStage::entities, 1));
  client.begin();
  const auto pulled = pull(client, "entities");
  REQUIRE(pulled.messages.size() == 6);  // the answer, three records, the end, and the odd one
  rapidjson::Document odd;
  odd.Parse<rapidjson::kParseIterativeFlag>(pulled.messages[2].c_str());
  CHECK(odd.HasParseError() == (kind == Kind::notJson));
  if (kind == Kind::unknownShape) {
    CHECK_FALSE(odd.HasMember("uuid"));
    CHECK_FALSE(odd.HasMember("diagnostic"));
  } else if (kind == Kind::wrongUuid) {
    CHECK(odd["uuid"].GetString() != client.uuid);
    CHECK(odd.HasMember("error"));
  }
  CHECK(pulled.hasEnded);
}

TEST_CASE("fault: unknown members") {
  Client client(faulty(Kind::unknownMembers));
  client.begin();
  CHECK(parse(onlyText(client.action("getMetadata")))["data"].HasMember("unknown"));
  const auto pulled = pull(client, "assets");
  for (const auto& text : pulled.messages) {
    CHECK(text.find(R"({"uuid":")") == 0);
    CHECK(parse(text).HasMember("unknown"));
    CHECK(parse(text)["data"].HasMember("unknown"));
  }
  CHECK(parse(pulled.messages[1])["data"]["data"][0][0].HasMember("unknown"));
  CHECK(pulled.hasEnded);
}

TEST_CASE("fault: the answer to start twice") {
  Client client(faulty(Kind::duplicateAnswer));
  client.begin();
  const auto pulled = pull(client, "entities");
  CHECK(pulled.messages[0] == pulled.messages[1]);
  CHECK(pulled.hasEnded);
}

TEST_CASE("fault: data before the answer to start") {
  Client client(faulty(Kind::earlyData));
  client.begin();
  const auto started = client.step("entities", "start");
  REQUIRE(started.size() == 2);
  const auto data = parse(started[0].payload);
  CHECK(std::string(data["data"]["type"].GetString()) == "transfer");
  const auto answer = parse(answered(client, started[1].payload));
  CHECK(std::string(answer["id"].GetString()) == data["data"]["id"].GetString());
}

TEST_CASE("fault: data after the end") {
  Client client(faulty(Kind::dataAfterEnd));
  client.begin();
  const auto pulled = pull(client, "entities");
  CHECK(pulled.hasEnded);
  const auto last = parse(pulled.messages.back());
  CHECK(last["data"]["ended"].IsFalse());
  CHECK(textOf(last["data"]["data"]) == R"([{"id":3}])");
}

TEST_CASE("fault: the stream breaks") {
  Client client(faulty(Kind::streamError, TransferStage::entities, 2));
  client.begin();
  const auto pulled = pull(client, "entities");
  CHECK(pulled.messages.size() == 4);
  CHECK(pulled.messages.back().find(R"("data":null,"ended":true,"error":{})") != std::string::npos);
}

TEST_CASE("fault: an error answer to start") {
  Client client(faulty(Kind::errorAnswer));
  client.begin();
  CHECK(
      refused(client, client.step("entities", "start")) ==
      R"({"code":"Error","message":"The entities cannot be read","details":{"step":"transfer"}})");
  CHECK(pull(client, "configuration").hasEnded);
}

TEST_CASE("fault: one wrong checksum") {
  Client client(faulty(Kind::wrongChecksum));
  client.begin();
  const std::string items = itemsOf(pull(client, "assets"));
  Sha256 sum;
  sum.update("0123456789");
  CHECK(count(items, R"("checksum")") == 2);
  CHECK(count(items, sum.hex()) == 0);
  CHECK(count(items, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 1);
}

TEST_CASE("fault: one missing checksum") {
  Client client(faulty(Kind::missingChecksum, TransferStage::assets, 11));
  client.begin();
  const std::string items = itemsOf(pull(client, "assets"));
  CHECK(count(items, R"("action":"end")") == 2);
  CHECK(count(items, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
  CHECK(count(items, R"("checksum")") == 1);
}

TEST_CASE("fault: one missing end") {
  Client client(faulty(Kind::missingEnd));
  client.begin();
  const auto pulled = pull(client, "assets");
  const std::string items = itemsOf(pulled);
  CHECK(count(items, R"("action":"start")") == 2);
  CHECK(count(items, R"("action":"end")") == 1);
  CHECK(pulled.hasEnded);
}

TEST_CASE("fault: announced sizes") {
  const auto [kind, size] =
      GENERATE(std::pair(Kind::wrongSize, "11"), std::pair(Kind::zeroSize, "0"));
  Client client(faulty(kind));
  client.begin();
  const auto pulled = pull(client, "assets");
  const auto totals = parse(pulled.messages[0]);
  CHECK(itemsOf(pulled).find(R"("stats":{"size":)" + std::string(size) + "}") != std::string::npos);
  CHECK(totals["data"]["totals"]["totalBytes"].GetUint64() == (kind == Kind::zeroSize ? 0 : 12));
}

}  // namespace
