#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/request/environment_credentials.hpp"
#include "wsferry/gateway/token_provider.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::gateway;

namespace {

using Kind = Credentials::Kind;
using Variables = std::map<std::string, std::string>;

Credentials from(const Variables& variables) {
  return gateway::detail::credentialsFrom([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

std::string refusal(const Variables& variables) {
  try {
    from(variables);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    return error.info().message;
  }
  return "accepted";
}

struct NoTokens final : TokenProvider {
  void provideToken(Completion<std::error_code, ErrorInfo, std::string>) override {}
  void dropToken(const std::string&) override {}
};

}  // namespace

TEST_CASE("credentials of each kind are made in one line") {
  const Credentials key = Credentials::apiKey("k");
  CHECK(key.kind == Kind::apiKey);
  CHECK(key.secret == "k");
  CHECK(key.placement == Credentials::Placement::header);
  const Credentials token = Credentials::bearer("t");
  CHECK(token.kind == Kind::bearer);
  CHECK(token.secret == "t");
  const Credentials basic = Credentials::basic("id", "s");
  CHECK(basic.kind == Kind::basic);
  CHECK(basic.id == "id");
  CHECK(basic.secret == "s");
  const Credentials headers = Credentials::twoHeaders("id", "s");
  CHECK(headers.kind == Kind::twoHeaders);
  CHECK(headers.id == "id");
  CHECK(headers.secret == "s");
  const auto provider = std::make_shared<NoTokens>();
  const Credentials provided = Credentials::bearer(provider);
  CHECK(provided.kind == Kind::bearer);
  CHECK(provided.tokenProvider == provider);
  CHECK(provided.secret.empty());
}

TEST_CASE("of the environment's credentials a token counts, then a key, then a client") {
  Variables variables{{"WS_GATEWAY_BEARER", "t"},
                      {"WS_GATEWAY_API_KEY", "k"},
                      {"WS_GATEWAY_CLIENT_ID", "id"},
                      {"WS_GATEWAY_CLIENT_SECRET", "s"}};
  CHECK(from(variables).kind == Kind::bearer);
  CHECK(from(variables).secret == "t");
  variables["WS_GATEWAY_BEARER"] = "";
  CHECK(from(variables).kind == Kind::apiKey);
  CHECK(from(variables).secret == "k");
  variables["WS_GATEWAY_API_KEY"] = " \n";
  CHECK(from(variables).kind == Kind::basic);
  CHECK(from(variables).id == "id");
  CHECK(from(variables).secret == "s");
}

TEST_CASE("the line end of a file that a variable was set from is no part of a key") {
  CHECK(from({{"WS_GATEWAY_API_KEY", " key\r\n"}}).secret == "key");
}

TEST_CASE("an environment without credentials is refused, and told which variables there are") {
  const std::string none = refusal({});
  for (const char* name : {"WS_GATEWAY_BEARER", "WS_GATEWAY_API_KEY", "WS_GATEWAY_CLIENT_ID",
                           "WS_GATEWAY_CLIENT_SECRET"}) {
    CHECK(contains(none, name));
  }
  const std::string noSecret = refusal({{"WS_GATEWAY_CLIENT_ID", "the-id"}});
  CHECK(contains(noSecret, "no WS_GATEWAY_CLIENT_SECRET"));
  const std::string noId = refusal({{"WS_GATEWAY_CLIENT_SECRET", "the-secret"}});
  CHECK(contains(noId, "no WS_GATEWAY_CLIENT_ID"));
  CHECK_FALSE(contains(noId, "the-secret"));
}

TEST_CASE("the environment is the process's") {
  ::setenv("WS_GATEWAY_BEARER", "from-the-process", 1);
  CHECK(Credentials::fromEnvironment().secret == "from-the-process");
  ::unsetenv("WS_GATEWAY_BEARER");
}
