#include "wsferry/gateway/profile.hpp"

#include <algorithm>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

namespace {

// What a profile with this text is refused with.
std::string refusalOf(const std::string& text) {
  try {
    static_cast<void>(parseProfile(text));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    return error.info().message;
  }
  return "taken";
}

constexpr const char* least = R"("rules": [{"kind": "end", "member": "done"}])";

}  // namespace

TEST_CASE("each profile that is built in is read, and is the same when it was written") {
  CHECK(profileNames().size() == 8);
  const std::string name = GENERATE("vatis", "deepgram", "assemblyai", "speechmatics", "soniox",
                                    "gladia", "openai", "vosk");
  CAPTURE(name);
  const auto& names = profileNames();
  CHECK(std::find(names.begin(), names.end(), name) != names.end());
  const std::string text = profileText(profileNamed(name));
  CHECK(profileText(parseProfile(text)) == text);
}

TEST_CASE("the first profile is the WS Gateway's") {
  CHECK(profileText(profileNamed(profileNames().front())) == profileText(Profile()));
  CHECK(support::errorOf([] { static_cast<void>(profileNamed("whisper")); }) ==
        Errc::invalidOption);
}

TEST_CASE("what a profile does not name is empty, not the WS Gateway's") {
  const Profile profile = parseProfile(std::string("{") + least + "}");
  CHECK(profile.templateParameter.empty());
  CHECK(profile.endMessage.empty());
  CHECK(profile.rules.size() == 1);
  CHECK_FALSE(profile.sendsMetadata);
  CHECK_FALSE(profile.takesPatches);
}

TEST_CASE("a message is kept as it is written") {
  CHECK(parseProfile(std::string("{") + least + R"(, "endMessage": {"eof" : 1}})").endMessage ==
        R"({"eof" : 1})");
  CHECK(parseProfile(std::string("{") + least + R"(, "endMessage": "EOS"})").endMessage == "EOS");
}

TEST_CASE("what is not the default is written, be it empty or 0, and read as the same") {
  const std::string text =
      GENERATE(R"("results": {"text": "t", "finality": "f", "finalValue": ""})",
               R"("keepAlive": "off", "keepAliveInterval": 0)", R"("pongTimeout": 0)",
               R"("pongTimeout": 2.5)", R"("onlySampleRate": 8000)", R"("queryNeeds": {"a": "b"})",
               R"("clientIdParameter": "id", "clientSecretParameter": "s")");
  CAPTURE(text);
  const std::string written =
      profileText(parseProfile(std::string("{") + least + ", " + text + "}"));
  CHECK(profileText(parseProfile(written)) == written);
  for (std::string::size_type at = text.find('"'); at != std::string::npos;) {
    const auto end = text.find('"', at + 1);
    const std::string name = text.substr(at, end + 1 - at);
    CHECK(support::contains(written, name));
    at = text.find(R"(, ")", end);
    at = at == std::string::npos ? at : at + 2;
  }
}

TEST_CASE("a message that nests too deeply is refused, or written as it is") {
  const std::string depth = std::string(600, '[') + std::string(600, ']');
  const auto with = [&](const std::string& member, const std::string& placeholder) {
    return std::string("{") + least + ", \"" + member + R"(": "{\"a\":)" + depth + R"(,\"b\":\")" +
           placeholder + R"(\"}"})";
  };
  CHECK(support::contains(refusalOf(with("firstMessage", "{language}")), "512"));
  const std::string written = profileText(parseProfile(with("endMessage", "")));
  CHECK(profileText(parseProfile(written)) == written);
}

TEST_CASE("a profile's request for a URL that cannot work is refused with line and member") {
  struct Case {
    const char* members;  // On the second line.
    const char* refusal;
  };
  const Case c = GENERATE(
      Case{R"("url": "https://a.b/c", "urlMember": "url")", "taken"},
      Case{R"("url": "http://127.0.0.1:1/c", "urlMember": "url", "method": "PUT")", "taken"},
      Case{R"("urlMember": "url")", "line 1: sessionRequest.url is missing"},
      Case{R"("url": "https://a.b/c")", "line 1: sessionRequest.urlMember is missing"},
      Case{R"("url": "http://a.b/c", "urlMember": "url")",
           "line 2: sessionRequest.url must be an https URL"},
      Case{R"("url": "wss://a.b/c", "urlMember": "url")",
           "line 2: sessionRequest.url must be an https URL"},
      Case{R"("url": "a.b/c", "urlMember": "url")", "line 2: sessionRequest.url is not a URL"},
      Case{R"("url": "https://a.b/c", "urlMember": "a..b")",
           "line 2: sessionRequest.urlMember is not a path"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "method": "post")",
           "line 2: sessionRequest.method must be one of POST, PUT, GET"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "method": "GET", "body": {"a": 1})",
           "line 2: sessionRequest.body is given, but a GET has none"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "body": {"a": "{messages}"})",
           "line 2: sessionRequest.body cannot be used: {messages} has no value"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "body": "a=b")",
           "line 2: sessionRequest.body must be a JSON object"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "headers": {"a b": "c"})",
           "line 2: sessionRequest.headers has a name that is not a header's: a b"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "headers": {"a": "c\nd"})",
           "line 2: sessionRequest.headers has a control character in a"},
      Case{R"("url": "https://a.b/c", "urlMember": "url", "verb": "GET")",
           "line 2: sessionRequest.verb is not a member"},
      Case{R"("url": "https://a.b/c", "urlMember": "url"}, "apiKeyHeader": "{token}", "errors": {)",
           "line 2: apiKeyHeader is given beside a sessionRequest"});
  const std::string text =
      std::string(R"({"closeCompletes": true, "sessionRequest": {)") + "\n" + c.members + "}}";
  CAPTURE(text, refusalOf(text));
  CHECK(support::contains(refusalOf(text), c.refusal));
}

TEST_CASE("what is missing from an object is told where that stands") {
  const auto refusal = [](const std::string& object) {
    return refusalOf("{\"closeCompletes\": true,\n\n\"sessionRequest\": " + object + "}");
  };
  CHECK(support::contains(refusal(R"({"urlMember": "url"})"),
                          "line 3: sessionRequest.url is missing"));
  CHECK(support::contains(refusal("{}"), "line 3: sessionRequest has no url"));
  CHECK(support::contains(refusal(R"({"method": "POST"})"), "line 3: sessionRequest has no url"));
}

TEST_CASE("a profile's access that cannot work is refused") {
  const auto refusal = [](const std::string& members) {
    return refusalOf("{\"closeCompletes\": true,\n" + members + "}");
  };
  CHECK(support::contains(refusal(R"("apiKeyHeader": "Bearer")"),
                          "line 2: apiKeyHeader has no {token}"));
  CHECK(support::contains(refusal(R"("baseUrl": "stt.example")"), "line 2: baseUrl is not a URL"));
  CHECK(support::contains(refusal(R"("baseUrl": "ftp://stt.example")"), "line 2: baseUrl"));
  CHECK(support::contains(refusal(R"("apiKeyHeader": "Bearer {token}\r\nX: y")"),
                          "line 2: apiKeyHeader has a control character"));
  CHECK(support::contains(refusal(R"("subprotocols": ["token", "a b"])"),
                          "line 2: subprotocols has an entry that is not a token: a b"));
  CHECK(refusal(R"("subprotocols": ["realtime", "key.{token}"])") == "taken");
}

TEST_CASE("a path in another notation, which would find nothing, is refused") {
  const char* path = GENERATE("$.a", "$", "a[0].b", "/a/b", "a.b]", "a b", ".a", "a.");
  const auto refusal = refusalOf(
      std::string("{\"closeCompletes\": true,\n\"results\": {\"text\": \"") + path + "\"}}");
  CAPTURE(path, refusal);
  CHECK(support::contains(refusal, "line 2: results.text is not a path"));
}

TEST_CASE("a rule that can never match, or says what has no effect, is refused") {
  const auto refusal = [](const std::string& rules) {
    return refusalOf("{\"typeMember\": \"type\", \"closeCompletes\": true, \"rules\": [\n" + rules +
                     "]}");
  };
  CHECK(support::contains(refusal(R"({"kind": "error", "member": "error"},)"
                                  "\n"
                                  R"({"kind": "warning", "member": "error.code", "value": "1"})"),
                          "line 3: rules.1 can never match: rules.0 comes first"));
  CHECK(refusal(R"({"kind": "warning", "member": "error.code", "value": "1"},)"
                R"({"kind": "error", "member": "error"})") == "taken");
  CHECK(refusal(R"({"kind": "warning", "member": "error", "value": "1"},)"
                R"({"kind": "error", "member": "error.code"})") == "taken");
  CHECK(support::contains(refusal(R"({"kind": "error", "member": "type.sub"})"),
                          "line 2: rules.0 can never match: type, the typeMember, is a string"));
  CHECK(support::contains(refusal(R"({"kind": "error", "value": "e", "finality": "final"})"),
                          "line 2: rules.0 has a finality, but is not a response"));
  const std::string untold = refusalOf(
      "{\"closeCompletes\": true, \"results\": {\"text\": \"t\"}, \"rules\": [\n"
      "{\"kind\": \"response\", \"member\": \"t\"}]}");
  CHECK(support::contains(untold, "line 2: rules.0 has no finality, and results.finality"));
}

TEST_CASE("members that work only together are refused alone") {
  const auto refusal = [](const std::string& members) {
    return refusalOf("{\"closeCompletes\": true,\n" + members + "}");
  };
  CHECK(support::contains(refusal(R"("flushIsAnswered": true)"),
                          "line 2: flushIsAnswered is true, but there is no flushMessage"));
  CHECK(support::contains(refusal(R"("results": {"text": "a", "word": {"start": "s"}})"),
                          "line 2: results.word is given, but results.words"));
  CHECK(support::contains(refusal(R"("results": {"text": "a", "words": "w"})"),
                          "line 2: results.words is given, but results.word.text"));
  CHECK(support::contains(refusal(R"("results": {"finality": "final"})"),
                          "line 2: results name neither text nor words"));
  CHECK(support::contains(refusal(R"("results": {"text": "a", "finalValue": "1"})"),
                          "line 2: results.finalValue is given, but results.finality is not"));
  CHECK(support::contains(refusal(R"("authenticationErrors": ["1"], "authorizationErrors": ["1"])"),
                          "line 2: authorizationErrors has 1, which is in authenticationErrors"));
  CHECK(support::contains(refusal(R"("authorizationErrors": ["1"], "passingErrors": ["2", "1"])"),
                          "line 2: passingErrors has 1, which is in authorizationErrors"));
  CHECK(support::contains(refusal(R"("configurationNeeds": {"a..b": "1"})"),
                          "line 2: configurationNeeds has a name that is not a path"));
}

TEST_CASE("a value of another type is told with what it must be") {
  const auto refusal = [](const std::string& members) {
    return refusalOf("{\"closeCompletes\": true, " + members + "}");
  };
  CHECK(support::contains(refusal(R"("results": {"text": 5})"),
                          "results.text must be a path or an array of paths"));
  CHECK(support::contains(refusal(R"("results": {"text": [5]})"),
                          "results.text must be a path or an array of paths"));
  CHECK(support::contains(refusal(R"("authenticationErrors": [401])"),
                          "authenticationErrors must be an array of strings"));
  CHECK(support::contains(refusal(R"("rules": {})"), "rules must be an array of objects"));
}

TEST_CASE("a byte order mark before a profile is passed over") {
  CHECK(refusalOf("\xef\xbb\xbf{\"closeCompletes\": true}") == "taken");
}

TEST_CASE("a profile that cannot work is refused with line and member") {
  struct Case {
    const char* text;
    const char* refusal;
  };
  const Case c = GENERATE(
      Case{"{\n  \"rules\": [],\n", "line 3: this is not JSON"},
      Case{"[]", "line 1: a profile must be a JSON object"},
      Case{"{\n\"closeCompletes\": true,\n\"audo\": 1}", "line 3: audo is not a member"},
      Case{"{\"closeCompletes\": true,\n\"results\": {\"text\": \"a\",\n\"wrd\": \"a\"}}",
           "line 3: results.wrd is not a member"},
      Case{"{\"closeCompletes\": true, \"baseUrl\": \"a\",\n\"baseUrl\": \"b\"}",
           "line 2: baseUrl is given twice"},
      Case{"{\"closeCompletes\": true,\n\"results\": {\"text\": \"a..b\"}}",
           "line 2: results.text is not a path"},
      Case{"{\"closeCompletes\": true,\n\"errors\": {\"code\": [\"a\",\n\"a b\"]}}",
           "line 3: errors.code is not a path"},
      Case{"{\"closeCompletes\": true, \"streamIdMember\": \"\"}", "streamIdMember is not a path"},
      Case{"{\"rules\": [{\"kind\": \"response\", \"member\": \"text\"}]}", "rules have no end"},
      Case{"{\"typeMember\": \"t\", \"closeCompletes\": true, \"rules\": [\n"
           "{\"kind\": \"error\"},\n{\"kind\": \"end\", \"value\": \"x\"}]}",
           "line 3: rules.1 can never match: rules.0 comes first"},
      Case{"{\"rules\": [\n{\"kind\": \"end\", \"value\": \"x\"}]}",
           "line 2: rules.0 can never match: it names no member"},
      Case{"{\"rules\": [\n{\"kind\": \"fin\", \"member\": \"x\"}]}",
           "line 2: rules.0.kind must be one of metadata, response"},
      Case{"{\"closeCompletes\": 1}", "closeCompletes must be true or false"},
      Case{"{\"closeCompletes\": true, \"sendsMetadata\": true}", "sendsMetadata is true"},
      Case{"{\"closeCompletes\": true, \"keepAlive\": \"both\"}", "needs a keepAliveMessage"},
      Case{"{\"closeCompletes\": true, \"leastAudio\": -1}", "leastAudio must be a number"},
      Case{"{\"closeCompletes\": true, \"leastAudio\": 1, \"mostAudio\": 1.5}",
           "mostAudio is less"},
      Case{"{\"closeCompletes\": true, \"leastAudioBytes\": 100, \"mostAudioBytes\": 199}",
           "mostAudioBytes is less than twice leastAudioBytes"},
      Case{"{\"closeCompletes\": true,\n\"updateMessage\": {\"a\": \"x{changes}\"}}",
           "line 2: updateMessage cannot be used: the message for changes is a JSON object"},
      Case{"{\"closeCompletes\": true,\n\"updateMessage\": \"update\"}",
           "line 2: updateMessage cannot be used"},
      Case{"{\"closeCompletes\": true,\n\"flushMessage\": {\"a\": \"{changes}\"}}",
           "line 2: flushMessage cannot be used: {changes} has no value"},
      Case{"{\"closeCompletes\": true,\n\"firstMessage\": {\"a\": \"{who}\"}}",
           "line 2: firstMessage cannot be used: {who} is not a placeholder"},
      Case{"{\"closeCompletes\": true,\n\"keepAliveMessage\": {\"a\": \"{token}\"}}",
           "line 2: keepAliveMessage cannot be used: {token} has no value in this message"},
      Case{"{\"closeCompletes\": true, \"flushMessage\": {\"a\": \"{messages}\"}}",
           "flushMessage cannot be used: {messages} has no value"},
      Case{"{\"closeCompletes\": true, \"endMessage\": {\"a\": \"{language:x}\"}}",
           "endMessage cannot be used: {language} has no value"},
      Case{"{\"closeCompletes\": true, \"firstMessage\": {\"a\": \"{bytes}\"}}",
           "firstMessage cannot be used: {bytes} has no value"},
      Case{"{\"rules\": [{\"kind\": \"refusal\", \"member\": \"a\", \"ends\": true}]}",
           "rules have no end"},
      Case{"{\"closeCompletes\": true,\n\"onlySampleRate\": 1.5}",
           "line 2: onlySampleRate must be a whole number"},
      Case{"{\"closeCompletes\": true,\n\"audioMessage\": {\"a\": \"b\"}}",
           "line 2: audioMessage cannot be used"},
      Case{"{\"closeCompletes\": true,\n\"acknowledgementWindow\": 5}",
           "line 2: acknowledgementWindow is given, but there is no rule of the kind"},
      Case{"{\"closeCompletes\": true,\n\"acknowledgedMember\": \"n\"}",
           "line 2: acknowledgedMember is given, but there is no rule of the kind"},
      Case{"{\"closeCompletes\": true, \"encodings\": [\"a\"]}", "encodings must be an object"});
  CAPTURE(c.text, refusalOf(c.text));
  CHECK(support::contains(refusalOf(c.text), c.refusal));
}
