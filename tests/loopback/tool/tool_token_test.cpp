#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/gateway_server.hpp"

using namespace support;
using namespace wsferry;
using testing::GatewayServer;
using testing::GatewayServerOptions;
using testing::TokenFault;

namespace {

/// `stream` with a client id, its secret in a file, and the server's token endpoint.
Tool::Run streamWithToken(const GatewayServer& server, const std::string& secret,
                          const std::string& id = "testing-id", bool fromEnvironment = false) {
  Tool tool;
  tool.variables = {"WS_GATEWAY_API_KEY=not-used"};
  std::ofstream(tool.folder / "secret") << secret << '\n';
  std::ofstream(tool.folder / "audio") << std::string(32'000, '\x01');
  std::vector<std::string> arguments = {"stream",         server.url(), tool.folder / "audio",
                                        "--template",     "t",          "--token-url",
                                        server.tokenUrl()};
  if (fromEnvironment) {
    tool.variables.push_back("WS_GATEWAY_CLIENT_ID=" + id);
    tool.variables.push_back("WS_GATEWAY_CLIENT_SECRET=" + secret);
  } else {
    arguments.insert(arguments.end(),
                     {"--client-id", id, "--client-secret-file", tool.folder / "secret"});
  }
  return tool.run(arguments);
}

}  // namespace

TEST_CASE("stream fetches a token for a client id and its secret") {
  GatewayServerOptions options;
  options.apiKey = "";
  const GatewayServer server(options);
  const auto run = streamWithToken(server, "testing-secret", "testing-id", GENERATE(false, true));
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.output == "one\n");
  CHECK(server.log().tokenRequests == 1);
}

TEST_CASE("stream ends with 3 for a client that gets no token, in the endpoint's words") {
  const GatewayServer server;
  const auto run = streamWithToken(server, "wrong-secret");
  CHECK(run.exitCode == 3);
  CHECK(contains(run.errors, "invalid_client: Invalid client or Invalid client credentials"));
  CHECK_FALSE(contains(run.errors, "wrong-secret"));
  CHECK(server.log().targets.empty());
}

TEST_CASE("stream ends with 4 where no token endpoint answers") {
  GatewayServerOptions options;
  std::string words;
  SECTION("a page") {
    options.tokenFault.kind = TokenFault::Kind::html;
    options.tokenFault.httpStatus = GENERATE(200, 404);
    words = "<title>Sign in</title>";
  }
  SECTION("a 200 without a token") {
    options.tokenFault.kind = TokenFault::Kind::answer;
    words = "no access_token";
  }
  SECTION("a token that has expired") {
    options.tokenFault.kind = TokenFault::Kind::answer;
    options.tokenFault.answer = R"({"access_token":"a","token_type":"Bearer","expires_in":0})";
    words = "expires_in 0";
  }
  SECTION("a server that fails") {
    options.tokenFault.kind = TokenFault::Kind::html;
    options.tokenFault.httpStatus = 503;
    words = "503";
  }
  SECTION("a connection that ends") {
    options.tokenFault.kind = TokenFault::Kind::disconnect;
    words = "There is no access token";
  }
  const GatewayServer server(options);
  const auto run = streamWithToken(server, "testing-secret");
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, words));
}
