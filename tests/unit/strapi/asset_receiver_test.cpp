#include "wsferry/strapi/detail/pull/asset_receiver.hpp"

#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

constexpr const char* helloHash =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

struct Recorder final : AssetSink {
  std::vector<std::string> calls;
  void begin(std::string_view id, const AssetInfo& info) override {
    calls.push_back("begin " + std::string(id) + " " + info.filename);
  }
  void write(std::string_view id, std::string_view bytes) override {
    calls.push_back("write " + std::string(id) + " " + std::string(bytes));
  }
  void end(std::string_view id) override { calls.push_back("end " + std::string(id)); }
};

std::string start(const std::string& id) {
  return R"({"action":"start","assetID":")" + id + R"(","data":{"filename":")" + id +
         R"(.txt","stats":{"size":5},"metadata":{"id":1}}})";
}
std::string stream(const std::string& id, const std::string& base64) {
  return R"({"action":"stream","assetID":")" + id + R"(","encoding":"base64","data":")" + base64 +
         "\"}";
}
std::string end(const std::string& id, const std::string& checksum = "") {
  return R"({"action":"end","assetID":")" + id + "\"" +
         (checksum.empty() ? ""
                           : R"(,"checksum":{"algorithm":"sha256","value":")" + checksum + "\"}") +
         "}";
}

std::error_code failureOf(AssetReceiver& receiver, const std::string& items) {
  try {
    receiver.receive(items);
    receiver.finish();
    return {};
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("Assets that are interleaved are told apart and verified each") {
  Recorder sink;
  AssetReceiver receiver(sink, true);
  receiver.receive("[[" + start("a") + "," + start("b") + "," + stream("b", "aGVs") + "," +
                   stream("a", "aGVsbG8=") + "]]");
  receiver.receive("[" + stream("b", "bG8=") + "," + end("a", helloHash) + "," +
                   end("b", helloHash) + "]");
  receiver.finish();
  CHECK(sink.calls == std::vector<std::string>{"begin a a.txt", "begin b b.txt", "write b hel",
                                               "write a hello", "write b lo", "end a", "end b"});
}

TEST_CASE("Checksums are required when promised, and verified when given") {
  Recorder sink;
  const bool required = GENERATE(true, false);
  AssetReceiver receiver(sink, required);
  const std::string body = start("a") + "," + stream("a", "aGVsbG8=") + ",";
  SECTION("absent") {
    CHECK((failureOf(receiver, "[" + body + end("a") + "]") == Errc::checksumMismatch) == required);
  }
  SECTION("wrong") {
    std::string wrong = helloHash;
    wrong[0] = '3';
    CHECK(failureOf(receiver, "[" + body + end("a", wrong) + "]") == Errc::checksumMismatch);
    CHECK(sink.calls.back() == "write a hello");
  }
  SECTION("right, in capitals") {
    std::string capitals = helloHash;
    for (char& c : capitals) {
      c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    CHECK_FALSE(failureOf(receiver, "[" + body + end("a", capitals) + "]"));
  }
  SECTION("of an unknown kind") {
    CHECK(failureOf(receiver, "[" + body +
                                  R"({"action":"end","assetID":"a","checksum":{"algorithm":"md5",)"
                                  R"("value":"x"}}])") == Errc::checksumMismatch);
  }
}

TEST_CASE("Items out of order are refused") {
  Recorder sink;
  AssetReceiver receiver(sink, false);
  CHECK(failureOf(receiver, "[" + stream("a", "aGVsbG8=") + "]") == Errc::protocolViolation);
  CHECK(failureOf(receiver, "[" + end("a") + "]") == Errc::protocolViolation);
  CHECK(failureOf(receiver, "[" + start("a") + "," + start("a") + "]") == Errc::protocolViolation);
}

TEST_CASE("An asset without an end is missing data, and is named") {
  Recorder sink;
  AssetReceiver receiver(sink, false);
  receiver.receive("[" + start("a") + "]");
  try {
    receiver.finish();
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::dataMissing);
    CHECK(error.info().subject == "a.txt");
  }
}
