#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http/file_server.hpp"
#include "support/http_calls.hpp"
#include "support/push_server.hpp"
#include "support/scripted_server.hpp"
#include "support/tool/last_event.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

rapidjson::Document resultOf(const Tool::Run& run) {
  return lastEvent(run.output);
}

/// The state of each check, in their order: `name pass, tcp pass`.
std::string statesOf(const rapidjson::Document& result) {
  std::string states;
  for (const auto& check : result["checks"].GetArray()) {
    states += (states.empty() ? "" : ", ") + std::string(check["check"].GetString()) + " " +
              check["state"].GetString();
  }
  return states;
}

const rapidjson::Value& checkOf(const rapidjson::Document& result, const std::string& name) {
  for (const auto& check : result["checks"].GetArray()) {
    if (check["check"].GetString() == name) {
      return check;
    }
  }
  throw std::runtime_error("there is no check " + name);
}

TransferServerOptions pushable(const Tool& tool) {
  TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = tool.folder / "pushed.tar";
  return options;
}

const char* const connected = "name pass, tcp pass, proxy pass, tls pass, ";

}  // namespace

TEST_CASE("a server with which all is well passes every check, and nothing is asked of its push") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), pushable(tool));
  const Tool::Run run = tool.run({"doctor", server.adminUrl(), "--json"});
  INFO(run.output << run.errors);
  REQUIRE(run.exitCode == 0);
  const auto result = resultOf(run);
  CHECK(result["ok"].IsTrue());
  CHECK(result["exitCode"].GetUint() == 0);
  CHECK(statesOf(result) == std::string(connected) +
                                "http pass, clock skip, admin pass, token pass, upgrade pass, "
                                "ping pass, version pass, schemas pass, records pass, files pass, "
                                "disk pass");
  CHECK(checkOf(result, "token")["mayPush"].IsTrue());
  CHECK(checkOf(result, "records")["isWhole"].IsTrue());
  CHECK(checkOf(result, "records")["files"].GetUint() == 14);
  CHECK(checkOf(result, "files")["byHttp"].IsTrue());
  CHECK(checkOf(result, "disk")["freeBytes"].GetUint64() > 0);
  for (const std::string& message : server.log().received) {
    CHECK_FALSE(contains(message, "push"));
    CHECK_FALSE(contains(message, "beforeTransfer"));
  }
  CHECK(server.log().teardowns == 0);
  CHECK_FALSE(std::filesystem::exists(tool.folder / "pushed.tar"));
}

TEST_CASE("for people each check is a line") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), pushable(tool));
  const Tool::Run run = tool.run({"doctor", server.adminUrl()});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.errors.empty());
  CHECK(contains(run.output, "pass  name      127.0.0.1 is an address\n"));
  CHECK(contains(run.output, "pass  token     may pull and push\n"));
  CHECK(
      contains(run.output, "\npass  files     can be fetched by HTTP: checked with the first 3\n"));
}

TEST_CASE("a token that may do one thing only is told so, and is no failure") {
  Tool tool;
  const TransferServer server(testing::sampleContent(), pushable(tool));
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-pull-token"};
  auto result = resultOf(tool.run({"doctor", server.adminUrl(), "--json"}));
  CHECK(result["exitCode"].GetUint() == 0);
  CHECK(checkOf(result, "token")["state"] == "pass");
  CHECK(checkOf(result, "token")["mayPull"].IsTrue());
  CHECK(checkOf(result, "token")["mayPush"].IsFalse());
  CHECK(checkOf(result, "records")["state"] == "pass");
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-push-token"};
  result = resultOf(tool.run({"doctor", server.adminUrl(), "--json"}));
  CHECK(result["exitCode"].GetUint() == 0);
  CHECK(checkOf(result, "token")["mayPush"].IsTrue());
  CHECK(checkOf(result, "version")["state"] == "skip");
  CHECK(server.log().received.size() > 0);
}

TEST_CASE("a wrong token fails as it does in a pull, in the same words") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  tool.variables = {"STRAPI_TRANSFER_TOKEN=wrong-token"};
  const Tool::Run run = tool.run({"doctor", server.adminUrl(), "--json"});
  CHECK(run.exitCode == 3);
  const auto result = resultOf(run);
  CHECK(statesOf(result) == std::string(connected) +
                                "http pass, clock skip, admin pass, token fail, upgrade skip, "
                                "ping skip, version skip, schemas skip, records skip, files skip, "
                                "disk pass");
  CHECK_FALSE(contains(run.output + run.errors, "wrong-token"));
  const Tool::Run pull = tool.run({"pull", server.adminUrl()});
  CHECK(pull.exitCode == 3);
  CHECK(contains(pull.errors, checkOf(result, "token")["message"].GetString()));
}

TEST_CASE("without a token everything else is looked at") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  tool.variables = {};
  const Tool::Run run = tool.run({"doctor", server.adminUrl(), "--json"});
  CHECK(run.exitCode == 2);
  const auto result = resultOf(run);
  CHECK(checkOf(result, "admin")["state"] == "pass");
  CHECK(checkOf(result, "token")["state"] == "fail");
  CHECK(contains(checkOf(result, "token")["remedy"].GetString(), "--token-file"));
  CHECK(server.log().received.empty());
}

TEST_CASE("a switched-off feature is told from a wrong token and a wrong address") {
  Tool tool;
  TransferServerOptions options;
  const std::string body =
      R"({"data":null,"error":{"status":404,"name":"NotFoundError","message":"Not Found"}})";
  options.faults.upgradeResponse =
      "HTTP/1.1 404 Not Found\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  const TransferServer server(testing::sampleContent(), options);
  const Tool::Run run = tool.run({"doctor", server.adminUrl(), "--json"});
  CHECK(run.exitCode == 4);
  const auto result = resultOf(run);
  CHECK(checkOf(result, "admin")["state"] == "pass");
  CHECK(checkOf(result, "token")["state"] == "pass");
  CHECK(checkOf(result, "upgrade")["state"] == "fail");
  CHECK(contains(checkOf(result, "upgrade")["remedy"].GetString(), "remote: { enabled: true }"));
  // A pull says the same.
  CHECK(contains(tool.run({"pull", server.adminUrl()}).errors, "remote: { enabled: true }"));
}

TEST_CASE("what is no Strapi is called so, with the address to try") {
  Tool tool;
  ScriptedServer server(answering([](const std::string&) {
                          return httpAnswer("<html>hello</html>", "200 OK",
                                            "Content-Type: text/html\r\n");
                        }),
                        8);
  const Tool::Run run =
      tool.run({"doctor", "http://" + server.authority() + "/dashboard", "--json"});
  CHECK(run.exitCode == 4);
  const auto result = resultOf(run);
  CHECK(checkOf(result, "http")["state"] == "pass");
  CHECK(checkOf(result, "admin")["state"] == "fail");
  CHECK(contains(checkOf(result, "admin")["message"].GetString(), "text/html"));
  CHECK(contains(checkOf(result, "admin")["remedy"].GetString(),
                 "http://" + server.authority() + "/admin"));
}

TEST_CASE("where nobody listens the rest is skipped, but for what is of this machine") {
  Tool tool;
  std::string url;
  {
    const TransferServer gone(testing::sampleContent());
    url = gone.adminUrl();
  }
  const Tool::Run run = tool.run({"doctor", url, "--json", "-o", tool.folder / "missing/x.tar"});
  CHECK(run.exitCode == 4);
  const auto result = resultOf(run);
  CHECK(statesOf(result) ==
        "name pass, tcp fail, proxy skip, tls skip, http skip, clock skip, admin skip, token skip, "
        "upgrade skip, ping skip, version skip, schemas skip, records skip, files skip, disk fail");
  CHECK(checkOf(result, "tcp")["error"] == "connectFailed");
}

TEST_CASE("a folder that is not there fails the check of the disk") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const Tool::Run run =
      tool.run({"doctor", server.adminUrl(), "-o", tool.folder / "missing/x.tar"});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, "fail  disk"));
}

TEST_CASE(
    "a name that pull refuses fails the check of the disk, and is a warning where --format "
    "decides") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const auto examined = [&](const std::string& name) {
    const Tool::Run run = tool.run({"doctor", server.adminUrl(), "-o", tool.folder / name});
    INFO(name << run.output);
    const Tool::Run pull = tool.run({"pull", server.adminUrl(), "-q", "-o", tool.folder / name});
    CHECK(run.exitCode == (contains(run.output, "warn  disk") ? 0 : pull.exitCode));
    return run.output;
  };
  for (const char* name : {"x.zip", "x.tar.zst", "{hots}.tar"}) {
    CHECK(contains(examined(name), "fail  disk"));
  }
  CHECK(contains(examined("x"), "warn  disk"));
  for (const char* name : {"x.tar.gz", "x.tar", "{host}_{date}.tgz"}) {
    CHECK(contains(examined(name), "pass  disk"));
  }
  const Tool::Run encrypted =
      tool.run({"doctor", server.adminUrl(), "-o", tool.folder / "x.tar.gz.enc"});
  CHECK(contains(encrypted.output, "pass  disk"));
}

TEST_CASE("a folder to put archives into is checked itself, with a slash or without") {
  Tool tool;
  const TransferServer server(testing::sampleContent());
  const std::string folder = tool.folder / "backups";
  std::filesystem::create_directory(folder);
  for (const char* slash : {"", "/"}) {
    const Tool::Run run = tool.run({"doctor", server.adminUrl(), "-o", folder + slash, "--json"});
    CHECK(contains(run.output, "\"folder\":\"" + folder + "\""));
  }
}

TEST_CASE("files that do not come by HTTP are a warning with the reason") {
  Tool tool;
  TransferServerOptions options;
  options.filesByHttp = false;
  const TransferServer server(testing::sampleContent(), options);
  const Tool::Run run = tool.run({"doctor", server.adminUrl(), "--json"});
  CHECK(run.exitCode == 0);
  const auto result = resultOf(run);
  CHECK(checkOf(result, "files")["state"] == "warn");
  CHECK(checkOf(result, "files")["reason"] == "status 404");
  CHECK(contains(checkOf(result, "files")["remedy"].GetString(), "--files-url"));
}

TEST_CASE("files that stand elsewhere are looked for there, without the token") {
  Tool tool;
  TransferServerOptions options;
  options.filesByHttp = false;
  const auto content = testing::sampleContent();
  const TransferServer server(content, options);
  const FileServer files(content);
  const auto result = resultOf(
      tool.run({"doctor", server.adminUrl(), "--files-url", files.url() + "/cdn", "--json"}));
  CHECK(checkOf(result, "files")["state"] == "pass");
  CHECK(checkOf(result, "files")["byHttp"].IsTrue());
  const auto asked = files.asked();
  CHECK(asked.size() == 3);
  for (const FileServer::Asked& file : asked) {
    CHECK(contains(file.head, " /cdn/uploads/"));
    CHECK_FALSE(contains(file.head, "testing-token"));
  }
}

TEST_CASE("a token is not sent in the open, and everything before it is looked at") {
  const bool isHeader = GENERATE(false, true);
  std::mutex mutex;
  std::string received;
  ScriptedServer proxy(
      [&](tcp::socket& socket) {
        for (bool isTunnel = true; isTunnel;) {
          const std::string head = readHead(socket);
          isTunnel = head.rfind("CONNECT ", 0) == 0;
          const std::lock_guard lock(mutex);
          received += head;
          writeAll(socket, isTunnel ? "HTTP/1.1 200 OK\r\n\r\n"
                                    : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
                                      "Connection: close\r\n\r\n");
        }
      },
      20);
  Tool tool;
  std::vector<std::string> arguments = {
      "doctor",  "http://203.0.113.1/admin",    "--json",
      "--proxy", "http://" + proxy.authority(), "--connect-timeout",
      "5"};
  if (isHeader) {
    tool.variables.clear();
    arguments.insert(arguments.end(), {"--header", "authorization: Bearer testing-token"});
  }
  const Tool::Run run = tool.run(arguments);
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 4);
  CHECK(checkOf(resultOf(run), "tcp")["state"] == "pass");
  CHECK(checkOf(resultOf(run), "http")["state"] == "pass");
  CHECK(checkOf(resultOf(run), "token")["error"] == "plaintextCredentials");
  const std::lock_guard lock(mutex);
  CHECK(contains(received, "203.0.113.1"));
  CHECK_FALSE(contains(received, "testing-token"));
}

TEST_CASE("a gateway is opened, pinged and closed") {
  Tool tool;
  testing::GatewayServerOptions options;
  const testing::GatewayServer server(options);
  tool.variables = {};
  Tool::Run run = tool.run({"doctor", server.url(), "--json"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 3);
  CHECK(statesOf(resultOf(run)) == std::string(connected) + "upgrade fail, ping skip");
  CHECK(contains(checkOf(resultOf(run), "upgrade")["remedy"].GetString(), "--api-key-file"));
  const std::string keyFile = tool.folder / "key.txt";
  std::ofstream(keyFile) << "another-key";
  run = tool.run({"doctor", server.url(), "--api-key-file", keyFile, "--json"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 3);
  CHECK(contains(checkOf(resultOf(run), "upgrade")["remedy"].GetString(), "these credentials"));
  std::ofstream(keyFile) << options.apiKey;
  run = tool.run({"doctor", server.url() + "?streamConfigurationTemplateId=0", "--api-key-file",
                  keyFile, "--json"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  run = tool.run({"doctor", server.url(), "--api-key-file", keyFile, "--token", "x"});
  CHECK(run.exitCode == 2);
  run = tool.run(
      {"doctor", server.url(), "--api-key-file", keyFile, "--header", "authorization: Basic x"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "an Authorization header"));
  run = tool.run({"doctor", server.url() + "?streamConfigurationTemplateId=0", "--api-key-file",
                  keyFile, "-o", "x.tar", "--files-url", "http://127.0.0.1:1"});
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "--output has no effect here"));
  CHECK(contains(run.errors, "--files-url has no effect here"));
  run = tool.run({"doctor", "http://127.0.0.1:1/admin", "--api-key-file", keyFile});
  CHECK(run.exitCode == 2);
  tool.variables = {"WS_GATEWAY_API_KEY=" + options.apiKey};
  run = tool.run({"doctor", server.url() + "?streamConfigurationTemplateId=0", "--json"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(server.log().audioBytes == 0);
  CHECK(server.log().received.empty());
}
