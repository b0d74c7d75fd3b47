#include "wsferry/gateway/detail/messages/incoming_message.hpp"

#include <string>

#include "catch.hpp"
#include "support/is_within.hpp"
#include "support/other_vendor_profile.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

IncomingMessage read(const std::string& text, const Profile& profile = {}) {
  return readIncoming(profile, text);
}

}  // namespace

TEST_CASE("a message is of the kind that its type says, about what its member holds") {
  struct Case {
    std::string text;
    MessageKind kind;
    std::string subject;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"type":"STREAM_METADATA","stream":{"streamId":"1"}})", MessageKind::metadata,
       R"({"streamId":"1"})"},
      {R"({"response":{"a":[1, 2]} , "type":"RESPONSE"})", MessageKind::response,
       R"({"a":[1, 2]})"},
      {R"({"type":"ERROR","error":{}})", MessageKind::error, "{}"},
      {R"({"type":"END_OF_STREAM"})", MessageKind::end, R"({"type":"END_OF_STREAM"})"},
      {R"({"type":"KEEP_ALIVE"})", MessageKind::ignored, R"({"type":"KEEP_ALIVE"})"},
      {R"({"type":"BINARY"})", MessageKind::unknown, R"({"type":"BINARY"})"},
      {R"({"type":""})", MessageKind::unknown, R"({"type":""})"},
      {R"({"type":"response","response":1})", MessageKind::unknown,
       R"({"type":"response","response":1})"},
      // Missing, null, of another type.
      {R"({"type":"RESPONSE"})", MessageKind::response, ""},
      {R"({"type":"RESPONSE","response":null})", MessageKind::response, ""},
      {R"({"type":"ERROR","error":"text"})", MessageKind::error, R"("text")"},
      {R"({"type":"ERROR","stream":{},"response":{}})", MessageKind::error, ""},
      // Unknown members, escaped keys and values, repeated ones, white space.
      {R"({"x":{"type":"ERROR"},"type":"RESPONSE","response":{},"y":[[]]})", MessageKind::response,
       "{}"},
      {R"({"t\u0079pe":"\u0052ESPONSE","\u0072esponse":{"b":1}})", MessageKind::response,
       R"({"b":1})"},
      {R"({"type":"ERROR","type":"RESPONSE","response":1,"response":2})", MessageKind::response,
       "2"},
      {R"({"type":"RESPONSE","response":{},"response":null})", MessageKind::response, ""},
      {" \r\n\t{ \"type\" : \"RESPONSE\" , \"response\" : { } } \n", MessageKind::response, "{ }"},
  }));
  CAPTURE(c.text);
  const auto message = read(c.text);
  CHECK(message.problem.empty());
  CHECK(message.kind == c.kind);
  CHECK(message.subject == c.subject);
  CHECK((message.subject.empty() || support::isWithin(message.subject, c.text)));
}

TEST_CASE("what is no message says why") {
  struct Case {
    std::string text;
    std::string problem;
  };
  const auto c = GENERATE(values<Case>({
      {"", "not a JSON object"},
      {"EOS", "not a JSON object"},
      {"null", "not a JSON object"},
      {"[{\"type\":\"ERROR\"}]", "not a JSON object"},
      {"\"RESPONSE\"", "not a JSON object"},
      {"{\"type\":\"ERROR\"", "offset 15"},
      {"{\"type\":\"ERROR\"}}", "offset 16"},
      {"{type:1}", "offset 1"},
      {std::string("{\"type\":\"ERROR\0\"}", 17), "byte 0x00"},
      {"{}", "\"type\""},
      {R"({"Type":"ERROR"})", "\"type\""},
      {R"({"type":null})", "\"type\""},
      {R"({"type":1})", "\"type\""},
      {R"({"type":{"type":"ERROR"}})", "\"type\""},
      {R"({"type":"ERROR","type":null})", "\"type\""},
      {R"({"type":"ERROR","error":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}",
       "deeper"},
  }));
  CAPTURE(c.text.substr(0, 100));
  const auto message = read(c.text);
  CHECK(message.problem.find(c.problem) != std::string::npos);
  CHECK(message.kind == MessageKind::unknown);
  CHECK(message.subject.empty());
}

TEST_CASE("rules compare strings decoded and other scalars as they are written") {
  Profile profile;
  profile.typeMember.clear();
  profile.rules = {{MessageKind::end, "true", "finished"},
                   {MessageKind::error, "7", "code"},
                   {MessageKind::ignored, "", "pong"},
                   {MessageKind::response, "a\"b", "kind"}};
  struct Case {
    std::string text;
    MessageKind kind;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"finished":true})", MessageKind::end},
      {R"({"finished":"true"})", MessageKind::end},
      {R"({"finished":false})", MessageKind::unknown},
      {R"({"finished":[true]})", MessageKind::unknown},
      {R"({"finished":null})", MessageKind::unknown},
      {R"({"code":7})", MessageKind::error},
      {R"({"code":"7"})", MessageKind::error},
      {R"({"code":70})", MessageKind::unknown},
      {R"({"pong":false})", MessageKind::ignored},
      {R"({"pong":{}})", MessageKind::ignored},
      {R"({"pong":""})", MessageKind::ignored},
      {R"({"pong":null})", MessageKind::unknown},
      {R"({"kind":"a\"b"})", MessageKind::response},
      {R"({"kind":"a\u0022b"})", MessageKind::response},
      {R"({"kind":"a"})", MessageKind::unknown},
      // The first rule that fits, not the first member.
      {R"({"kind":"a\"b","pong":1,"code":7,"finished":true})", MessageKind::end},
      {R"({"":1,"x":2})", MessageKind::unknown},
      {"{}", MessageKind::unknown},
  }));
  CAPTURE(c.text);
  CHECK(read(c.text, profile).kind == c.kind);
  CHECK(read(c.text, profile).problem.empty());
}

TEST_CASE("without rules everything is unknown; a rule without value and member takes any type") {
  Profile profile;
  profile.rules.clear();
  CHECK(read(R"({"type":"ERROR"})", profile).kind == MessageKind::unknown);
  profile.rules = {{MessageKind::ignored, "", ""}};
  CHECK(read(R"({"type":"x"})", profile).kind == MessageKind::ignored);
}

TEST_CASE("another vendor's messages are told apart by members and flags") {
  const Profile profile = otherVendorProfile();
  const std::string result = R"({"tokens":[{"text":"a"}],"total_audio_proc_ms":40})";
  const auto response = read(result, profile);
  CHECK(response.kind == MessageKind::response);
  CHECK(response.subject == result);
  CHECK(readResponse(response.subject).json == result);

  CHECK(read(R"({"tokens":[],"finished":true})", profile).kind == MessageKind::end);
  CHECK(read(R"({"tokens":[],"finished":false})", profile).kind == MessageKind::response);
  CHECK(read(R"({"type":"RESPONSE"})", profile).kind == MessageKind::unknown);

  const std::string failure = R"({"tokens":[],"error_code":401,"error_message":"no"})";
  const auto error = read(failure, profile);
  CHECK(error.kind == MessageKind::error);
  CHECK(readErrorResponse(error.subject).json == failure);
  const auto body = readErrorBody(profile, failure);
  REQUIRE(body);
  CHECK(body->json == failure);
}

TEST_CASE("an error is read from the body of a refusal, bare or within a message") {
  const std::string bare =
      R"({"statusCode":401,"title":"Unauthorized","message":"no \"key\"",)"
      R"("internalErrorName":"GENERAL_AUTHENTICATION_ERROR","nestedErrors":[{}]})";
  const std::string body =
      GENERATE_COPY(as<std::string>{}, bare, R"({"type":"ERROR","error":)" + bare + "}",
                    R"({"error":)" + bare + "}", " " + bare + "\r\n");
  const auto error = readErrorBody(Profile(), body);
  REQUIRE(error);
  CHECK(error->statusCode == 401);
  CHECK(error->title == "Unauthorized");
  CHECK(error->message == "no \"key\"");
  CHECK(error->internalErrorName == "GENERAL_AUTHENTICATION_ERROR");
  CHECK(error->json.find("nestedErrors") != std::string::npos);
}

TEST_CASE("a body with a few of an error's members is one, and others are none") {
  CHECK(readErrorBody(Profile(), R"({"message":"no"})")->message == "no");
  CHECK(readErrorBody(Profile(), R"({"status":403,"error":"Forbidden","title":"t"})")->title ==
        "t");
  CHECK(readErrorBody(Profile(), R"({"type":"ERROR"})")->json == R"({"type":"ERROR"})");
  const auto body = GENERATE(as<std::string>{}, "", "<html>401</html>", "[]", "{}", "null",
                             R"({"message":"cut)", R"({"message":null,"title":1})",
                             R"({"error":{}})", R"({"type":"RESPONSE"})", "{\"message\":\"\xFF\"}");
  CHECK(!readErrorBody(Profile(), body));
}

TEST_CASE("a rule with a member of its own needs no type") {
  const Profile profile = parseProfile(
      R"({"typeMember":"type","rules":[{"kind":"end","value":"done"},{"kind":"error","member":"error.code"}]})");
  CHECK(read(R"({"error":{"code":"401"}})", profile).kind == MessageKind::error);
  CHECK(read(R"({"type":"done"})", profile).kind == MessageKind::end);
  CHECK(read(R"({"other":1})", profile).problem == "no member \"type\" that is a string");
}

TEST_CASE("type and subject may be within other members") {
  Profile profile;
  profile.typeMember = "head.type";
  profile.responseMember = "body.result";
  profile.errorMember = "body.error";
  const std::string text = R"({"head":{"type":"RESPONSE"},"body":{"result":{"text":"a"}}})";
  const auto message = read(text, profile);
  CHECK(message.kind == MessageKind::response);
  CHECK(message.subject == R"({"text":"a"})");
  CHECK(read(R"({"head":{}})", profile).problem == "no member \"head.type\" that is a string");
  const auto error = readErrorBody(profile, R"({"body":{"error":{"message":"no"}}})");
  REQUIRE(error);
  CHECK(error->message == "no");
}
