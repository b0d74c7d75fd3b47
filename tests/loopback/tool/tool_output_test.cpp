// What reaches the eye: terminals, outputs that meet in one pipe, and the words of failures.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/tool_process.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::GatewayFault;
using testing::GatewayServer;
using testing::GatewayServerOptions;

namespace {

/// A terminal to write to, of the test's own.
class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns)
      : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    slave_ = ::open(path().c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave_ >= 0);
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    REQUIRE(::ioctl(master_, TIOCSWINSZ, &size) == 0);
  }
  ~PseudoTerminal() {
    ::close(slave_);
    ::close(master_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  std::string path() const { return ::ptsname(master_); }

  /// What was written, once nobody writes any more.
  std::string readAll() {
    REQUIRE(::fcntl(master_, F_SETFL, O_NONBLOCK) == 0);
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(master_, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }

 private:
  int master_;
  int slave_ = -1;
};

std::string shellQuoted(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    line += "'" + word + "' ";
  }
  return line;
}

std::string audioFile(const TemporaryFolder& folder) {
  std::string path = folder / "audio";
  std::ofstream(path, std::ios::binary) << std::string(32'000, '\x01');
  return path;
}

}  // namespace

TEST_CASE("progress lives on a terminal, within its width, with NO_COLOR as well") {
  testing::TransferServer server(testing::sampleContent());
  const TemporaryFolder folder;
  PseudoTerminal terminal(30);
  std::vector<std::string> variables = {"STRAPI_TRANSFER_TOKEN=testing-token", "TERM=xterm"};
  const bool isDumb = GENERATE(false, true);
  if (isDumb) {
    variables[1] = "TERM=dumb";
  } else {
    variables.push_back("NO_COLOR=1");
  }
  ChildProcess child({WSFERRY_TOOL_PATH, "pull", server.adminUrl(), "-o", folder / "x.tar"},
                     variables, terminal.path());
  child.readAll();
  CHECK(child.wait() == 0);
  const std::string screen = terminal.readAll();
  CHECK(contains(screen, "assets: "));
  // The terminal puts a carriage return before each line break; a live line has one alone.
  std::size_t redrawn = 0;
  for (std::size_t at = screen.find('\r'); at != std::string::npos;
       at = screen.find('\r', at + 1)) {
    if (screen.compare(at, 2, "\r\n") != 0) {
      ++redrawn;
      // What ends in a line break is a line that stays, and may be longer.
      const std::size_t end = std::min(screen.find('\r', at + 1), screen.size());
      CHECK((screen.compare(end, 2, "\r\n") == 0 ||
             tool::displayWidth(screen.substr(at + 1, end - at - 1)) < 30));
    }
  }
  CHECK((redrawn > 0) == !isDumb);
}

TEST_CASE("raw results that end within a line are not continued by the verdict") {
  const GatewayServer server;
  const TemporaryFolder folder;
  const std::vector<std::string> arguments = {
      WSFERRY_TOOL_PATH, "stream", server.url(),         audioFile(folder), "--template", "t",
      "--format",        "raw",    "--format-parameter", "format"};
  ChildProcess child({"/bin/sh", "-c", "exec " + shellQuoted(arguments) + " 2>&1"},
                     {"WS_GATEWAY_API_KEY=testing-key"}, folder / "errors");
  const std::string output = child.readAll();
  CHECK(child.wait() == 0);
  CHECK(contains(output, "\ncomplete: "));
  CHECK(contains(output, "one"));
}

TEST_CASE("a stream that fails says so on standard error with --json, too") {
  GatewayServerOptions options;
  options.apiKey = "another";
  const GatewayServer server(options);
  Tool tool;
  tool.variables = {"WS_GATEWAY_API_KEY=testing-key"};
  const Tool::Run run =
      tool.run({"stream", server.url(), audioFile(tool.folder), "--template", "t", "--json"});
  CHECK(run.exitCode == 3);
  CHECK(contains(run.output, R"("outcome":"refused")"));
  CHECK(contains(run.errors, "wsferry: "));
  CHECK(contains(run.errors, "401"));
}

TEST_CASE("failures speak of the tool's options, and not of the library's") {
  struct Case {
    std::vector<std::string> arguments;
    const char* words;
  };
  Tool tool;
  const std::string audio = audioFile(tool.folder);
  std::ofstream(tool.folder / "list.json") << "[]";
  const std::string list = tool.folder / "list.json";
  const std::string gateway = "wss://127.0.0.1:1/v1/";
  const std::vector<Case> cases = {
      {{gateway, audio, "--configuration", list}, "The configuration must be one JSON object"},
      {{gateway, audio, "--bearer", "t", "--auth-placement", "subprotocol", "--subprotocol", "x"},
       "contains {token}"},
      {{gateway, audio, "--api-key", "k", "--header", "Authorization: x"}, "Authorization"},
      {{gateway, audio, "--format", "raw"}, "name of the query parameter"},
      {{gateway + "?egress=false", audio}, "The query parameter \"egress\""},
      {{gateway + "?persist=true", audio, "--persist"}, "The query parameter \"persist\""}};
  for (const Case& one : cases) {
    std::vector<std::string> arguments = {"stream", "--template", "t"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
    const Tool::Run run = tool.run(arguments);
    INFO(run.errors);
    CHECK(run.exitCode == 2);
    CHECK(contains(run.errors, one.words));
    CHECK_FALSE(contains(run.errors, "::"));
  }
}

TEST_CASE("an existing target is refused before the work, with advice that is not followed yet") {
  testing::TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = tool.folder / "backup.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-o", file}).exitCode == 0);
  const auto connections = server.log().connections;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-o", file});
  CHECK(run.exitCode == 6);
  CHECK(server.log().connections == connections);
  CHECK(contains(run.errors, "replace it with --force"));
  const std::string folder = tool.folder / "other";
  REQUIRE(::mkdir(folder.c_str(), 0700) == 0);
  std::ofstream(folder + "/precious") << "x";
  const Tool::Run other = tool.run({"convert", file, folder, "--format", "dir", "--force"});
  CHECK(other.exitCode == 6);
  CHECK_FALSE(contains(other.errors, "--force"));
}

TEST_CASE("credentials in the URL of a server are in no output") {
  testing::TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = tool.folder / "backup.tar";
  REQUIRE(tool.run({"pull", server.adminUrl(), "-o", file}).exitCode == 0);
  const std::string url = server.adminUrl() + "?api_key=hush-hush";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"pull", url, "-o", tool.folder / "again.tar", "--json", "-v"},
        std::vector<std::string>{"diff", file, url, "--json"},
        std::vector<std::string>{"push", file, url, "--dry-run"}}) {
    const Tool::Run run = tool.run(arguments);
    CHECK_FALSE(contains(run.output + run.errors, "hush"));
  }
}
