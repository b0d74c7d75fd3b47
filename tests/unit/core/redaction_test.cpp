#include "wsferry/core/detail/secrets/redaction.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/base64.hpp"

using wsferry::blankLongSecrets;
using wsferry::blankSecrets;
using wsferry::encodeBase64;

TEST_CASE("secrets are blanked wherever they stand") {
  struct Case {
    std::string text;
    std::vector<std::string> secrets;
    std::string blanked;
  };
  const auto c = GENERATE(values<Case>({
      {"", {"a"}, ""},
      {"nothing here", {"a1"}, "nothing here"},
      {"nothing here", {}, "nothing here"},
      {"nothing here", {""}, "nothing here"},
      {"a1", {"a1"}, "***"},
      {"you sent a1 and a1.", {"a1"}, "you sent *** and ***."},
      {"abc1abc1", {"abc1"}, "******"},
      // One within another, whichever is named first; overlapping ones; one that repeats itself.
      {"xabcdefx", {"bcde", "abcdef"}, "x***x"},
      {"xabcdefx", {"abcdef", "bcde"}, "x***x"},
      {"xabcdefx", {"abcd", "cdef"}, "x***x"},
      {"xabcdax", {"abcda", "abcd"}, "x***x"},
      {"xaaaaax", {"aaaa"}, "x***x"},
      // What stands in its place is not looked at again.
      {"-*-", {"*"}, "-***-"},
      {"-***-", {"**"}, "-***-"},
  }));
  CHECK(blankSecrets(c.text, c.secrets) == c.blanked);
}

TEST_CASE("a header of one's own may hold a secret, and a short word is none") {
  wsferry::ConnectionOptions options;
  options.headers = {{"Authorization", "Basic abc"},
                     {"X-Api-Key", "key 0123456789"},
                     {"Accept-Language", "en-US, en"},
                     {"X-Short", "1234567"}};
  const auto secrets = wsferry::secretsOf(wsferry::Url::parse("https://a.example"), options);
  CHECK(secrets ==
        std::vector<std::string>{"Basic abc", "abc", "key 0123456789", "0123456789", "en-US, en"});
}

TEST_CASE("a failure repeats no secret, and keeps its own words") {
  wsferry::ErrorInfo info;
  info.message = "The server closed the connection: hush4711 ab";
  info.remoteCode = info.remoteMessage = info.remoteDetails = info.closeReason = info.subject =
      "x hush4711 ab";
  info.httpStatus = 401;
  const wsferry::ErrorInfo blanked = wsferry::withoutSecrets(info, {"hush4711", "ab"});
  CHECK(blanked.message == "The server closed the connection: *** ab");
  for (const std::string& text : {blanked.remoteCode, blanked.remoteMessage, blanked.remoteDetails,
                                  blanked.closeReason, blanked.subject}) {
    CHECK(text == "x *** ***");
  }
  CHECK(blanked.httpStatus == 401);
}

TEST_CASE("only a long secret is none by chance") {
  CHECK(wsferry::unmistakable({"", "data", "fifteen-letters", "sixteen-letters!"}) ==
        std::vector<std::string>{"sixteen-letters!"});
}

TEST_CASE("secrets are blanked however a JSON string escapes them") {
  struct Case {
    std::string text;
    std::string blanked;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"t":"s3cret/+= \u0103"})", "{\"t\":\"*** \xC4\x83\"}"},
      {R"({"t":"s3cret\/+="})", R"({"t":"***"})"},
      {R"({"t":"a s3cret/+\u003d, \n","u":1})", R"({"t":"a ***, \n","u":1})"},
      {R"({"t":"s3cret\/\u002b\u003D"})", R"({"t":"***"})"},
      {R"({"t":"s3cret\/\u002B\u003d"})", R"({"t":"***"})"},
      {R"(["\u0073\u0033\u0063\u0072\u0065\u0074\u002F\u002B\u003D"])", R"(["***"])"},
      {R"({"s3cret\/+=":{"s3cret\/+=":["s3cret\/+="]}})", R"({"***":{"***":["***"]}})"},
      {R"("s3cret\/+=")", R"("***")"},
      // What else the string holds means the same as before.
      {R"({"t":"\"\\\u00e9\ud83d\ude00\u0000 s3cret\/+="})",
       "{\"t\":\"\\\"\\\\\xC3\xA9\xF0\x9F\x98\x80\\u0000 ***\"}"},
      // Encoded for a URL, within JSON and not, and all of it or some.
      {"s3cret%2F%2B%3D", "***"},
      {"x=s3cret%2f%2b%3d&y", "x=***&y"},
      {"%73%33cret/%2b=", "***"},
      {R"({"t":"s3cret\u00252F+="})", R"({"t":"***"})"},
      // JSON within a string of JSON.
      {R"({"t":"{\"t\":\"s3cret\\/+=\"}"})", R"({"t":"{\"t\":\"***\"}"})"},
      // Cut anywhere behind it, as a long body is; what is no JSON at all.
      {R"({"t":"s3cret\/+=)", R"({"t":"***)"},
      {R"({"t":"s3cret\/+= \)", R"({"t":"*** \)"},
      {R"({"t":"s3cret\/+= \u00)", R"({"t":"*** \u00)"},
      {R"({"t":"s3cret\/+= \ud83d\u00)", "{\"t\":\"*** \xEF\xBF\xBD\\u00"},
      {R"({"t":"\q s3cret\/+=\u004 s3cret\/+="})", R"({"t":"\q ***\u004 ***"})"},
      {R"(<a href="\q">s3cret/+= "s3cret/+=\q" "s3cret\/+="</a>)",
       R"(<a href="\q">*** "***\q" "***"</a>)"},
      {R"(\)", R"(\)"},
      {R"("\)", R"("\)"},
      {R"(It says "no: {"t":"s3cret\/+="} or s3cret\/+=)", R"(It says "no: {"t":"***"} or ***)"},
      // Nothing is touched without need.
      {R"({"t":"s3cret\/+","u":"%2F%2","v":"\u0041\/"})",
       R"({"t":"s3cret\/+","u":"%2F%2","v":"\u0041\/"})"},
  }));
  CAPTURE(c.text);
  CHECK(blankSecrets(c.text, {"", "s3cret/+="}) == c.blanked);
}

TEST_CASE("at the end of what is cut the beginning of a secret is blanked as well") {
  const std::vector<std::string> secrets = {"", "ab", "s3cret/+= long"};
  std::string inBase64;
  encodeBase64("Basic s3cret/+= long", inBase64);
  struct Case {
    std::string start;
    std::string blanked;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"you sent s3cret/+= lon", "you sent ***"},
      {"you sent s3cret/+= long", "you sent ***"},
      {"s3cret/+= long and s3cr", "*** and ***"},
      {"you sent s3c", "you sent s3c"},
      {"you sent s3cret", "you sent ***"},
      {"s3cret is not the end", "s3cret is not the end"},
      {"s3cr", "***"},
      {"x s3cret%2F", "x ***"},
      {"x s3cret%2", "x ***"},
      {"x %733cr%", "x ***"},
      {R"({"t":"s3cret\/)", R"({"t":"***)"},
      {R"({"t":"s3cret\u002)", R"({"t":"***)"},
      {R"({"t":"s3cret\)", R"({"t":"***)"},
      {R"({"t":"{\"t\":\"s3cret\\u00)", R"({"t":"{\"t\":\"***)"},
      {"x " + inBase64.substr(0, 18), "x QmFzaWM***"},
      {"", ""},
      {"100% \\", "100% \\"},
      {R"(a\u00)", R"(a\u00)"},
  }));
  CAPTURE(c.start);
  CHECK(wsferry::blankSecretsInStart(c.start, secrets) == c.blanked);
}

TEST_CASE("a secret that looks encoded itself is blanked as it is, and encoded once more") {
  const std::vector<std::string> secrets = {R"(a%2Fb\u0041"c)"};
  CHECK(blankSecrets(R"(x a%2Fb\u0041"c x)", secrets) == "x *** x");
  CHECK(blankSecrets(R"(a%252Fb%5cu0041%22c)", secrets) == "***");
  CHECK(blankSecrets(R"({"t":"a%2Fb\\u0041\"c"})", secrets) == R"({"t":"***"})");
}

TEST_CASE("a plus sign in a form is a space") {
  CHECK(blankSecrets("t=one+two%20three+", {"one two three"}) == "t=***+");
  CHECK(blankSecrets("one two", {"one+two"}) == "one two");
}

TEST_CASE("deeply nested escapes end") {
  std::string text = "\"s3cret\"";
  for (int i = 0; i < 12; ++i) {
    text = wsferry::encodeJsonString(text);
  }
  CHECK(blankSecrets(text, {"s3cret"}).find("s3cret") == std::string::npos);
}

TEST_CASE("a short secret is no part of a word") {
  CHECK(blankSecrets("a proxy has a path", {"a"}) == "*** proxy has *** path");
  CHECK(blankSecrets("token=a&b", {"a"}) == "token=***&b");
  CHECK(blankSecrets(R"({"token":"abc","name":"abcd"})", {"abc"}) ==
        R"({"token":"***","name":"abcd"})");
  CHECK(blankSecrets("xabcdx", {"abcd"}) == "x***x");
}

TEST_CASE("a short secret leaves our own words as they are") {
  CHECK(blankLongSecrets("closed without a code: hush-hush", {"a", "hush-hush"}) ==
        "closed without a code: ***");
}

TEST_CASE("a secret is blanked in the base64 of what holds it") {
  const std::string secret = "s3cr\xC3\xA9t-t\xFFk?n>123";
  const std::vector<std::string> secrets = {secret};
  for (const std::string around : {"", "a", "ab", "abc", "user:"}) {
    for (const std::string behind : {"", "x", "xy"}) {
      std::string standard;
      encodeBase64(around + secret + behind, standard);
      std::string urlSafe = standard;
      std::replace(urlSafe.begin(), urlSafe.end(), '+', '-');
      std::replace(urlSafe.begin(), urlSafe.end(), '/', '_');
      std::string unpadded = standard.substr(0, standard.find('='));
      std::string encoded;
      for (const char c : standard) {
        encoded += c == '/' ? "%2F" : c == '+' ? "%2b" : c == '=' ? "%3D" : std::string(1, c);
      }
      for (const std::string& form : {standard, urlSafe, unpadded, encoded}) {
        INFO(form);
        const std::string blanked = blankSecrets("Basic " + form + " is wrong", secrets);
        CHECK(blanked.find("***") != std::string::npos);
        CHECK(blanked.find(form.substr(8, 12)) == std::string::npos);
        CHECK(blanked.substr(0, 6) == "Basic ");
        CHECK(blanked.substr(blanked.size() - 9) == " is wrong");
      }
    }
  }
  CHECK(blankSecrets("c2hvcnQ=", {"short"}) == "c2hvcnQ=");
}
