#include "wsferry/gateway/detail/request/configuration_message.hpp"

#include <rapidjson/document.h>

#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

template <class Call>
std::string refusalOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::invalidOption));
    return error.info().message;
  }
  FAIL_CHECK("not refused");
  return "";
}

}  // namespace

TEST_CASE("a configuration message holds what there is") {
  Configuration configuration;
  CHECK(configurationMessage(configuration) == R"({"type":"CONFIGURATION"})");
  configuration.patches = {setPatch("language", "ro"),
                           setPatch("gain", "-5"),
                           addPatch("more", "x"),
                           removePatch("less"),
                           {Patch::Operation::set, "list", {"a", "+b"}}};
  CHECK(configurationMessage(configuration) ==
        R"({"type":"CONFIGURATION","patches":{"language":"ro","gain":"\\-5","more":"+x",)"
        R"("less":"-","list":["a","\\+b"]}})");
  configuration.webhooks = {{"https://a.test/", {"stream.*", "group.completed"}},
                            {"http://b.test/", {"*"}}};
  configuration.patches.resize(1);
  CHECK(configurationMessage(configuration) ==
        R"({"type":"CONFIGURATION","patches":{"language":"ro"},"webhook":{)"
        R"("https://a.test/":["stream.*","group.completed"],"http://b.test/":["*"]}})");
  configuration.patches.clear();
  CHECK(configurationMessage(configuration) ==
        R"({"type":"CONFIGURATION","webhook":{)"
        R"("https://a.test/":["stream.*","group.completed"],"http://b.test/":["*"]}})");
}

TEST_CASE("text of any kind is quoted") {
  Configuration configuration;
  const std::string text = "\"\\\n\x01\xC8\x99";
  configuration.patches = {setPatch("p" + text, text)};
  rapidjson::Document document;
  document.Parse(configurationMessage(configuration).c_str());
  REQUIRE(!document.HasParseError());
  const auto& patches = document["patches"];
  REQUIRE(patches.MemberCount() == 1);
  CHECK(std::string(patches.MemberBegin()->name.GetString()) == "p" + text);
  CHECK(std::string(patches.MemberBegin()->value.GetString()) == text);
}

TEST_CASE("a configuration that a gateway would refuse is refused here") {
  Configuration configuration;
  SECTION("path") {
    configuration.patches = {setPatch("", "x")};
  }
  SECTION("value") {
    configuration.patches = {{Patch::Operation::add, "x", {}}};
  }
  SECTION("removed value") {
    configuration.patches = {{Patch::Operation::remove, "x", {"y"}}};
  }
  SECTION("twice") {
    configuration.patches = {setPatch("x", "1"), setPatch("x", "2")};
  }
  SECTION("webhook twice") {
    configuration.webhooks.assign(2, {"https://a.test/", {"*"}});
  }
  SECTION("webhook URL") {
    configuration.webhooks = {{GENERATE("ws://a.test", "a.test", ""), {"*"}}};
  }
  SECTION("webhooks") {
    for (const char c : {'a', 'b', 'c', 'd'}) {
      configuration.webhooks.push_back({std::string("https://") + c + ".test/", {"*"}});
    }
  }
  refusalOf([&] { static_cast<void>(configurationMessage(configuration)); });
}

TEST_CASE("no two values of a patch look the same on the wire") {
  // A server takes one backslash away where it stands, with others or not, before a sign.
  const auto readBack = [](const std::string& sent) {
    const auto sign = sent.find_first_not_of('\\');
    const bool escaped =
        sign != std::string::npos && sign > 0 && (sent[sign] == '+' || sent[sign] == '-');
    return escaped ? sent.substr(1) : sent;
  };
  const std::string alphabet = "\\+-a";
  for (unsigned i = 0; i < 1024; ++i) {
    std::string value;
    for (unsigned rest = i; rest > 0; rest /= 5) {
      if (rest % 5 > 0) {
        value += alphabet[rest % 5 - 1];
      }
    }
    const std::string sent = patchValues(setPatch("x", value)).front();
    CAPTURE(value, sent);
    REQUIRE((sent.empty() || (sent.front() != '+' && sent.front() != '-')));
    REQUIRE(readBack(sent) == value);
  }
}

TEST_CASE("the first message gets the type it lacks, and stays as it is otherwise") {
  struct Case {
    std::string configuration;
    std::string message;
  };
  const auto c = GENERATE(values<Case>({
      {"{}", R"({"type":"CONFIGURATION"})"},
      {" { } ", R"( {"type":"CONFIGURATION" } )"},
      {R"({"patches":{"a":1.50}})", R"({"type":"CONFIGURATION","patches":{"a":1.50}})"},
      {R"({"a":{"type":"x"}})", R"({"type":"CONFIGURATION","a":{"type":"x"}})"},
      {R"({"a":1,"type":"CONFIGURATION"})", R"({"a":1,"type":"CONFIGURATION"})"},
      {R"({"t\u0079pe":"C\u004fNFIGURATION"})", R"({"t\u0079pe":"C\u004fNFIGURATION"})"},
  }));
  CHECK(makeFirstMessage(Profile(), c.configuration).text == c.message);
}

TEST_CASE("no configuration, no first message") {
  CHECK(makeFirstMessage(Profile(), "").text.empty());
}

TEST_CASE("a profile may want another type, elsewhere, or none") {
  Profile profile;
  profile.typeMember = "mess\"age";
  profile.configurationType = "Start";
  CHECK(makeFirstMessage(profile, R"({"a":1})").text == R"({"mess\"age":"Start","a":1})");
  profile.configurationType.clear();
  CHECK(makeFirstMessage(profile, R"({"a":1})").text == R"({"a":1})");
  profile.configurationType = "Start";
  profile.typeMember.clear();
  CHECK(contains(refusalOf([&] { static_cast<void>(makeFirstMessage(profile, R"({"a":1})")); }),
                 "typeMember"));
}

TEST_CASE("a first message of another type is refused, with a word on the printed examples") {
  const std::string configuration =
      GENERATE(R"({"type":"KEEP_ALIVE"})", R"({"type":null})", R"({"type":1})",
               R"({"type":"configuration"})", R"({"type":{}})", R"({"type":""})",
               R"({"type":"CONFIGURATION","type":"KEEP_ALIVE"})");
  const auto message =
      refusalOf([&] { static_cast<void>(makeFirstMessage(Profile(), configuration)); });
  CHECK(contains(message, "KEEP_ALIVE"));
  CHECK(contains(message, "CONFIGURATION"));
}

TEST_CASE("a first message that is not one JSON object is refused") {
  const std::string configuration =
      GENERATE(as<std::string>{}, "x", "[]", "null", "\"{}\"", "{} {}", "{", R"({"a":})", "{}x",
               "\xEF\xBB\xBF{}", "{\"a\":\"\xFF\"}");
  CHECK(contains(refusalOf([&] { static_cast<void>(makeFirstMessage(Profile(), configuration)); }),
                 "The configuration "));
}

TEST_CASE("webhooks in the first message are noticed") {
  CHECK(makeFirstMessage(Profile(), R"({"webhook":{}})").hasWebhooks);
  CHECK(!makeFirstMessage(Profile(), R"({"webhook":null})").hasWebhooks);
  CHECK(!makeFirstMessage(Profile(), R"({"a":{"webhook":{}}})").hasWebhooks);
}
