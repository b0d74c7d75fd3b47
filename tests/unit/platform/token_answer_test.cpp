#include <chrono>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/platform/detail/token/token_answer.hpp"
#include "wsferry/platform/detail/token/token_cache.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::platform;

namespace {

TokenAnswer read(int status, const std::string& body) {
  return readTokenAnswer(status, body, "The endpoint", {"the-secret"});
}

constexpr TimePoint zero{};

}  // namespace

TEST_CASE("the form encodes what a form may not hold") {
  CHECK(tokenForm("me", "a+b&c=d e") ==
        "client_id=me&client_secret=a%2Bb%26c%3Dd%20e&grant_type=client_credentials");
}

TEST_CASE("a token answer gives the token and its life") {
  const TokenAnswer answer =
      read(200, R"({"access_token":"abc","expires_in":600,"token_type":"Bearer","more":[1]})");
  CHECK_FALSE(answer.error);
  CHECK(answer.token == "abc");
  CHECK(answer.lifetime == Duration(600'000));
  CHECK(read(200, R"({"access_token":"abc","expires_in":1,"token_type":"bearer"})").token == "abc");
}

TEST_CASE("a token of unknown life is given, and not kept") {
  for (const char* body : {R"({"access_token":"abc","token_type":"Bearer"})",
                           R"({"access_token":"abc","token_type":"Bearer","expires_in":null})"}) {
    const TokenAnswer answer = read(200, body);
    CHECK(answer.token == "abc");
    CHECK_FALSE(answer.lifetime);
  }
}

TEST_CASE("a life beyond all reason is a year") {
  CHECK(read(200, R"({"access_token":"a","token_type":"Bearer","expires_in":1e300})").lifetime ==
        std::chrono::hours(366 * 24));
}

TEST_CASE("a 200 without a token that can be used is no answer of a token endpoint") {
  const auto [body, words] = GENERATE(table<std::string, std::string>(
      {{"<html>Sign in</html>", "without JSON"},
       {"", "without JSON"},
       {"[]", "without JSON"},
       {R"({"access_token":"a"} x)", "without JSON"},
       {"{}", "no access_token"},
       {R"({"access_token":"","token_type":"Bearer"})", "no access_token"},
       {R"({"access_token":7,"token_type":"Bearer"})", "no access_token"},
       {R"({"access_token":"a\r\nb","token_type":"Bearer"})", "no header can hold"},
       {R"({"access_token":"hidden"})", "no token_type"},
       {R"({"access_token":"hidden","token_type":"mac"})", "of type \"mac\""},
       {R"({"access_token":"hidden","token_type":"Bearer","expires_in":0})", "expires_in 0"},
       {R"({"access_token":"hidden","token_type":"Bearer","expires_in":-5})", "expires_in -5"},
       {R"({"access_token":"hidden","token_type":"Bearer","expires_in":"x"})",
        "an expires_in that is not a number of seconds"},
       {R"({"access_token":"hidden","token_type":"Bearer","expires_in":"0"})", "expires at once"},
       {R"({"error":"busy","error_description":"later"})", "busy: later"}}));
  INFO(body);
  const TokenAnswer answer = read(200, body);
  CHECK(answer.error == PlatformErrc::invalidAnswer);
  CHECK(answer.error == ErrorCondition::connection);
  CHECK(answer.token.empty());
  CHECK(contains(answer.info.message, words));
  CHECK(contains(answer.info.message, "The endpoint answered 200"));
  CHECK_FALSE(contains(answer.info.message + answer.info.httpBody, "hidden"));
}

TEST_CASE("a refused client gets the endpoint's words, and not its secret") {
  const int status = GENERATE(400, 401);
  const TokenAnswer answer = read(
      status, R"({"error":"invalid_client","error_description":"not \"the-secret\", surely"})");
  CHECK(answer.error == Errc::notAuthenticated);
  CHECK(answer.info.remoteCode == "invalid_client");
  CHECK(answer.info.remoteMessage == "not \"***\", surely");
  CHECK(contains(answer.info.message, "invalid_client: not \"***\", surely"));
}

TEST_CASE("statuses mean what they say") {
  CHECK(read(401, "<html>the-secret</html>").error == Errc::notAuthenticated);
  CHECK(read(401, "<html>the-secret</html>").info.httpBody == "<html>***</html>");
  CHECK(read(403, "").error == Errc::notAuthorized);
  CHECK(read(400, "<html>").error == PlatformErrc::invalidAnswer);
  CHECK(read(404, "{}").error == PlatformErrc::invalidAnswer);
  CHECK(read(302, "").error == PlatformErrc::invalidAnswer);
  CHECK(read(429, "").error == PlatformErrc::unavailable);
  CHECK(read(503, "<html>").error == PlatformErrc::unavailable);
  CHECK(read(503, "").error == ErrorCondition::connection);
}

TEST_CASE("what may hold a token is not repeated") {
  for (const char* body :
       {"access_token=hidden", R"({"id_token":"hidden","token_type":"Bearer"})"}) {
    CHECK(contains(read(200, body).info.httpBody, "not shown"));
  }
  CHECK(read(200, R"({"a":"the-secret"})").info.httpBody == R"({"a":"***"})");
}

TEST_CASE("a body that is cut within the secret shows none of it") {
  const std::string body = "<html>" + std::string(65'536 - 6 - 8, ' ') + "the-secret</html>";
  const std::string shown = read(401, body).info.httpBody;
  CHECK(shown == "<html>" + std::string(65'536 - 6 - 8, ' ') + "***");
}

TEST_CASE("a token is kept until shortly before it expires") {
  TokenCache cache(Duration(30'000));
  CHECK_FALSE(cache.find(zero));
  cache.keep("a", Duration(600'000), zero);
  CHECK(cache.find(zero) == "a");
  CHECK(cache.find(zero + Duration(569'999)) == "a");
  CHECK_FALSE(cache.find(zero + Duration(570'000)));
}

TEST_CASE("a short life is used by half") {
  TokenCache cache(Duration(30'000));
  cache.keep("a", Duration(10'000), zero);
  CHECK(cache.find(zero + Duration(4'999)) == "a");
  CHECK_FALSE(cache.find(zero + Duration(5'000)));
}

TEST_CASE("a token that is of no use is dropped, and no other") {
  TokenCache cache(Duration(0));
  cache.keep("new", Duration(1'000), zero);
  cache.drop("old");
  CHECK(cache.find(zero) == "new");
  cache.drop("new");
  CHECK_FALSE(cache.find(zero));
  cache.keep("next", Duration(1'000), zero);
  CHECK(cache.find(zero) == "next");
}
