#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/options/command_line.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/push_options.hpp"
#include "tool/push/same_server.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

using namespace wsferry;
using namespace wsferry::tool;
using strapi::TransferStage;

namespace {

const std::vector<std::string> enough = {"https://example.org/admin", "--token", "secret"};

PullOptions parse(std::vector<std::string> arguments) {
  CLI::App app;
  PullOptions options;
  addPullOptions(app, options);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  return options;
}

PullOptions parseWith(std::vector<std::string> more) {
  more.insert(more.begin(), enough.begin(), enough.end());
  return parse(more);
}

std::tm someDay() {
  std::tm day{};
  day.tm_year = 126;
  day.tm_mon = 2;
  day.tm_mday = 4;
  day.tm_hour = 5;
  day.tm_min = 6;
  day.tm_sec = 7;
  return day;
}

PullRequest resolve(const PullOptions& options,
                    const std::map<std::string, std::string>& variables = {}) {
  return resolvePull(
      options,
      [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
      },
      someDay());
}

std::error_code failureOf(const PullOptions& options) {
  try {
    resolve(options);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
    return error.code();
  }
  return {};
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& content) { std::ofstream(path) << content; }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string path = "tool_options_test." + Uuid::random().toString();
};

}  // namespace

TEST_CASE("defaults") {
  const PullRequest request = resolve(parse(enough));
  CHECK(request.adminUrl == "https://example.org/admin");
  CHECK(request.source.connection.bearerToken == "secret");
  CHECK(request.source.checksums);
  CHECK(request.source.retry.retryMessageTimeout == Duration(30'000));
  CHECK(request.source.retry.retryMessageMaxRetries == 5);
  CHECK(request.source.keepAlive.pingInterval == Duration(20'000));
  CHECK(request.source.keepAlive.pongTimeout == Duration(20'000));
  CHECK(request.source.keepAlive.livenessWindow == Duration(90'000));
  CHECK(request.source.keepAlive.overallCap == Duration(3'600'000));
  CHECK(request.source.connection.connectTimeout == Duration(15'000));
  CHECK_FALSE(request.source.connection.allowPlaintextCredentials);
  CHECK(request.destination.path == "export_example.org_20260304050607.tar.gz");
  CHECK_FALSE(request.destination.overwrite);
  CHECK(request.filter.includes(TransferStage::assets));
}

TEST_CASE("{host} is the server, readable where that is enough to tell it from another") {
  const auto host = [](const std::string& url) { return hostInName(Url::parse(url)); };
  CHECK(host("https://Example.org/admin") == "example.org");
  CHECK(host("https://example.org") == "example.org");
  CHECK(host("http://localhost:1337/admin") == "localhost-1337");
  CHECK(host("http://[::1]:1337/admin") == "--1-1337");
  CHECK(host("https://example.org/blog/admin/?x=1") == "example.org-blog");

  const std::vector<std::string> alike = {"https://example.org/DE/admin",
                                          "https://example.org/FR/admin",
                                          "https://example.org/de/admin",
                                          "https://example.org/a/b/admin",
                                          "https://example.org/a-b/admin",
                                          "https://example.org/a_b/admin",
                                          "https://example.org/a%20/admin",
                                          "https://example.org//a-b/admin",
                                          "http://a_b$c/admin",
                                          "http://a-b_c/admin",
                                          "http://a-b-c/admin",
                                          "http://cms:1337/admin",
                                          "http://cms-1337/admin",
                                          "http://cms/1337/admin",
                                          "http://cms-blog/admin",
                                          "http://cms/blog/admin",
                                          "http://[::1]:1337/admin",
                                          "http://[::1:1337]/admin",
                                          "http://" + std::string(250, 'a') + "/",
                                          "http://" + std::string(251, 'a') + "/"};
  std::set<std::string> names;
  for (const std::string& url : alike) {
    INFO(url);
    CHECK(names.insert(host(url)).second);
    CHECK(host(url).size() <= 100);
    CHECK(host(url).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") ==
          std::string::npos);
  }
  CHECK(host(alike.front()).rfind("example.org-de-", 0) == 0);
  CHECK(host(alike.front()).size() == std::string("example.org-de-12345678").size());
}

TEST_CASE("the default name has the server, the time and the format's extension") {
  const auto name = [](const std::vector<std::string>& more) {
    return resolve(parseWith(more)).destination.path;
  };
  CHECK(name({"--no-compress"}) == "export_example.org_20260304050607.tar");
  CHECK(name({"--no-compress", "--encrypt", "--key", "k"}) ==
        "export_example.org_20260304050607.tar.enc");
  CHECK(name({"--encrypt", "--key", "k"}) == "export_example.org_20260304050607.tar.gz.enc");
  CHECK(name({"--format", "dir"}) == "export_example.org_20260304050607");
}

TEST_CASE("-o fills in placeholders, and gives an archive in a folder the default name") {
  const auto name = [](const std::vector<std::string>& more) {
    return resolve(parseWith(more)).destination.path;
  };
  CHECK(name({"-o", "b/{host}-{date}.tar"}) == "b/example.org-20260304.tar");
  CHECK(name({"-o", "/b/{date}T{time}Z_{host}.tar.gz"}) ==
        "/b/20260304T050607Z_example.org.tar.gz");
  CHECK(name({"-o", "backups/"}) == "backups/export_example.org_20260304050607.tar.gz");
  CHECK(name({"-o", "/", "--no-compress"}) == "/export_example.org_20260304050607.tar");
  CHECK(name({"-o", "backups/", "--format", "dir"}) == "backups/");
  CHECK(name({"-o", "b/{date}/", "--format", "dir"}) == "b/20260304/");
  CHECK(name({"-o", "plain}.tar"}) == "plain}.tar");
  for (const char* wrong : {"{day}.tar", "{HOST}.tar", "{}.tar", "a{host", "{date}/x.tar",
                            "{host}/", "{date}-{date}.tar"}) {
    INFO(wrong);
    CHECK(failureOf(parseWith({"-o", wrong})) == Errc::invalidOption);
  }
}

TEST_CASE("options of TLS for a connection without it are told") {
  const auto unused = [](const std::string& url, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {url, "--token", "secret"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return resolve(parse(arguments)).unusedOptions;
  };
  CHECK(unused("http://127.0.0.1/admin", {}).empty());
  CHECK(unused("https://127.0.0.1/admin", {"--ca-file", "ca"}).empty());
  CHECK(unused("http://127.0.0.1/admin", {"--ca-file", "ca"}) ==
        std::vector<std::string>{
            "--ca-file has no effect here: by its URL the connection is not encrypted"});
  CHECK(unused("http://127.0.0.1/admin", {"--client-cert", "a", "--client-key", "b"}).size() == 1);
  // Files come from there.
  const std::vector<std::string> elsewhere = {"--ca-file", "ca", "--files-url", "https://cdn.test"};
  CHECK(unused("http://127.0.0.1/admin", elsewhere).empty());
  CHECK(unused("http://127.0.0.1/admin",
               {"--ca-file", "ca", "--files-url", "https://cdn.test", "--files", "socket"})
            .size() == 1);
}

TEST_CASE("times are seconds with decimals, and the ping interval scales liveness") {
  const PullRequest request =
      resolve(parseWith({"--ping-interval", "0.5", "--retry-timeout", "1.25", "--max-wait", "7",
                         "--connect-timeout", "2", "--max-retries", "0"}));
  CHECK(request.source.keepAlive.pingInterval == Duration(500));
  CHECK(request.source.keepAlive.pongTimeout == Duration(500));
  CHECK(request.source.keepAlive.livenessWindow == Duration(2'250));
  CHECK(request.source.retry.retryMessageTimeout == Duration(1'250));
  CHECK(request.source.retry.retryMessageMaxRetries == 0);
  CHECK(request.source.keepAlive.overallCap == Duration(7'000));
  CHECK(request.source.connection.connectTimeout == Duration(2'000));
  CHECK(request.source.connection.handshakeTimeout == Duration(2'000));
  CHECK(resolve(parseWith({"--ping-interval", "0"})).source.keepAlive.pingInterval == Duration(0));
}

TEST_CASE("times may have a unit") {
  const PullRequest request =
      resolve(parseWith({"--ping-interval", "500ms", "--retry-timeout", "1.5m", "--max-wait", "2h",
                         "--connect-timeout", "30s"}));
  CHECK(request.source.keepAlive.pingInterval == Duration(500));
  CHECK(request.source.retry.retryMessageTimeout == Duration(90'000));
  CHECK(request.source.keepAlive.overallCap == Duration(7'200'000));
  CHECK(request.source.connection.connectTimeout == Duration(30'000));
}

TEST_CASE("times without meaning are refused") {
  const std::string wrong = GENERATE("-1", "1e300", "nan", "inf", "0", "0.0001", "5 s", "s");
  CHECK_THROWS_AS(parseWith({"--retry-timeout", wrong}), CLI::ParseError);
}

TEST_CASE("the parser refuses what is no number") {
  CHECK_THROWS_AS(parseWith({"--max-retries", "-1"}), CLI::ParseError);
  CHECK_THROWS_AS(parseWith({"--max-retries", "many"}), CLI::ParseError);
  CHECK_THROWS_AS(parseWith({"--ping-interval", "soon"}), CLI::ParseError);
  CHECK_THROWS_AS(parseWith({"--no-such-option"}), CLI::ParseError);
  CHECK_THROWS_AS(parseWith({"second-url"}), CLI::ParseError);
}

TEST_CASE("URL and token come from the environment where the command line has none") {
  const PullRequest request =
      resolve(parse({}), {{"STRAPI_TRANSFER_URL", "http://127.0.0.1:1/admin"},
                          {"STRAPI_TRANSFER_TOKEN", "from-environment"}});
  CHECK(request.adminUrl == "http://127.0.0.1:1/admin");
  CHECK(request.source.connection.bearerToken == "from-environment");
  const PullRequest explicitly = resolve(
      parse(enough), {{"STRAPI_TRANSFER_URL", "http://x/admin"}, {"STRAPI_TRANSFER_TOKEN", "x"}});
  CHECK(explicitly.adminUrl == "https://example.org/admin");
  CHECK(explicitly.source.connection.bearerToken == "secret");
  CHECK(failureOf(parse({"https://example.org/admin"})) == Errc::invalidOption);
  CHECK(failureOf(parse({"--token", "secret"})) == Errc::invalidOption);
  CHECK(failureOf(parse({"example", "--token", "secret"})) == Errc::invalidUrl);
}

TEST_CASE("a token file gives its one line") {
  const TemporaryFile file("\r\n  secret-in-file \r\n\n");
  const PullRequest request =
      resolve(parse({"https://example.org/admin", "--token-file", file.path}),
              {{"STRAPI_TRANSFER_TOKEN", "from-environment"}});
  CHECK(request.source.connection.bearerToken == "secret-in-file");
  CHECK_THROWS_AS(parseWith({"--token-file", file.path}), CLI::ParseError);
}

TEST_CASE("a missing or empty token file, or one of more lines, is a mistake of usage") {
  const TemporaryFile twoLines("secret-in-file\nsecond line\n");
  CHECK(failureOf(parse({"https://example.org/admin", "--token-file", twoLines.path})) ==
        Errc::invalidOption);
  const TemporaryFile empty("\n");
  CHECK(failureOf(parse({"https://example.org/admin", "--token-file", empty.path})) ==
        Errc::invalidOption);
  CHECK(failureOf(parse({"https://example.org/admin", "--token-file", "no/such/file"})) ==
        Errc::invalidOption);
}

TEST_CASE("an Authorization header stands in for a token") {
  const PullRequest request =
      resolve(parse({"https://example.org/admin", "--header", "authorization: Basic xyz"}));
  CHECK(request.source.connection.bearerToken.empty());
  REQUIRE(request.source.connection.headers.size() == 1);
  CHECK(request.source.connection.headers[0].second == "Basic xyz");
}

TEST_CASE("headers are repeatable and keep colons in the value") {
  const PullRequest request = resolve(parse({"--header", "X-One:1:2", "https://example.org/admin",
                                             "--header", "X-Two:  b ", "--token", "secret"}));
  REQUIRE(request.source.connection.headers.size() == 2);
  CHECK(request.source.connection.headers[0] ==
        std::pair<std::string, std::string>("X-One", "1:2"));
  CHECK(request.source.connection.headers[1] == std::pair<std::string, std::string>("X-Two", "b "));
  CHECK(failureOf(parseWith({"--header", "secret-without-colon"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--header", ":secret"})) == Errc::invalidOption);
}

TEST_CASE("comma lists select, and take no positional argument with them") {
  const PullOptions options =
      parse({"--exclude", "files,config", "https://example.org/admin", "--token", "secret",
             "--only-content-types", "api::a.a", "--only-content-types", "api::b.b,api::c.c"});
  CHECK(options.server.url == "https://example.org/admin");
  const PullRequest request = resolve(options);
  CHECK_FALSE(request.filter.includes(TransferStage::assets));
  CHECK_FALSE(request.filter.includes(TransferStage::configuration));
  CHECK(request.filter.includes(TransferStage::entities));
  CHECK(request.filter.includesType("api::a.a"));
  CHECK(request.filter.includesType("api::c.c"));
  CHECK_FALSE(request.filter.includesType("api::d.d"));
  CHECK(failureOf(parseWith({"--only", "everything"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--only", "media-library"})) == Errc::invalidOption);
  try {
    resolve(parseWith({"--only", "everything"}));
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.info().message == "--only takes content, files and config, not 'everything'");
  }
}

TEST_CASE("blanks around the items of a list do not count, and no item is empty") {
  const PullRequest request = resolve(parseWith(
      {"--only", " content , files", "--only-content-types", "api::a.a, api::b.b\t,\napi::c.c "}));
  CHECK_FALSE(request.filter.includes(TransferStage::configuration));
  CHECK(request.filter.options().onlyContentTypes ==
        std::vector<std::string>{"api::a.a", "api::b.b", "api::c.c"});
  for (const char* list :
       {"api::a.a,", ",api::a.a", "api::a.a,,api::b.b", "api::a.a, ,api::b.b", " ", "\t", ","}) {
    INFO('[' << list << ']');
    CHECK_THROWS_AS(parseWith({"--only-content-types", list}), CLI::ParseError);
    CHECK_THROWS_AS(parseWith({"--exclude", list}), CLI::ParseError);
  }
}

TEST_CASE("a selection of nothing is refused") {
  CHECK(failureOf(parseWith({"--only", "content", "--exclude", "content"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--exclude", "content,files,config"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--only-content-types", "admin::user"})) == Errc::invalidOption);
}

TEST_CASE("encryption and its key belong together") {
  CHECK(failureOf(parseWith({"--encrypt"})) == archive::ArchiveErrc::keyRequired);
  CHECK(failureOf(parseWith({"--key", "secret"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--encrypt", "-k", "secret", "--format", "dir"})) ==
        Errc::invalidOption);
  const TemporaryFile file("secret key\n");
  const PullRequest request = resolve(parseWith({"--encrypt", "--key-file", file.path}));
  CHECK(request.destination.key == "secret key");
  CHECK(request.destination.format.encrypted);
  CHECK(request.destination.path == "export_example.org_20260304050607.tar.gz.enc");
}

TEST_CASE("formats") {
  CHECK_FALSE(resolve(parseWith({"--no-compress"})).destination.format.compressed);
  CHECK_FALSE(resolve(parseWith({"-o", "x.tar"})).destination.format.compressed);
  CHECK(resolve(parseWith({"-o", "x.tar.gz"})).destination.format.compressed);
  CHECK(resolve(parseWith({"-o", "x.backup"})).destination.format.compressed);
  CHECK(failureOf(parseWith({"-o", "xtar"})) == Errc::invalidOption);
  CHECK(resolve(parseWith({"--format", "dir"})).destination.format.container ==
        archive::Container::directory);
  CHECK_THROWS_AS(parseWith({"--format", "zip"}), CLI::ParseError);
  CHECK(failureOf(parseWith({"--format", "dir", "-o", "-"})) == Errc::invalidOption);
  CHECK(resolve(parseWith({"-o", "-"})).destination.path == "-");
  CHECK(resolve(parseWith({"-o", "x.tar.gz", "--force"})).destination.overwrite);
}

TEST_CASE("connection options reach the connection") {
  const PullRequest request = resolve(
      parseWith({"--insecure", "--ca-file", "ca.pem", "--client-cert", "c.pem", "--client-key",
                 "k.pem", "--proxy", "http://proxy:3128", "--no-checksums"}));
  CHECK(request.source.connection.allowPlaintextCredentials);
  CHECK(request.source.connection.tls.caFile == "ca.pem");
  CHECK(request.source.connection.tls.clientCertificateFile == "c.pem");
  CHECK(request.source.connection.tls.clientKeyFile == "k.pem");
  CHECK(request.source.connection.proxy == "http://proxy:3128");
  CHECK_FALSE(request.source.checksums);
  CHECK(failureOf(parseWith({"--client-cert", "c.pem"})) == Errc::invalidOption);
  CHECK(failureOf(parseWith({"--quiet", "--verbose"})) == Errc::invalidOption);
}

namespace {

PushRequest resolvedPush(std::vector<std::string> more) {
  const TemporaryFile archive("no archive, which a push would notice later");
  CLI::App app;
  PushOptions options;
  addPushOptions(app, options);
  more.insert(more.begin(), {archive.path, "https://example.org/admin", "--token", "secret"});
  app.parse(std::vector<std::string>(more.rbegin(), more.rend()));
  return resolvePush(options, [](const char*) { return std::string(); });
}

std::error_code pushFailure(const std::vector<std::string>& more) {
  try {
    resolvedPush(more);
  } catch (const Error& error) {
    return error.code();
  }
  return {};
}

}  // namespace

TEST_CASE("a value that is empty is no value, of any option and argument of any command") {
  std::size_t tried = 0;
  const auto refusal = [&tried](const std::vector<std::string>& words) {
    ++tried;
    try {
      CommandLine line;
      line.parse(words);
    } catch (const CLI::ValidationError& error) {
      return std::string(error.what());
    } catch (const CLI::ParseError&) {
    }
    return std::string();
  };
  const CommandLine all;
  for (const CLI::App* command : all.app.get_subcommands([](const CLI::App*) { return true; })) {
    std::vector<std::string> arguments = {command->get_name()};
    std::vector<std::string> options;
    for (const CLI::Option* option : command->get_options({})) {
      if (option->get_positional()) {
        arguments.emplace_back("word");
      } else if (option->get_items_expected_max() != 0) {
        options.push_back(option->get_name());
      }
    }
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      std::vector<std::string> words = arguments;
      words[i].clear();
      INFO(command->get_name() << ", argument " << i);
      CHECK(refusal(words).find("not empty") != std::string::npos);
    }
    for (const std::string& option : options) {
      std::vector<std::string> words = arguments;
      words.insert(words.begin() + 1, {option, ""});
      INFO(command->get_name() << ' ' << option);
      CHECK(refusal(words).find("not empty") != std::string::npos);
      words.erase(words.begin() + 1);
      words[1] = option + "=";
      CHECK(refusal(words).find("not empty") != std::string::npos);
    }
  }
  CHECK(tried > 100);
}

TEST_CASE("ignored schemas are a list, too") {
  CHECK(resolvedPush({"--ignore-schema", "api::a.*, plugin::* "}).engine.schemas.ignoredTypes ==
        std::vector<std::string>{"api::a.*", "plugin::*"});
  CHECK_THROWS_AS(resolvedPush({"--ignore-schema", "api::a.*,"}), CLI::ParseError);
}

TEST_CASE("types choose among content, and without content nothing is theirs to choose") {
  CHECK(pushFailure({"--only", "config", "--only-content-types", "api::a.a"}) ==
        Errc::invalidOption);
  CHECK(pushFailure({"--only", "files", "--only-content-types", "api::a.a"}) ==
        Errc::invalidOption);
  CHECK(pushFailure({"--exclude", "content", "--only-content-types", "api::*"}) ==
        Errc::invalidOption);
  // What never leaves a server, or is left out already, may be named once more.
  CHECK_FALSE(pushFailure({"--exclude-content-types", "admin::user"}));
  CHECK_FALSE(pushFailure({"--only", "config", "--exclude-content-types", "api::a.a"}));
}

TEST_CASE("a push of nothing is refused") {
  CHECK(pushFailure({"--only", "config", "--exclude", "config"}) == Errc::invalidOption);
  CHECK(pushFailure({"--exclude", "content,files,config"}) == Errc::invalidOption);
  CHECK(pushFailure({"--only", "content", "--only-content-types", "api::a.a",
                     "--exclude-content-types", "api::a.a"}) == Errc::invalidOption);
  CHECK(pushFailure({"--only-content-types", "admin::user"}) == Errc::invalidOption);
  CHECK_FALSE(pushFailure({"--only", "config"}));
  CHECK_FALSE(pushFailure({"--only-content-types", "api::a.a"}));
}

TEST_CASE("a backup's name says its format") {
  for (const char* name : {"backup.zip", "backup", "backup.gz", "backup.tar.gz.enc", "-"}) {
    INFO(name);
    CHECK(pushFailure({"--backup", name}) == Errc::invalidOption);
  }
  // What it cannot do is found before anybody is asked for consent.
  CHECK(pushFailure({"--backup", "x.tar", "--files", "socket", "--compare-files", "2"}) ==
        Errc::invalidOption);
  CHECK(pushFailure({"--backup", "x.tar", "--files-url", "no-url"}) == Errc::invalidUrl);
  CHECK_FALSE(resolvedPush({"--backup", "no-such-backup.tar"}).backup->format.compressed);
  CHECK(resolvedPush({"--backup", "no-such-backup.tar.gz"}).backup->format.compressed);
  const auto inFolder = *resolvedPush({"--backup", "./"}).backup;
  CHECK(inFolder.path.rfind("./before-push_example.org_2", 0) == 0);
  CHECK(inFolder.format.container == archive::Container::tar);
  CHECK(inFolder.format.compressed);
  CHECK(resolvedPush({"--backup", "before-{host}.tar"}).backup->path == "before-example.org.tar");
  CHECK_FALSE(resolvedPush({}).backup);
}

TEST_CASE("one server is known in other spellings") {
  const std::string url = "http://localhost:1337/admin";
  for (const char* same :
       {"ws://localhost:1337/admin/", "http://127.0.0.1:1337/admin", "http://[::1]:1337/admin",
        "http://LOCALHOST.:1337/admin", "http://[::ffff:127.0.0.1]:1337/admin?x=1",
        "http://[0:0:0:0:0:0:0:1]:1337/admin"}) {
    INFO(same);
    CHECK(isSameServer(url, same));
  }
  for (const char* other : {"http://localhost:1338/admin", "http://localhost:1337/other/admin",
                            "http://example.org:1337/admin", "http://127.0.0.2:1337/admin"}) {
    INFO(other);
    CHECK_FALSE(isSameServer(url, other));
  }
  CHECK(isSameServer("https://Example.org/admin", "wss://example.org:443/admin"));
  // With and without TLS, at the usual ports.
  CHECK(isSameServer("https://example.org/admin", "http://example.org:80/admin"));
  CHECK_FALSE(isSameServer("https://example.org/admin", "http://example.org:8080/admin"));
}
