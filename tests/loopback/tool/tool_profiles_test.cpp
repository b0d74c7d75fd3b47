#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http/file_server.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

void write(const std::string& file, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file) << text;
  REQUIRE(::chmod(file.c_str(), S_IRUSR | S_IWUSR) == 0);
}

/// A tool with a configuration at its usual place, and no token in the environment.
struct ConfiguredTool : Tool {
  explicit ConfiguredTool(const std::string& config) {
    variables = {"XDG_CONFIG_HOME=" + folder.path()};
    write(folder / "wsferry/token.txt", "testing-token\n");
    write(file(), config);
  }
  std::string file() const { return folder / "wsferry/config.toml"; }
};

std::string section(const std::string& name, const std::string& url, const std::string& more = "") {
  return "[" + name + "]\nurl = \"" + url + "\"\n" + more + "\n";
}

const std::string byFile = "token-file = \"token.txt\"\n";

TransferServerOptions pushable(const std::string& file) {
  TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = file;
  options.pushTarget->overwrite = true;
  return options;
}

}  // namespace

TEST_CASE("a server is pulled from, compared and examined by its name") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(), byFile));
  const std::string archive = tool.folder / "x.tar";
  const Tool::Run pull = tool.run({"pull", "production", "-o", archive});
  INFO(pull.errors);
  REQUIRE(pull.exitCode == 0);
  CHECK(tool.run({"diff", archive, "production"}).exitCode == 0);
  CHECK(tool.run({"diff", "production", "production"}).exitCode == 0);
  CHECK(tool.run({"doctor", "production"}).exitCode == 0);
}

TEST_CASE("a token comes from a command, whose standard error passes through") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(
      section("production", server.adminUrl(),
              "token-command = \"echo asked >&2; printf 'testing-%s\\\\n' token\""));
  const Tool::Run pull = tool.run({"pull", "production", "-o", tool.folder / "x.tar"});
  INFO(pull.errors);
  CHECK(pull.exitCode == 0);
  CHECK(contains(pull.errors, "asked\n"));
  CHECK_FALSE(contains(pull.errors, "testing-token"));
}

namespace {

/// A pipe with a name, which tells what still has it open.
class NamedPipe {
 public:
  explicit NamedPipe(const std::string& path) {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    end_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(end_ >= 0);
  }
  ~NamedPipe() { ::close(end_); }
  NamedPipe(const NamedPipe&) = delete;
  NamedPipe& operator=(const NamedPipe&) = delete;

  /// The next bytes; empty when nobody writes any more.
  std::string read() const {
    pollfd waiting{end_, POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 60'000) == 1);
    char buffer[256];
    const ssize_t size = ::read(end_, buffer, sizeof buffer);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

 private:
  int end_ = -1;
};

}  // namespace

TEST_CASE("a signal ends a token command with all that it has started") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool("");
  const NamedPipe pipe(tool.folder / "pipe");
  write(tool.file(),
        section("production", server.adminUrl(),
                "token-command = \"exec >" + (tool.folder / "pipe") +
                    "; trap 'echo asked; exit' TERM; (trap '' TERM; sleep 1000) & echo running; "
                    "wait\""));
  ChildProcess pull = tool.start({"pull", "production", "-o", tool.folder / "x.tar"});
  REQUIRE(pipe.read() == "running\n");
  pull.send(SIGTERM);
  CHECK(pipe.read() == "asked\n");
  CHECK(pipe.read().empty());  // What takes no notice of being asked is gone, too.
  CHECK(pull.wait() == 130);
  CHECK(contains(pull.errors(), "interrupted"));
  CHECK(server.log().connections == 0);
}

TEST_CASE("what is typed counts before the profile, and the profile before the environment") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(),
                              byFile + "files = \"socket\"\nonly = [\"content\"]\n"));
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=wrong-token");
  REQUIRE(tool.run({"pull", "production", "-o", tool.folder / "a.tar"}).exitCode == 0);
  CHECK(server.log().files.empty());
  for (const std::string& message : server.log().received) {
    CHECK_FALSE(contains(message, "assets"));
  }
  const Tool::Run typed = tool.run({"pull", "production", "--files", "http", "--only",
                                    "content,files", "-o", tool.folder / "b.tar"});
  INFO(typed.errors);
  REQUIRE(typed.exitCode == 0);
  CHECK(server.log().files.size() == 14);
  CHECK(
      tool.run({"pull", "production", "--token", "wrong", "-o", tool.folder / "c.tar"}).exitCode ==
      3);
}

TEST_CASE("a profile may name an earlier archive, and paths of logs, which are checked too") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool("");
  const std::string first = tool.folder / "first.tar";
  write(tool.file(), section("production", server.adminUrl(),
                             byFile + "reuse = \"../first.tar\"\nlog-file = \"" +
                                 (tool.folder / "log") + "\"\n"));
  CHECK(tool.run({"config", "check"}).exitCode == 0);
  REQUIRE(tool.run({"pull", "production", "-o", first}).exitCode == 0);
  const std::size_t fetched = server.log().files.size();
  const Tool::Run second = tool.run({"pull", "production", "-o", tool.folder / "second.tar"});
  INFO(second.output << second.errors);
  CHECK(second.exitCode == 0);
  CHECK(server.log().files.size() == fetched);
  CHECK(contains(second.output, "14 reused"));
}

TEST_CASE("what is typed leaves no use for what a profile says of a series") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(),
                              byFile + "keep-daily = 7\nreuse = \"latest\"\nverbose = true\n"));
  const Tool::Run one =
      tool.run({"pull", "production", "-q", "-o", tool.folder / "one.tar", "--files", "socket"});
  INFO(one.errors);
  CHECK(one.exitCode == 0);
  CHECK(tool.run({"pull", "production", "-q", "-o", "-", "--files", "socket"}).exitCode == 0);
  CHECK(tool.run({"pull", "production", "-q", "-o", tool.folder / "{date}{time}.tar"}).exitCode ==
        0);
}

TEST_CASE("a key that is typed encrypts, and not that of the profile") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(
      section("production", server.adminUrl(), byFile + "encrypt = true\nkey-file = \"key\"\n"));
  write(tool.folder / "wsferry/key", "of-the-profile");
  const std::string archive = tool.folder / "x.tar.gz.enc";
  const Tool::Run pull = tool.run({"pull", "production", "-k", "typed", "-o", archive});
  INFO(pull.errors);
  REQUIRE(pull.exitCode == 0);
  CHECK(tool.run({"verify", archive, "-k", "typed"}).exitCode == 0);
  CHECK(tool.run({"verify", archive, "-k", "of-the-profile"}).exitCode == 5);
  REQUIRE(tool.run({"pull", "production", "-o", archive, "--force"}).exitCode == 0);
  CHECK(tool.run({"verify", archive, "-k", "of-the-profile"}).exitCode == 0);
  CHECK(tool.run({"pull", "production", "-o", tool.folder / "d", "--format", "dir"}).exitCode == 0);
}

TEST_CASE("credentials that are typed take the place of those of another kind in the profile") {
  const TransferServer server(testing::sampleContent());
  const std::string header = "Authorization: Bearer testing-token";
  ConfiguredTool tool(section("file", server.adminUrl(), "token-file = \"wrong.txt\"\n") +
                      section("header", server.adminUrl(), "header = \"" + header + "x\"\n") +
                      section("own", server.adminUrl(), "header = \"" + header + "\"\n"));
  write(tool.folder / "wsferry/wrong.txt", "wrong");
  const auto pull = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"pull", "-q", "--force", "-o", tool.folder / "x.tar"});
    const Tool::Run run = tool.run(more);
    UNSCOPED_INFO(run.errors);
    return run.exitCode;
  };
  CHECK(pull({"file", "--header", header}) == 0);
  CHECK(pull({"header", "--token", "testing-token"}) == 0);
  CHECK(pull({"header"}) == 3);
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=that-happens-to-be-set");
  CHECK(pull({"own"}) == 0);
  CHECK(contains(tool.run({"config", "check"}).output, "own       http"));
}

TEST_CASE("a profile keeps no typed option from what it is for") {
  const TransferServer server(testing::sampleContent());
  const auto pull = [&](const std::string& profile, std::vector<std::string> more) {
    ConfiguredTool tool(section("production", server.adminUrl(), byFile + profile));
    for (std::string& word : more) {
      word = word.find("FOLDER") == 0 ? tool.folder / word.substr(7) : word;
    }
    more.insert(more.begin(), {"pull", "production", "--json"});
    const Tool::Run run = tool.run(more);
    UNSCOPED_INFO(profile << run.errors);
    return run.exitCode;
  };
  const std::vector<std::string> socket = {"-o", "FOLDER/x.tar", "--files", "socket"};
  CHECK(pull("compare-files = 2\n", socket) == 0);
  CHECK(pull("keep-going = true\n", socket) == 0);
  CHECK(pull("check-reused = true\n", socket) == 0);
  CHECK(pull("reuse = \"latest\"\n", {"-o", "FOLDER/x.tar"}) == 0);
  CHECK(pull("files = \"socket\"\n", {"-o", "FOLDER/x.tar", "--compare-files", "1"}) == 0);
  CHECK(pull("files = \"socket\"\n", {"-o", "FOLDER/x.tar", "--reuse", "FOLDER/x.tar"}) == 0);
  CHECK(pull("files = \"socket\"\n", {"-o", "FOLDER/x.tar", "--check-reused"}) == 0);
  CHECK(pull("progress = \"always\"\n", {"-o", "FOLDER/x.tar", "-q"}) == 0);
  CHECK(pull("quiet = true\n", {"-o", "FOLDER/x.tar", "--progress", "always"}) == 0);
  CHECK(pull("keep-daily = 7\n", {"-o", "FOLDER/out/", "--format", "dir"}) == 0);
  CHECK(pull("no-compress = true\n", {"-o", "FOLDER/x.tar.gz"}) == 0);
  CHECK(pull("format = \"dir\"\n", {"-o", "FOLDER/x.tar.gz"}) == 0);
  CHECK(pull("format = \"dir\"\nretries = 3\n", {"-o", "-"}) == 0);
  for (const char* entry :
       {"files = \"socket\"\n", "reuse = \"latest\"\n", "keep-going = true\n",
        "check-reused = true\n", "compare-files = 2\n", "files-url = \"http://127.0.0.1:1\"\n"}) {
    CHECK(pull(entry, {"-o", "FOLDER/x.tar", "--only", "content"}) == 0);
    CHECK(pull(std::string(entry) + "exclude = [\"files\"]\n", {"-o", "FOLDER/x.tar"}) == 0);
  }
  // What contradicts itself is refused all the same.
  CHECK(pull("keep-daily = 7\noutput = \"x.tar\"\n", {}) == 2);
}

TEST_CASE("what a profile reuses, and flags that it sets, are switched off by typing so") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(), byFile));
  const auto pull = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"pull", "production", "--json", "-o", tool.folder / name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Tool::Run run = tool.run(arguments);
    INFO(run.errors);
    REQUIRE(run.exitCode == 0);
    return run.output;
  };
  const std::string earlier = tool.folder / "earlier.tar";
  REQUIRE(tool.run({"pull", "production", "-o", earlier}).exitCode == 0);
  write(tool.file(), section("production", server.adminUrl(),
                             byFile + "reuse = \"" + earlier + "\"\nquiet = true\n"));
  CHECK(contains(pull("a.tar", {}), "\"reused\":14"));
  CHECK(contains(pull("b.tar", {"--no-reuse"}), "\"reused\":0"));
  CHECK_FALSE(contains(pull("c.tar", {}), "\"event\":\"stage\""));
  CHECK(contains(pull("d.tar", {"--quiet=false"}), "\"event\":\"stage\""));
  CHECK(tool.run({"pull", "production", "--no-reuse", "--reuse", earlier}).exitCode == 2);
}

TEST_CASE("what a profile says of files is no hindrance in a copy, and nothing to a push") {
  ConfiguredTool tool("");
  const TransferServer source(testing::sampleContent());
  const TransferServer destination(testing::sampleContent(), pushable(tool.folder / "s.tar"));
  write(tool.file(), section("production", source.adminUrl(), byFile + "compare-files = 2\n") +
                         section("staging", destination.adminUrl(),
                                 byFile + "reuse = \"latest\"\ncheck-reused = true\n"));
  const Tool::Run copy =
      tool.run({"copy", "production", "staging", "--force", "--force-same", "--files", "socket"});
  INFO(copy.errors);
  CHECK(copy.exitCode == 0);
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", "production", "-o", archive}).exitCode == 0);
  const Tool::Run push = tool.run({"push", archive, "staging", "--force"});
  CHECK(push.exitCode == 0);
  CHECK_FALSE(contains(push.errors, "has no effect"));
  const Tool::Run typed = tool.run({"push", archive, "staging", "--force", "--files", "http",
                                    "--compare-files", "1", "--file-connections", "2"});
  CHECK(typed.exitCode == 0);
  for (const char* option : {"--files", "--compare-files", "--file-connections"}) {
    CHECK(contains(typed.errors, std::string(option) + " has no effect without --backup"));
  }
  const Tool::Run backup = tool.run(
      {"push", archive, "staging", "--force", "-q", "--backup", tool.folder / "before.tar"});
  INFO(backup.errors);
  CHECK(backup.exitCode == 0);
}

TEST_CASE("a broken configuration is told where a run's failures are told") {
  ConfiguredTool tool("[a]\nurl = 3x\n");
  const std::string log = tool.folder / "log";
  const Tool::Run run = tool.run({"pull", "a", "--json", "--log-file", log});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.output, R"({"event":"result","ok":false,"exitCode":2)"));
  std::ifstream file(log);
  const std::string lines{std::istreambuf_iterator<char>(file), {}};
  CHECK(contains(lines, "config.toml, line 2"));
  CHECK(contains(lines, "exit code: 2"));
  CHECK(contains(tool.run({"diff", "a", "b", "--json"}).output, R"("event":"result","ok":false)"));
}

TEST_CASE("each side of a copy is reached as its own profile says") {
  ConfiguredTool tool("");
  const std::string stored = tool.folder / "stored.tar";
  TransferServerOptions from;
  from.token = "token-of-the-source";
  const TransferServer source(testing::sampleContent(), from);
  const TransferServer destination(testing::sampleContent(), pushable(stored));
  write(tool.folder / "wsferry/source.txt", "token-of-the-source");
  write(tool.file(), section("production", source.adminUrl(), "token-file = \"source.txt\"\n") +
                         section("staging", destination.adminUrl(), byFile));
  const Tool::Run copy = tool.run({"copy", "production", "staging", "--force", "--force-same"});
  INFO(copy.errors);
  CHECK(copy.exitCode == 0);
  CHECK(destination.log().commits == 1);
  CHECK(tool.run({"diff", "production", "staging"}).exitCode == 0);
}

TEST_CASE("of two servers that are compared neither is shown what is typed, or a common variable") {
  ConfiguredTool tool("");
  const TransferServer first(testing::sampleContent());
  const TransferServer second(testing::sampleContent());
  write(tool.file(), section("production", first.adminUrl(), byFile) +
                         section("bare", second.adminUrl()) +
                         section("staging", second.adminUrl(),
                                 "header = \"Authorization: Bearer testing-token\"\n"));
  const auto diff = [&](const std::string& other, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"diff", "production", other};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Tool::Run run = tool.run(arguments);
    UNSCOPED_INFO(run.errors);
    return run.exitCode;
  };
  const std::vector<std::vector<std::string>> typed = {
      {"--token", "testing-token"},
      {"--token-file", tool.folder / "wsferry/token.txt"},
      {"--header", "Authorization: Bearer testing-token"},
      {"--header", "X-Proxy-Key: 1f2e"},
      {"--files-url", first.adminUrl()}};
  for (const std::vector<std::string>& option : typed) {
    for (const std::string& other : {std::string("staging"), second.adminUrl()}) {
      CHECK(diff(other, option) == 2);
    }
  }
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=testing-token");
  CHECK(diff("bare", {}) == 2);
  CHECK(diff(second.adminUrl(), {}) == 2);
  CHECK(first.log().connections == 0);
  CHECK(second.log().connections == 0);
  CHECK(diff("staging", {}) == 0);
}

TEST_CASE("nothing is pushed into a protected server without saying so, by name or by URL") {
  ConfiguredTool tool("");
  const TransferServer source(testing::sampleContent());
  const TransferServer destination(testing::sampleContent(), pushable(tool.folder / "s.tar"));
  write(tool.file(),
        section("staging", source.adminUrl(), byFile) +
            section("production", destination.adminUrl(), byFile + "protected = true\n"));
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", "staging", "-o", archive}).exitCode == 0);
  const Tool::Run refused = tool.run({"push", archive, "production", "--force"});
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "[production] in the configuration protects this server"));
  CHECK(contains(refused.errors, "--force-protected"));
  CHECK(tool.run({"copy", "staging", "production", "--force"}).exitCode == 6);
  const Tool::Run dryCopy =
      tool.run({"copy", "staging", "production", "--force-same", "--dry-run"});
  CHECK(contains(dryCopy.output + dryCopy.errors, "; a copy needs --force-protected"));
  const Tool::Run dry = tool.run({"push", archive, "production", "--dry-run"});
  INFO(dry.output + dry.errors);
  CHECK(dry.exitCode == 0);
  CHECK(contains(dry.output + dry.errors,
                 "protected: by [production] in the configuration; a push needs"));
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=testing-token");
  CHECK(tool.run({"push", archive, destination.adminUrl() + "/", "--force"}).exitCode == 6);
  CHECK(destination.log().commits == 0);
  CHECK(tool.run({"pull", "production", "-o", tool.folder / "y.tar"}).exitCode == 0);
  const Tool::Run forced =
      tool.run({"push", archive, "production", "--force", "--force-protected"});
  INFO(forced.errors);
  CHECK(forced.exitCode == 0);
  CHECK(destination.log().commits == 1);
}

TEST_CASE("what restores a destination that has a name is told with that") {
  ConfiguredTool tool("");
  const TransferServer source(testing::sampleContent());
  TransferServerOptions options = pushable(tool.folder / "s.tar");
  options.faults.kind = testing::TransferFaults::Kind::refuseRecord;
  options.faults.step = strapi::TransferStage::links;
  const TransferServer destination(testing::sampleContent(), options);
  write(tool.file(), section("production", destination.adminUrl(), byFile + "protected = true\n"));
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=testing-token");
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", source.adminUrl(), "-o", archive}).exitCode == 0);
  const Tool::Run run = tool.run({"push", archive, "production", "--force", "--force-protected"});
  INFO(run.errors);
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "`wsferry push --force --force-protected BACKUP 'production'"));
}

TEST_CASE("a name that is none is refused with the known ones, and is not repeated") {
  ConfiguredTool tool(section("production", "https://a.test/admin", byFile) +
                      section("staging", "https://b.test/admin", byFile));
  const Tool::Run run = tool.run({"pull", "productoin"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "production, staging"));
  CHECK(contains(run.errors, "did you mean production?"));
  CHECK_FALSE(contains(run.errors, "productoin"));
  const Tool::Run other = tool.run({"pull", "elsewhere"});
  CHECK(contains(other.errors, "which are: production, staging"));
  CHECK_FALSE(contains(other.errors, "did you mean"));
}

TEST_CASE("a mistyped name is told as such also where an archive may stand") {
  ConfiguredTool tool(section("production", "https://a.test/admin", byFile));
  const std::string archive = tool.folder / "prodution.tar";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"diff", "prodution", archive}, {"diff", archive, "prodution"}}) {
    const Tool::Run run = tool.run(words);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, "did you mean production?"));
  }
  CHECK(contains(tool.run({"diff", "other.tar", "another.tar"}).errors, "there is no archive"));
}

TEST_CASE("a configuration with a mistake is refused with its line") {
  const auto refusal = [](const std::string& config) {
    ConfiguredTool tool(config);
    const Tool::Run run = tool.run({"pull", "production"});
    CHECK(run.exitCode == 2);
    const Tool::Run check = tool.run({"config", "check"});
    CHECK(check.exitCode == 2);
    return run.errors;
  };
  const std::string url = "[production]\nurl = \"https://a.test/admin\"\n";
  CHECK(contains(refusal(url + "tokenfile = \"x\"\n"),
                 "config.toml, line 3: unknown key tokenfile: did you mean token-file?"));
  CHECK(contains(refusal(url + "token = \"secret-token\"\n"), "line 3: token is not allowed here"));
  CHECK_FALSE(contains(refusal(url + "token = \"secret-token\"\n"), "secret-token"));
  CHECK(contains(refusal(url + "force = true\n"), "line 3: force is not allowed here"));
  CHECK(contains(refusal("[production]\n"), "line 1: [production] has no url"));
  CHECK(contains(refusal(url + "token-file = \"x\"\ntoken-command = \"y\"\n"),
                 "line 3: token-file and token-command cannot be given together"));
  CHECK(contains(refusal(url + byFile + "header = [\"X: y\", \"authorization: Basic x\"]\n"),
                 "line 4: an Authorization header is that of the token"));
  CHECK(contains(refusal(url + byFile + "retry-timeout = \"soon\"\n"), "line 4: retry-timeout"));
  CHECK(contains(refusal(url + byFile + "header = [\"X-A: 1\", \"x-a: 2\"]\n"),
                 "line 4: the header x-a is given twice"));
  CHECK(contains(refusal(url + byFile + "header = [\"Host: b.test\"]\n"), "header Host is set"));
  CHECK(contains(refusal(url + byFile + "keep-daily = 07\n"), "line 4: a whole number"));
  for (const char* flag : {"protected", "encrypt", "quiet"}) {
    CHECK(contains(refusal(url + byFile + flag + " = \"true\"\n"),
                   std::string("line 4: ") + flag + " is true or false, without quotes"));
  }
  for (const char* key : {"token-command", "output", "proxy", "retries"}) {
    CHECK(contains(refusal(url + key + " = true\n"), std::string("line 3: ") + key + " takes"));
  }
}

TEST_CASE("config check tells every mistake, and those of one server hide none of another") {
  ConfiguredTool tool(section("a", "https://a.test/admin", "retries = 3\nforce = true\n" + byFile) +
                      section("b", "https://b.test/admin", "token-file = \"missing.txt\"\n") +
                      "[c]\n" + section("d", "https://d.test/admin", byFile) +
                      section("e", "https://a b/admin"));
  const Tool::Run check = tool.run({"config", "check"});
  INFO(check.output << check.errors);
  CHECK(check.exitCode == 2);
  CHECK(contains(check.output, "fail  e"));
  CHECK(contains(check.output, "line 4: force is not allowed here"));
  CHECK(contains(check.output, "the file of token-file cannot be read"));
  CHECK(contains(check.output, "[c] has no url"));
  CHECK(contains(check.output, "pass  d"));
  CHECK_FALSE(contains(check.output, "pass  a"));
  const Tool::Run json = tool.run({"config", "check", "--json"});
  CHECK(contains(json.output, R"("ok":false,"exitCode":2)"));
  CHECK(tool.run({"pull", "d"}).exitCode == 2);
}

TEST_CASE("config check looks at every profile, its files, and who may read its secrets") {
  ConfiguredTool tool(section("a", "https://a.test/admin", byFile) +
                      section("b", "https://b.test/admin", "token-file = \"missing.txt\"\n") +
                      section("c", "https://c.test/admin", "token-command = \"exit 1\"\n") +
                      section("d", "https://d.test/admin", "token-file = \"open.txt\"\n"));
  write(tool.folder / "wsferry/open.txt", "token");
  REQUIRE(::chmod((tool.folder / "wsferry/open.txt").c_str(), 0644) == 0);
  const Tool::Run run = tool.run({"config", "check"});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.output, "pass  a "));
  CHECK(contains(run.output, "fail  b         line 7: the file of token-file cannot be read, " +
                                 (tool.folder / "wsferry/missing.txt")));
  CHECK(contains(run.output, "pass  c "));
  CHECK(contains(run.output, "warn  d "));
  CHECK(contains(run.output, "chmod 600 "));
  CHECK(contains(tool.run({"config", "check", "--json"}).output, R"("check":"b","state":"fail")"));

  write(tool.file(), section("e", "https://e.test/admin",
                             std::string(byFile) + "proxy = \"http://u:password@p.test:9\"\n"));
  CHECK_FALSE(contains(tool.run({"config", "check"}).output, "other users may read"));
  REQUIRE(::chmod(tool.file().c_str(), 0644) == 0);
  const Tool::Run proxied = tool.run({"config", "check"});
  CHECK(contains(proxied.output, "other users may read"));
  CHECK_FALSE(contains(proxied.output, "password"));
}

TEST_CASE("config check finds what the commands would refuse or warn of") {
  ConfiguredTool tool("");
  const auto findingsOf = [&](const std::string& url, const std::string& more) {
    write(tool.file(), section("a", url, more));
    return tool.run({"config", "check"}).output;
  };
  const std::string url = "https://a.test/admin";
  CHECK(
      contains(findingsOf(url, byFile), "pass  a         https://a.test/admin, token from a file"));
  CHECK(contains(findingsOf("https://a.test/", byFile), "does not end in /admin"));
  CHECK(contains(findingsOf("https://a.test/", byFile), "try https://a.test/admin"));
  CHECK(
      contains(findingsOf("http://a.test/admin", byFile), "warn  a         The credentials would"));
  CHECK(contains(findingsOf("http://a.test/admin", byFile), "insecure = true sends them anyway"));
  CHECK(contains(findingsOf("http://127.0.0.1/admin", byFile), "pass  a "));
  CHECK(contains(findingsOf(url, byFile + "proxy = \"http://p:x\"\n"),
                 "fail  a         --proxy: The proxy address is not usable"));
  CHECK(contains(findingsOf(url, byFile + "client-cert = \"token.txt\"\n"),
                 "--client-cert and --client-key belong together"));
  CHECK(contains(findingsOf(url, byFile + "header = [\"X Y: z\"]\n"), "is not a header name"));
  CHECK(contains(findingsOf(url, byFile + "output = \"missing/\"\n"),
                 "fail  a         output: " + (tool.folder / "wsferry/missing") + " cannot be"));
  CHECK_FALSE(contains(findingsOf(url, byFile + "output = \"missing/\"\n"), " -o"));
  CHECK(contains(findingsOf(url, byFile + "output = \"x.tar\"\nkeep-last = 3\n"),
                 "need a new name for each archive: give output a name"));
  CHECK(contains(findingsOf(url, byFile + "log-file = \"missing/log\"\n"),
                 "fail  a         log-file: there is no folder"));
  CHECK(contains(findingsOf(url, byFile + "reuse = \"gone.tar\"\n"),
                 "warn  a         nothing can be reused: "));
  CHECK(contains(findingsOf(url, ""), "warn  a         there is no token"));
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=testing-token");
  CHECK(contains(findingsOf(url, ""), "pass  a         https://a.test/admin, token from the env"));
  write(tool.folder / "wsferry/empty.txt", "\n");
  CHECK(contains(findingsOf(url, "token-file = \"empty.txt\"\n"),
                 "fail  a         no token in " + (tool.folder / "wsferry/empty.txt") +
                     ", given to token-file of a"));
  CHECK(contains(findingsOf("wss://gateway.test/api/", ""), "pass  a "));
}

TEST_CASE("config check fails what no run of a profile can get past") {
  ConfiguredTool tool("");
  const auto findingsOf = [&](const std::string& more) {
    write(tool.file(), section("a", "https://a.test/admin", byFile + more));
    return tool.run({"config", "check"});
  };
  for (const char* contradiction :
       {"files = \"socket\"\nreuse = \"gone.tar\"\n", "output = \"x.tar\"\nreuse = \"latest\"\n",
        "version-strategy = \"exakt\"\n", "schema-strategy = \"lax\"\n",
        "quiet = true\nprogress = \"always\"\n", "key-file = \"empty\"\n"}) {
    write(tool.folder / "wsferry/empty", "");
    const Tool::Run run = findingsOf(contradiction);
    INFO(contradiction << run.output << run.errors);
    CHECK(run.exitCode == 2);
  }
  const Tool::Run several = findingsOf(
      "ca-file = \"gone.pem\"\nversion-strategy = \"exakt\"\nlog-file = \"missing/log\"\n");
  CHECK(contains(several.output, "the file of ca-file cannot be read"));
  CHECK(contains(several.output, "line 5: version-strategy takes exact, "));
  const Tool::Run values = findingsOf("keep-daily = \"seven\"\nfiles = \"socks\"\nwindow = 0\n");
  INFO(values.output);
  CHECK(contains(values.output, "line 4: keep-daily takes a whole number from "));
  CHECK(contains(values.output, "line 5: files takes auto, http or socket"));
  CHECK(contains(values.output, "line 6: window takes "));
  const Tool::Run empty = findingsOf("reuse = \"empty\"\n");
  CHECK(empty.exitCode == 0);
  CHECK(contains(empty.output, "warn  a         nothing can be reused: "));
}

TEST_CASE("a token in place of its file's name is not repeated") {
  const std::string token = "0123456789abcdef0123456789abcdef";
  ConfiguredTool tool(section("a", "http://127.0.0.1:9/admin", "token-file = \"" + token + "\"\n"));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"config", "check"},
                                                {"pull", "a", "-o", tool.folder / "x.tar"},
                                                {"doctor", "a"}}) {
    const Tool::Run run = tool.run(words);
    CAPTURE(words.front());
    CHECK(run.exitCode == 2);
    CHECK(contains(run.output + run.errors, "token-file"));
    CHECK_FALSE(contains(run.output + run.errors, token));
  }
}

TEST_CASE("config check runs no command, and reads no standard input") {
  ConfiguredTool tool("");
  const std::string ran = tool.folder / "ran";
  write(tool.file(),
        section("a", "https://a.test/admin", "token-command = \"touch " + ran + "\"\n") +
            section("b", "https://b.test/admin",
                    "token-file = \"-\"\nencrypt = true\nkey-file = \"-\"\n"));
  const Tool::Run run = tool.run({"config", "check"});
  INFO(run.output << run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, "token from a command"));
  CHECK_FALSE(std::filesystem::exists(ran));
}

TEST_CASE("config check warns of servers whose archives are one series") {
  ConfiguredTool tool("");
  const std::string keep = byFile + "keep-last = 3\n";
  const auto findingsOf = [&](const std::string& output, const std::string& other) {
    write(tool.file(),
          section("a", "https://a.test/admin", keep + "output = \"" + output + "\"\n") +
              section("b", "https://b.test/admin", byFile + "output = \"" + other + "\"\n"));
    return tool.run({"config", "check"}).output;
  };
  const std::string place = tool.folder.path() + "/x-{date}.tar";
  const std::string spelt = tool.folder.path() + "/./x-{date}.tar";
  const std::string told = "warn  b         its archives have the same names";
  CHECK(contains(findingsOf("x-{date}.tar", "x-{date}.tar"), told));
  CHECK(contains(findingsOf(place, spelt), told));
  CHECK_FALSE(contains(findingsOf("x-{host}-{date}.tar", "x-{host}-{date}.tar"), "the same names"));
}

TEST_CASE("a token command runs only where a server is asked") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool("");
  const std::string ran = tool.folder / "ran";
  write(tool.file(), section("production", server.adminUrl(),
                             "token-command = \"touch " + ran + "; echo testing-token\"\n"));
  const auto hasRun = [&](const std::vector<std::string>& arguments, int exitCode) {
    const Tool::Run run = tool.run(arguments);
    INFO(run.errors);
    CHECK(run.exitCode == exitCode);
    return std::filesystem::remove(ran);
  };
  const std::string folder = tool.folder.path() + "/";
  CHECK_FALSE(hasRun({"pull", "production", "-o", folder, "--keep-last", "1", "--dry-run"}, 0));
  CHECK_FALSE(hasRun({"push", tool.folder / "none.tar", "production", "--dry-run"}, 2));
  CHECK_FALSE(hasRun({"copy", "production", server.adminUrl() + "/", "--dry-run"}, 2));
  CHECK(hasRun({"pull", "production", "-o", tool.folder / "x.tar"}, 0));
}

TEST_CASE("what is wrong with options of files is found before a token command runs") {
  ConfiguredTool tool("");
  const std::string ran = tool.folder / "ran";
  const std::string archive = sampleArchive(tool.folder);
  write(tool.file(), section("production", "https://production.test/admin",
                             "token-command = \"touch " + ran + "\"\n") +
                         section("staging", "https://staging.test/admin",
                                 "token-command = \"touch " + ran + "\"\n"));
  const std::vector<std::string> socket = {"--files", "socket", "--compare-files", "2"};
  for (const std::vector<std::string>& typed : {socket, {"--files-url", "no-url"}}) {
    for (std::vector<std::string> command :
         {std::vector<std::string>{"pull", "production", "-o", tool.folder / "x.tar"},
          {"push", archive, "production", "--force", "--backup", tool.folder / "before.tar"},
          {"copy", "production", "staging", "--force"},
          {"diff", archive, "production"}}) {
      command.insert(command.end(), typed.begin(), typed.end());
      const Tool::Run run = tool.run(command);
      INFO(command.front() << ' ' << run.errors);
      CHECK(run.exitCode == 2);
      CHECK(contains(run.errors, typed == socket ? "--compare-files" : "--files-url"));
    }
  }
  CHECK(tool.run({"doctor", "production", "--files-url", "no-url"}).exitCode == 2);
  CHECK_FALSE(std::filesystem::exists(ran));
}

TEST_CASE("a typed --files-url of a copy is the source's, and not that of the destination") {
  ConfiguredTool tool("");
  const auto content = testing::sampleContent();
  const bool hasOwn = GENERATE(false, true);
  TransferServerOptions options;
  options.filesByHttp = false;
  const TransferServer source(content, options);
  const FileServer ofSource(content);
  const FileServer ofDestination(content);
  options = pushable(tool.folder / "s.tar");
  options.filesByHttp = !hasOwn;
  const TransferServer destination(content, options);
  const std::string more = hasOwn ? "files-url = \"" + ofDestination.url() + "\"\n" : "";
  write(tool.file(), section("production", source.adminUrl(), byFile) +
                         section("staging", destination.adminUrl(), byFile + more));
  const Tool::Run copy =
      tool.run({"copy", "production", "staging", "--force", "--force-same", "--files-url",
                ofSource.url(), "--backup", tool.folder / "before.tar"});
  INFO(copy.errors);
  CHECK(copy.exitCode == 0);
  CHECK(ofSource.asked().size() == 14);
  CHECK(ofDestination.asked().size() == (hasOwn ? 14 : 0));
  CHECK(destination.log().files.size() == (hasOwn ? 0 : 14));
}

TEST_CASE("the variable for the URL may hold a name") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(), byFile));
  tool.variables.emplace_back("STRAPI_TRANSFER_URL=production");
  const Tool::Run pull = tool.run({"pull", "-o", tool.folder / "x.tar"});
  INFO(pull.errors);
  CHECK(pull.exitCode == 0);
  CHECK(tool.run({"doctor"}).exitCode == 0);
  tool.variables.back() = "STRAPI_TRANSFER_URL=staging";
  const Tool::Run unknown = tool.run({"pull", "-o", tool.folder / "y.tar"});
  CHECK(unknown.exitCode == 2);
  CHECK(contains(unknown.errors, "STRAPI_TRANSFER_URL is neither a URL"));
}

TEST_CASE("a protected server is that also where a variable names it") {
  ConfiguredTool tool("");
  const TransferServer server(testing::sampleContent(), pushable(tool.folder / "s.tar"));
  write(tool.file(), section("production", server.adminUrl(), byFile + "protected = true\n"));
  const std::string archive = tool.folder / "x.tar";
  REQUIRE(tool.run({"pull", "production", "-o", archive}).exitCode == 0);
  tool.variables.emplace_back("STRAPI_TRANSFER_URL=production");
  CHECK(tool.run({"push", archive, "--force"}).exitCode == 6);
  CHECK(server.log().commits == 0);
  // Also where its URL is typed. What is in no way protected says nothing of it.
  tool.variables.emplace_back("STRAPI_TRANSFER_TOKEN=testing-token");
  const Tool::Run plan = tool.run({"push", archive, server.adminUrl(), "--dry-run", "--json"});
  INFO(plan.output << plan.errors);
  CHECK(contains(plan.output, R"("protectedBy":"production")"));
  const TransferServer other(testing::sampleContent(), pushable(tool.folder / "o.tar"));
  CHECK_FALSE(contains(tool.run({"push", archive, other.adminUrl(), "--dry-run", "--json"}).output,
                       "protectedBy"));
}

TEST_CASE("a configuration that is a link to nowhere is not taken for none") {
  ConfiguredTool tool("");
  std::filesystem::remove(tool.file());
  std::filesystem::create_symlink(tool.folder / "gone.toml", tool.file());
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"pull", "production"},
        {"push", "/dev/null", "http://127.0.0.1:1/admin", "--token", "x", "--force"},
        {"config", "check"}}) {
    const Tool::Run run = tool.run(arguments);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, tool.file() + ": it is a dangling link"));
  }
}

TEST_CASE("the configuration is found where it is said to be") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("other", "https://a.test/admin"));
  const std::string file = tool.folder / "elsewhere/servers.toml";
  write(tool.folder / "elsewhere/token.txt", "testing-token");
  write(file, section("production", server.adminUrl(), byFile));
  CHECK(tool.run({"pull", "production", "-o", tool.folder / "a.tar"}).exitCode == 2);
  CHECK(tool.run({"pull", "production", "--config", file, "-o", tool.folder / "b.tar"}).exitCode ==
        0);
  tool.variables.emplace_back("WSFERRY_CONFIG=" + file);
  CHECK(tool.run({"pull", "production", "-o", tool.folder / "c.tar"}).exitCode == 0);
  tool.variables.back() += ".gone";
  const Tool::Run gone = tool.run({"pull", "production", "-o", tool.folder / "d.tar"});
  CHECK(gone.exitCode == 2);
  CHECK(contains(gone.errors, "WSFERRY_CONFIG"));
}

TEST_CASE("a key in a profile is for what encrypts, and one that is typed is for now") {
  const TransferServer server(testing::sampleContent());
  const auto pull = [&](const std::string& profile, std::vector<std::string> more) {
    ConfiguredTool tool(
        section("production", server.adminUrl(), byFile + "key-file = \"key.txt\"\n" + profile));
    write(tool.folder / "wsferry/key.txt", "a-key-that-is-long-enough");
    CHECK(tool.run({"config", "check"}).exitCode == 0);
    for (std::string& word : more) {
      word = word.find("FOLDER") == 0 ? tool.folder / word.substr(7) : word;
    }
    more.insert(more.begin(), {"pull", "production", "-q"});
    const Tool::Run run = tool.run(more);
    UNSCOPED_INFO(profile << run.errors);
    return run.exitCode;
  };
  CHECK(pull("", {"-o", "FOLDER/x.tar"}) == 0);
  CHECK(pull("encrypt = false\n", {"-o", "FOLDER/x.tar"}) == 0);
  CHECK(pull("", {"-o", "FOLDER/x.tar.enc", "--encrypt"}) == 0);
  CHECK(pull("encrypt = true\n", {"-o", "FOLDER/x.tar.enc"}) == 0);
  CHECK(pull("encrypt = true\n", {"-o", "FOLDER/x.tar", "--encrypt=false"}) == 0);
  CHECK(pull("", {"-o", "FOLDER/x.tar", "--key-file", "FOLDER/wsferry/key.txt"}) == 2);
  CHECK(pull("encrypt = true\n", {"-o", "FOLDER/x.tar", "--encrypt=false", "--key", "k"}) == 2);
}

TEST_CASE("a flag that is typed off keeps nothing of the profile away") {
  const TransferServer server(testing::sampleContent());
  ConfiguredTool tool(section("production", server.adminUrl(), byFile + "format = \"dir\"\n"));
  const std::string folder = tool.folder / "x";
  const Tool::Run run = tool.run({"pull", "production", "-q", "-o", folder, "--encrypt=false"});
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(std::filesystem::is_directory(folder));
}

TEST_CASE("prune by name counts what is typed before the profile, also where it switches off") {
  ConfiguredTool tool("");
  std::filesystem::create_directories(tool.folder / "backups");
  write(tool.file(), section("production", "https://a.test/admin",
                             byFile + "output = \"../backups/\"\nkeep-last = 1\nquiet = true\n"));
  CHECK(tool.run({"prune", "production"}).output.empty());
  CHECK(contains(tool.run({"prune", "production", "--quiet=false"}).output, "no archives"));
  const Tool::Run gone = tool.run({"prune", tool.folder / "backups/", "--keep-last", "1",
                                   "--config", tool.folder / "gone.toml"});
  CHECK(gone.exitCode == 2);
  CHECK(contains(gone.errors, "there is no configuration at the place that --config names"));
}

TEST_CASE("an API key of a gateway stands in a profile as a token does") {
  const testing::GatewayServerOptions options;
  const testing::GatewayServer gateway(options);
  const std::string url = gateway.url() + "?streamConfigurationTemplateId=0";
  ConfiguredTool tool("");
  const std::string key = tool.folder / "wsferry/key.txt";
  const std::string wrong = tool.folder / "wsferry/wrong.txt";
  write(key, options.apiKey);
  write(wrong, "wrong");
  const std::string byKey = "api-key-file = \"key.txt\"\n";
  const auto doctor = [&](const std::string& profile, std::vector<std::string> more) {
    write(tool.file(), section("gateway", url, profile));
    more.insert(more.begin(), {"doctor", "gateway"});
    const Tool::Run run = tool.run(more);
    UNSCOPED_INFO(profile << run.output << run.errors);
    return run.exitCode;
  };
  const std::string header = "Authorization: Bearer wrong";
  CHECK(doctor(byKey, {}) == 0);
  CHECK(doctor("api-key-file = \"wrong.txt\"\n", {"--api-key-file", key}) == 0);
  CHECK(doctor(byKey, {"--token-file", wrong}) == 3);
  CHECK(doctor(byKey, {"--token", "wrong"}) == 3);
  CHECK(doctor(byKey, {"--header", header}) == 3);
  CHECK(doctor(byKey, {"--header", "X-More: y"}) == 0);
  CHECK(doctor("token-file = \"wrong.txt\"\n", {"--api-key-file", key}) == 0);
  CHECK(doctor("token-command = \"exit 1\"\n", {"--api-key-file", key}) == 0);
  CHECK(doctor("header = \"" + header + "\"\n", {"--api-key-file", key}) == 0);
  for (const std::string& more :
       {byFile, std::string("token-command = \"exit 1\"\n"), "header = \"" + header + "\"\n"}) {
    CHECK(doctor(byKey + more, {}) == 2);
    CHECK(tool.run({"config", "check"}).exitCode == 2);
  }
}

TEST_CASE("config check looks at the file of an API key") {
  ConfiguredTool tool("");
  const std::string key = tool.folder / "wsferry/key.txt";
  write(key, "a-key");
  const auto check = [&](const std::string& url, const std::string& more) {
    write(tool.file(), section("a", url, more));
    return tool.run({"config", "check"}).output;
  };
  const std::string url = "wss://gateway.test/api/";
  const std::string byKey = "api-key-file = \"key.txt\"\n";
  CHECK(contains(check(url, byKey), ", API key from a file"));
  CHECK(contains(check(url, "api-key-file = \"gone.txt\"\n"),
                 "the file of api-key-file cannot be read"));
  CHECK(contains(check("https://a.test/admin", byFile + byKey), "cannot be given together"));
  CHECK(contains(check("https://a.test/admin", byKey), "api-key-file is for a gateway"));
  REQUIRE(::chmod(key.c_str(), 0644) == 0);
  CHECK(contains(check(url, byKey), "other users may read " + key));
}

TEST_CASE("an option without a value is refused, and not taken for none") {
  ConfiguredTool tool("");
  for (const char* key :
       {"proxy", "retries", "connect-timeout", "files", "quiet", "output", "header", "reuse"}) {
    write(tool.file(),
          section("a", "http://127.0.0.1:9/admin", byFile + std::string(key) + " = []\n"));
    const Tool::Run check = tool.run({"config", "check"});
    INFO(key << check.output << check.errors);
    CHECK(check.exitCode == 2);
    CHECK(contains(check.output, "line 4: " + std::string(key)));
    const Tool::Run pull = tool.run({"pull", "a", "-o", tool.folder / "x.tar"});
    CHECK(pull.exitCode == 2);
  }
}

TEST_CASE("a value that no command takes is refused whatever is typed, in its option's words") {
  ConfiguredTool tool("");
  const auto refusal = [&](const std::string& entry, std::vector<std::string> more) {
    write(tool.file(), section("a", "http://127.0.0.1:9/admin", byFile + entry));
    more.insert(more.begin(), {"pull", "a", "-o", tool.folder / "x.tar"});
    const Tool::Run run = tool.run(more);
    CHECK(run.exitCode == 2);
    return run.errors;
  };
  CHECK(contains(refusal("quiet = \"yes\"\n", {"-q"}), "quiet is true or false"));
  CHECK(contains(refusal("retries = \"many\"\n", {"--retries", "1"}), "retries takes a whole"));
  CHECK(contains(refusal("version-strategy = \"exakt\"\n", {}), "version-strategy takes exact, "));
}

TEST_CASE("a configuration that never ends is refused, and a pipe that somebody writes is read") {
  ConfiguredTool tool(section("a", "https://a.test/admin", byFile));
  tool.variables.emplace_back("WSFERRY_CONFIG=/dev/zero");
  const Tool::Run endless = tool.run({"config", "check"});
  CHECK(endless.exitCode == 2);
  CHECK(contains(endless.errors, "it has more than 1 MB"));

  const std::string pipe = tool.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const Tool::Run idle = tool.run({"config", "check", "--config", pipe});
  CHECK(idle.exitCode == 2);
  CHECK(contains(idle.errors, "a pipe without a writer"));

  ChildProcess child({"/bin/sh", "-c", "cat \"$1\" | \"$0\" config check --config /dev/stdin",
                      WSFERRY_TOOL_PATH, tool.file()},
                     {"PATH=/usr/bin:/bin"}, tool.folder / "errors");
  CHECK(contains(child.readAll(), "/dev/stdin: a\n"));
  child.wait();
}
