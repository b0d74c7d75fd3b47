#include "wsferry/gateway/detail/request/stream_request.hpp"

#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/other_vendor_profile.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

const std::string secret = "s3cret/+= value";
using Kind = Credentials::Kind;
using Placement = Credentials::Placement;

StreamOptions minimal() {
  StreamOptions options;
  options.baseUrl = "wss://gateway.test/path/";
  options.templateId = "t1";
  return options;
}

StreamOptions withCredentials(Kind kind, Placement placement = Placement::header) {
  StreamOptions options = minimal();
  options.credentials.kind = kind;
  options.credentials.placement = placement;
  if (kind == Kind::basic || kind == Kind::twoHeaders) {
    options.credentials.id = "client one";
  }
  options.credentials.secret = secret;
  return options;
}

StreamRequest make(const StreamOptions& options) {
  return makeStreamRequest(options, options.credentials.secret);
}

std::string targetOf(const StreamOptions& options) {
  return make(options).url.target;
}

std::string headerOf(const StreamRequest& request, const std::string& name) {
  for (const auto& header : request.connection.headers) {
    if (header.first == name) {
      return header.second;
    }
  }
  return "";
}

/// The message of the refusal; fails the test if there is none, or of another kind.
std::string refusalOf(const StreamOptions& options, Errc expected = Errc::invalidOption) {
  try {
    make(options);
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(expected));
    CHECK(error.info().option.empty() == (expected != Errc::invalidOption));
    CHECK(std::string(error.what()).find(secret) == std::string::npos);
    return error.info().message;
  }
  FAIL_CHECK("not refused");
  return "";
}

/// What a server reads, which takes a plus sign for a space.
QueryParameters readLikeServer(const std::string& target) {
  QueryParameters result;
  for (auto [name, value] : queryOf(target)) {
    for (std::string* part : {&name, &value}) {
      for (char& c : *part) {
        c = c == '+' ? ' ' : c;
      }
      *part = percentDecode(*part);
    }
    result.emplace_back(name, value);
  }
  return result;
}

}  // namespace

TEST_CASE("the defaults are the gateway's, and nothing is in the URL that was not asked for") {
  StreamOptions options;
  CHECK(options.connection.maxMessageSize == std::size_t{16} << 20);
  options.templateId = "670ba9e0efa59fe6aecd56f1";
  const StreamRequest request = make(options);
  CHECK(request.url.secure);
  CHECK(request.url.host == "ws-gateway.vatis.tech");
  CHECK(request.url.target ==
        "/ws-gateway/api/v1/?streamConfigurationTemplateId=670ba9e0efa59fe6aecd56f1");
  CHECK(request.firstMessage.empty());
  CHECK(request.connection.headers.empty());
  CHECK(request.connection.secrets.empty());
}

TEST_CASE("all parameters stand in their order") {
  StreamOptions options = minimal();
  options.streamId = "5d";
  options.egress = false;
  options.persist = true;
  options.format = EgressFormat::raw;
  options.formatParameter = "format";
  options.patches = {setPatch("language", "ro"), {Patch::Operation::set, "list", {"a", "b"}}};
  options.webhooks = {{"webhook.stream", "https://hook.test/a?b=c"}};
  options.query = {{"name", "x"}, {"tag", "1"}, {"tag", "2"}};
  options.configuration = R"({"patches":{}})";
  CHECK(targetOf(options) ==
        "/path/?streamConfigurationTemplateId=t1&id=5d&configurationMessage=true&egress=false"
        "&persist=true&format=RAW&language=ro&list=a&list=b"
        "&webhook.stream=https%3A%2F%2Fhook.test%2Fa%3Fb%3Dc&name=x&tag=1&tag=2");
  options.format = EgressFormat::events;
  CHECK(contains(targetOf(options), "&format=EVENTS&"));
}

TEST_CASE("the base URL's path and query stay as they are") {
  struct Case {
    std::string base;
    std::string target;
  };
  const auto c = GENERATE(values<Case>({
      {"wss://a.test", "/?streamConfigurationTemplateId=t1"},
      {"wss://a.test/", "/?streamConfigurationTemplateId=t1"},
      {"wss://a.test/v1", "/v1?streamConfigurationTemplateId=t1"},
      {"wss://a.test/v1//x%20y/", "/v1//x%20y/?streamConfigurationTemplateId=t1"},
      {"wss://a.test/v1?", "/v1?streamConfigurationTemplateId=t1"},
      {"wss://a.test/v1?x=%2b+y", "/v1?x=%2b+y&streamConfigurationTemplateId=t1"},
      {"wss://a.test/v1?x&", "/v1?x&streamConfigurationTemplateId=t1"},
      {"wss://a.test?x=1#part?", "/?x=1&streamConfigurationTemplateId=t1"},
  }));
  StreamOptions options = minimal();
  options.baseUrl = c.base;
  CHECK(targetOf(options) == c.target);
}

TEST_CASE("a template in the base URL or the query will do, and then nothing is added") {
  StreamOptions options = minimal();
  options.templateId.clear();
  SECTION("base URL") {
    options.baseUrl = "wss://a.test/v1?stream%43onfigurationTemplateId=t2";
    CHECK(targetOf(options) == "/v1?stream%43onfigurationTemplateId=t2");
  }
  SECTION("query") {
    options.query = {{"streamConfigurationTemplateId", "t2"}};
    CHECK(targetOf(options) == "/path/?streamConfigurationTemplateId=t2");
  }
}

TEST_CASE("names and values are encoded so that every server reads them") {
  struct Case {
    std::string value;
    std::string encoded;
  };
  const auto c = GENERATE(values<Case>({
      {"", ""},
      {"plain-._~09AZaz", "plain-._~09AZaz"},
      {"a+b", "a%2Bb"},
      {"a b", "a%20b"},
      {"a&b=c", "a%26b%3Dc"},
      {"\\", "%5C"},
      {"a?b#c/d:e", "a%3Fb%23c%2Fd%3Ae"},
      {"100%", "100%25"},
      {"%2B", "%252B"},
      {"\xC8\x99i \xF0\x9F\x98\x80", "%C8%99i%20%F0%9F%98%80"},
      {"line\r\nend\t\"", "line%0D%0Aend%09%22"},
  }));
  CHECK(percentEncode(c.value) == c.encoded);
  CHECK(percentDecode(c.encoded) == c.value);
  StreamOptions options = minimal();
  options.query = {{"n" + c.value, c.value}};
  CHECK(targetOf(options) ==
        "/path/?streamConfigurationTemplateId=t1&n" + c.encoded + "=" + c.encoded);
}

TEST_CASE("percent signs that encode nothing stay") {
  for (const std::string text : {"%", "%2", "%zz", "a%", "%+1", "%-1", "%0x"}) {
    CHECK(percentDecode(text) == text);
  }
  CHECK(percentDecode("%2b%2B+") == "+++");
}

TEST_CASE("decoding the query gives back what was put in") {
  std::mt19937 random(7);
  const auto text = [&random](std::size_t least) {
    std::string result;
    for (auto size = least + random() % 8; size > 0; --size) {
      result += static_cast<char>(random() % 256);
    }
    return result;
  };
  for (int round = 0; round < 500; ++round) {
    StreamOptions options = minimal();
    QueryParameters expected = {{"streamConfigurationTemplateId", "t1"}};
    for (auto count = random() % 5; count > 0; --count) {
      options.query.emplace_back(text(1), text(0));
    }
    expected.insert(expected.end(), options.query.begin(), options.query.end());
    REQUIRE(readLikeServer(targetOf(options)) == expected);
  }
}

TEST_CASE("patches are escaped and repeated") {
  struct Case {
    Patch patch;
    std::string query;
  };
  using Operation = Patch::Operation;
  const auto c = GENERATE(values<Case>({
      {setPatch("language", "ro"), "language=ro"},
      {setPatch("n", ""), "n="},
      {setPatch("n", "-5"), "n=%5C-5"},
      {setPatch("n", "-"), "n=%5C-"},
      {setPatch("n", "+5"), "n=%5C%2B5"},
      {setPatch("n", "5-+"), "n=5-%2B"},
      {setPatch("n", "\\a"), "n=%5Ca"},
      {setPatch("n", "\\"), "n=%5C"},
      {setPatch("n", "\\-5"), "n=%5C%5C-5"},
      {setPatch("n", "\\\\+5"), "n=%5C%5C%5C%2B5"},
      {addPatch("n", "5"), "n=%2B5"},
      {addPatch("n", "+5"), "n=%2B%2B5"},
      {addPatch("n", "-"), "n=%2B-"},
      {addPatch("n", ""), "n=%2B"},
      {removePatch("n"), "n=-"},
      {removePatch("/processors/0/properties/a"), "%2Fprocessors%2F0%2Fproperties%2Fa=-"},
      {{Operation::set, "n", {"a", "-1", "c d"}}, "n=a&n=%5C-1&n=c%20d"},
      {{Operation::add, "n", {"a", "-1"}}, "n=%2Ba&n=%2B-1"},
  }));
  StreamOptions options = minimal();
  options.patches = {c.patch};
  CHECK(targetOf(options) == "/path/?streamConfigurationTemplateId=t1&" + c.query);
}

TEST_CASE("a patch that a gateway would read as its parameter is refused, unless it says patch") {
  const std::string name =
      GENERATE("streamConfigurationTemplateId", "id", "configurationMessage", "egress", "persist",
               "name", "groupId", "persistTags", "matchPersistTags", "webhook", "webhook.stream",
               "webhook.group.completed", "access_token", "client_id", "client_secret");
  StreamOptions options = minimal();
  options.patches = {setPatch(name, "x")};
  CHECK(contains(refusalOf(options), "write patches." + name));
  options.patches = {setPatch("patches." + name, "x")};
  CHECK(contains(targetOf(options), "&patches." + name + "=x"));
}

TEST_CASE("a patch whose name is like a parameter's is one") {
  StreamOptions options = minimal();
  options.patches = {setPatch(GENERATE("webhooks", "names", "Name", "name.x", "i", "format"), "x")};
  CHECK_NOTHROW(make(options));
}

TEST_CASE("each kind of credentials has its header") {
  SECTION("basic") {
    const auto request = make(withCredentials(Kind::basic));
    // base64 of `client one:s3cret/+= value`
    CHECK(headerOf(request, "Authorization") == "Basic Y2xpZW50IG9uZTpzM2NyZXQvKz0gdmFsdWU=");
  }
  SECTION("API key, not encoded again") {
    CHECK(headerOf(make(withCredentials(Kind::apiKey)), "Authorization") == "Basic " + secret);
  }
  SECTION("bearer") {
    CHECK(headerOf(make(withCredentials(Kind::bearer)), "Authorization") == "Bearer " + secret);
  }
  SECTION("two headers") {
    const auto request = make(withCredentials(Kind::twoHeaders));
    CHECK(headerOf(request, "X-Client-Id") == "client one");
    CHECK(headerOf(request, "X-Client-Secret") == secret);
    CHECK(request.connection.headers.size() == 2);
  }
  SECTION("behind headers of the program") {
    auto options = withCredentials(Kind::bearer);
    options.connection.headers = {{"X-Trace", "1"}};
    const auto request = make(options);
    REQUIRE(request.connection.headers.size() == 2);
    CHECK(request.connection.headers[0].first == "X-Trace");
  }
}

TEST_CASE("credentials in the query") {
  SECTION("token or API key") {
    const auto request =
        make(withCredentials(GENERATE(Kind::bearer, Kind::apiKey), Placement::query));
    CHECK(request.url.target ==
          "/path/?streamConfigurationTemplateId=t1&access_token=s3cret%2F%2B%3D%20value");
    CHECK(request.connection.headers.empty());
    CHECK(!contains(request.url.display(), "s3cret"));
  }
  SECTION("id and secret") {
    CHECK(targetOf(withCredentials(Kind::basic, Placement::query)) ==
          "/path/?streamConfigurationTemplateId=t1&client_id=client%20one"
          "&client_secret=s3cret%2F%2B%3D%20value");
  }
}

TEST_CASE("credentials in subprotocols are what the program writes") {
  auto options = withCredentials(Kind::bearer, Placement::subprotocol);
  options.credentials.secret = "aaa.bbb";
  SECTION("a pair") {
    options.credentials.subprotocols = {"{scheme}", "{token}"};
    CHECK(make(options).connection.subprotocols == std::vector<std::string>{"Bearer", "aaa.bbb"});
  }
  SECTION("a prefix beside a plain name") {
    options.credentials.subprotocols = {"realtime", "key.{token}"};
    const auto request = make(options);
    CHECK(request.connection.subprotocols == std::vector<std::string>{"realtime", "key.aaa.bbb"});
    CHECK(blankSecrets("realtime, key.aaa.bbb", request.connection.secrets) == "realtime, ***");
  }
  SECTION("a token that looks like a placeholder is not filled in again") {
    options.credentials.secret = "{scheme}";
    options.credentials.subprotocols = {"{token}"};
    options.connection.rawSubprotocols = true;
    CHECK(make(options).connection.subprotocols == std::vector<std::string>{"{scheme}"});
  }
  SECTION("basic, which no legal entry can hold") {
    options.credentials.kind = Kind::basic;
    options.credentials.id = "ab";
    options.credentials.subprotocols = {"{scheme}.{token}"};
    CHECK(contains(refusalOf(options), "raw subprotocols"));
    options.connection.rawSubprotocols = true;
    CHECK(make(options).connection.subprotocols ==
          std::vector<std::string>{"Basic.YWI6YWFhLmJiYg=="});
  }
}

TEST_CASE("the secret that is given counts, not the one in the options") {
  auto options = withCredentials(Kind::bearer);
  options.credentials.secretProvider = [](auto) {};
  options.credentials.secret = "old";
  CHECK(headerOf(makeStreamRequest(options, "new"), "Authorization") == "Bearer new");
}

TEST_CASE("while a provider has not given the secret, all else is checked") {
  auto options = withCredentials(Kind::bearer, GENERATE(Placement::header, Placement::query));
  options.credentials.secret.clear();
  CHECK(contains(refusalOf(options), "lack a secret"));
  options.credentials.secretProvider = [](auto) {};
  CHECK_NOTHROW(make(options));
  options.baseUrl = "ws://gateway.test";
  refusalOf(options, Errc::plaintextCredentials);
  options.baseUrl = "wss://gateway.test";
  options.templateId.clear();
  refusalOf(options);
}

TEST_CASE("subprotocols are checked before the secret is known, and show nothing in its place") {
  auto options =
      withCredentials(GENERATE(Kind::basic, Kind::apiKey, Kind::bearer), Placement::subprotocol);
  options.credentials.secret.clear();
  options.credentials.secretProvider = [](auto) {};
  options.credentials.subprotocols = {
      "bearer", GENERATE(as<std::string>{}, "{token}", "key.{token}", "{scheme}-{token}")};
  const auto request = make(options);
  CHECK(request.connection.subprotocols.empty());
  CHECK(request.connection.secrets.empty());
  options.credentials.subprotocols.front() = "no token";
  CHECK(contains(refusalOf(options), "Entry 1"));
  options.credentials.subprotocols.front() = options.credentials.subprotocols.back();
  CHECK(contains(refusalOf(options), "Entry 2"));
}

TEST_CASE("whatever a server repeats of the credentials is known to be secret") {
  auto options = withCredentials(
      GENERATE(Kind::basic, Kind::apiKey, Kind::bearer, Kind::twoHeaders), Placement::header);
  SECTION("header") {}
  SECTION("query") {
    if (options.credentials.kind != Kind::twoHeaders) {
      options.credentials.placement = Placement::query;
    }
  }
  const auto request = make(options);
  std::string repeated = request.url.target + " " + secret;
  for (const auto& [name, value] : request.connection.headers) {
    if (name == "Authorization") {
      repeated += "; " + value.substr(value.find(' ') + 1);
    }
    if (name != "X-Client-Id") {
      repeated += "; " + value;
    }
  }
  const std::string blanked = blankSecrets(repeated, request.connection.secrets);
  for (const char* part : {"s3cret", "value", "Y2xpZW50IG9uZTpzM2NyZXQvKz0gdmFsdWU"}) {
    CHECK(!contains(blanked, part));
  }
}

TEST_CASE("credentials that the program writes itself are secret as well") {
  StreamOptions options = minimal();
  SECTION("base URL") {
    options.baseUrl = "wss://a.test/?access_token=a%2fbcd";
  }
  SECTION("query") {
    options.query = {{GENERATE("access_token", "client_secret"), "a/bcd"}};
  }
  SECTION("header") {
    options.connection.headers = {
        {GENERATE("x-client-secret", "X-CLIENT-Secret", "authorization", "Cookie"), "a/bcd"}};
  }
  SECTION("header with a scheme") {
    options.connection.headers = {{"AUTHORIZATION", "Basic a/bcd"}};
  }
  const auto request = make(options);
  CHECK(blankSecrets(request.url.target + " a/bcd", request.connection.secrets).find("bcd") ==
        std::string::npos);
  options.baseUrl = "ws" + options.baseUrl.substr(3);
  refusalOf(options, Errc::plaintextCredentials);
}

TEST_CASE("secrets of the program's own list stay in it") {
  auto options = withCredentials(Kind::bearer);
  options.connection.secrets = {"mine"};
  CHECK(make(options).connection.secrets.front() == "mine");
}

TEST_CASE("credentials do not cross a plaintext network, whichever way they are shown") {
  auto options = withCredentials(Kind::bearer);
  SECTION("header") {}
  SECTION("two headers") {
    options = withCredentials(Kind::twoHeaders);
  }
  SECTION("query") {
    options.credentials.placement = Placement::query;
  }
  SECTION("subprotocol") {
    options.credentials.placement = Placement::subprotocol;
    options.credentials.subprotocols = {"{token}"};
    options.connection.rawSubprotocols = true;
  }
  options.baseUrl = "ws://gateway.test/";
  refusalOf(options, Errc::plaintextCredentials);
  options.connection.allowPlaintextCredentials = true;
  CHECK_NOTHROW(make(options));
  options.connection.allowPlaintextCredentials = false;
  options.baseUrl = "ws://127.0.0.1:9/";
  CHECK_NOTHROW(make(options));
}

TEST_CASE("a first message is announced, and only then") {
  StreamOptions options = minimal();
  options.configuration = R"({"patches":{"language":"ro"}})";
  const auto request = make(options);
  CHECK(request.firstMessage == R"({"type":"CONFIGURATION","patches":{"language":"ro"}})");
  CHECK(contains(request.url.target, "&configurationMessage=true"));
  options.profile.announcementParameter.clear();
  CHECK(!contains(targetOf(options), "configurationMessage"));
}

TEST_CASE("another vendor's stream is asked for with other data alone") {
  StreamOptions options;
  options.profile = support::otherVendorProfile();
  options.credentials.kind = Kind::bearer;
  options.credentials.secret = secret;
  options.configuration = support::otherVendorConfiguration;
  const auto request = make(options);
  CHECK(request.url.display() == "wss://stt.other.test/transcribe");
  CHECK(request.url.target == "/transcribe");
  CHECK(request.firstMessage == support::otherVendorConfiguration);
  CHECK(headerOf(request, "Authorization") == "Bearer " + secret);
  options.patches = {setPatch("name", "x")};
  CHECK(targetOf(options) == "/transcribe?name=x");
  options.templateId = "t1";
  CHECK(contains(refusalOf(options), "no parameter for the template"));
}

TEST_CASE("what can be known to be wrong is refused with what to do") {
  struct Case {
    const char* words;
    std::function<void(StreamOptions&)> change;
  };
  const auto credentials = [](Kind kind, Placement placement = Placement::header) {
    return withCredentials(kind, placement).credentials;
  };
  const std::vector<Case> cases = {
      {"A template is needed", [](auto& o) { o.templateId.clear(); }},
      {"the name of the query parameter", [](auto& o) { o.format = EgressFormat::raw; }},
      {"no parameter for the template", [](auto& o) { o.profile.templateParameter.clear(); }},
      {"no parameter for the stream's id",
       [](auto& o) {
         o.streamId = "1";
         o.profile.streamIdParameter.clear();
       }},
      {"no parameter for results",
       [](auto& o) {
         o.egress = true;
         o.profile.egressParameter.clear();
       }},
      {"no parameter for keeping results",
       [](auto& o) {
         o.persist = true;
         o.profile.persistParameter.clear();
       }},
      {"as well",
       [](auto& o) {
         o.query = {{"streamConfigurationTemplateId", "t2"}};
       }},
      {"as well", [](auto& o) { o.baseUrl += "?streamConfigurationTemplateId=t1"; }},
      {"option for results on this connection",
       [](auto& o) {
         o.query = {{"egress", "false"}};
       }},
      {"option for results on this connection", [](auto& o) { o.baseUrl += "?egress=false"; }},
      {"option for the configuration",
       [](auto& o) {
         o.query = {{"configurationMessage", "true"}};
       }},
      {"no name",
       [](auto& o) {
         o.query = {{"", "x"}};
       }},
      {"no path", [](auto& o) { o.patches = {setPatch("", "x")}; }},
      {"has no value",
       [](auto& o) {
         o.patches = {{Patch::Operation::set, "n", {}}};
       }},
      {"has a value",
       [](auto& o) {
         o.patches = {{Patch::Operation::remove, "n", {"x"}}};
       }},
      {"given twice",
       [](auto& o) {
         o.patches = {setPatch("n", "x"), removePatch("n")};
       }},
      {"patches.egress", [](auto& o) { o.patches = {setPatch("egress", "x")}; }},
      {"patches.form",
       [](auto& o) {
         o.formatParameter = "form";
         o.patches = {setPatch("form", "x")};
       }},
      {"at most 3",
       [](auto& o) {
         o.webhooks.assign(4, {"webhook.stream", "https://hook.test/"});
       }},
      {"http or https URL",
       [](auto& o) {
         o.webhooks = {{"webhook", "ftp://hook.test/"}};
       }},
      {"http or https URL",
       [](auto& o) {
         o.webhooks = {{"webhook", "https://"}};
       }},
      {"http or https URL",
       [](auto& o) {
         o.webhooks = {{"webhook", "hook.test"}};
       }},
      {"no name",
       [](auto& o) {
         o.webhooks = {{"", "https://hook.test/"}};
       }},
      {"only one of these",
       [](auto& o) {
         o.webhooks = {{"webhook", "https://hook.test/"}};
         o.configuration = R"({"webhook":{"https://hook.test/":["*"]}})";
       }},
      {"of its credentials", [](auto& o) { o.connection.bearerToken = secret; }},
      {"of its credentials", [](auto& o) { o.connection.subprotocols = {"a"}; }},
      {"client id",
       [=](auto& o) {
         o.credentials = credentials(GENERATE(Kind::basic, Kind::twoHeaders));
         o.credentials.id.clear();
       }},
      {"colon",
       [=](auto& o) {
         o.credentials = credentials(Kind::basic);
         o.credentials.id = "a:b";
       }},
      {"are headers",
       [=](auto& o) {
         o.credentials =
             credentials(Kind::twoHeaders, GENERATE(Placement::query, Placement::subprotocol));
       }},
      {"no entries",
       [=](auto& o) { o.credentials = credentials(Kind::bearer, Placement::subprotocol); }},
      {"{token}",
       [=](auto& o) {
         o.credentials = credentials(Kind::bearer, Placement::subprotocol);
         o.credentials.subprotocols = {"{scheme}"};
       }},
      {"placed elsewhere",
       [=](auto& o) {
         o.credentials = credentials(Kind::bearer, GENERATE(Placement::header, Placement::query));
         o.credentials.subprotocols = {"{token}"};
       }},
      {"their kind is none", [](auto& o) { o.credentials.secret = secret; }},
      {"their kind is none", [](auto& o) { o.credentials.subprotocols = {"{token}"}; }},
      {"made from the credentials",
       [=](auto& o) {
         o.credentials = credentials(Kind::bearer, Placement::query);
         o.baseUrl += "?access_token=x";
       }},
      {"give only one",
       [=](auto& o) {
         o.credentials = credentials(Kind::bearer);
         o.connection.headers = {{"authorization", "x"}};
       }},
      {"control character",
       [=](auto& o) {
         o.credentials =
             credentials(GENERATE(Kind::basic, Kind::apiKey, Kind::bearer, Kind::twoHeaders));
         o.credentials.secret += GENERATE("\n", "\r\nX: y");
       }},
      {"control character",
       [=](auto& o) {
         o.credentials = credentials(Kind::twoHeaders);
         o.credentials.id = std::string("a\0b", 3);
       }},
      {"control character",
       [](auto& o) {
         o.connection.headers = {{"X", "a\nb"}};
       }},
      {"control character",
       [=](auto& o) {
         o.credentials = credentials(Kind::bearer, Placement::subprotocol);
         o.credentials.subprotocols = {"a\r\n{token}"};
         o.connection.rawSubprotocols = true;
       }},
      {"not positive", [](auto& o) { o.keepAliveInterval = Duration(0); }},
      {"use pings",
       [](auto& o) {
         o.profile.keepAliveMessage.clear();
         o.keepAlive = GENERATE(KeepAliveMode::message, KeepAliveMode::both);
       }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    DYNAMIC_SECTION(i << ": " << cases[i].words) {
      StreamOptions options = minimal();
      cases[i].change(options);
      const std::string message = refusalOf(options);
      INFO(message);
      CHECK(contains(message, cases[i].words));
    }
  }
}

TEST_CASE("a URL that is none is refused as such") {
  StreamOptions options = minimal();
  options.baseUrl = GENERATE("gateway.test", "ftp://gateway.test", "wss://user:pw@gateway.test",
                             "wss://gateway.test/a b");
  refusalOf(options, Errc::invalidUrl);
}
