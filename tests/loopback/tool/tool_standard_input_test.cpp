// Archives from standard input, as `age -d ... | wsferry verify -` gives them.
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using testing::TransferServer;

namespace {

/// Runs a line of the shell, in which $W is the tool.
Tool::Run shell(Tool& tool, const std::string& line) {
  std::vector<std::string> variables = tool.variables;
  variables.push_back("W=" + std::string(WSFERRY_TOOL_PATH));
  variables.push_back("TMPDIR=" + tool.folder.path());
  variables.push_back("PATH=/usr/bin:/bin");
  ChildProcess child({"/bin/sh", "-c", line}, variables, tool.folder / "errors");
  std::string output = child.readAll();
  const int exitCode = child.wait();
  return {exitCode, std::move(output), child.errors()};
}

std::string pulled(Tool& tool, const TransferServer& server, const std::string& name) {
  const std::string file = tool.folder / name;
  const Tool::Run run = tool.run({"pull", server.adminUrl(), "-q", "-o", file});
  INFO(run.errors);
  REQUIRE(run.exitCode == 0);
  return file;
}

}  // namespace

TEST_CASE("an archive comes from a pipe, or from a file that standard input is") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = pulled(tool, server, GENERATE("x.tar", "x.tar.gz"));
  const std::string feed = GENERATE("cat FILE | COMMAND", "COMMAND < FILE");
  const auto line = [&](const std::string& command) {
    std::string result = feed;
    result.replace(result.find("FILE"), 4, file);
    return result.replace(result.find("COMMAND"), 7, command);
  };
  CAPTURE(feed);
  const Tool::Run verified = shell(tool, line("$W verify -"));
  INFO(verified.errors);
  CHECK(verified.exitCode == 0);
  CHECK(contains(verified.output, "whole: no problems found"));
  CHECK_FALSE(contains(verified.output, ", 0 B"));
  const Tool::Run inspected = shell(tool, line("$W inspect -"));
  CHECK(inspected.exitCode == 0);
  CHECK(shell(tool, line("$W diff - " + file)).exitCode == 0);
  CHECK(shell(tool, line("$W diff " + file + " -")).exitCode == 0);
  const std::string copy = tool.folder / "copy.tar";
  const Tool::Run converted = shell(tool, line("$W convert - " + copy + " --force"));
  INFO(converted.errors);
  CHECK(converted.exitCode == 0);
  CHECK(tool.run({"diff", copy, file}).exitCode == 0);
}

TEST_CASE("an archive from a pipe is pushed") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = pulled(tool, server, "x.tar.gz");
  PushServer destination(tool.folder);
  const Tool::Run run =
      shell(tool, "cat " + file + " | $W push - " + destination.url() + " --force");
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "push: /dev/stdin into"));
}

TEST_CASE("a pipe that breaks off is no whole archive") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = pulled(tool, server, "x.tar.gz");
  CHECK(shell(tool, "head -c 2000 " + file + " | $W verify -").exitCode == 5);
  CHECK(shell(tool, "head -c 2000 " + file + " | $W convert - out.tar").exitCode == 5);
  CHECK(shell(tool, "true | $W verify -").exitCode == 5);
}

TEST_CASE("an archive comes from a socket, as some programs start others with one") {
  const TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string file = pulled(tool, server, "x.tar.gz");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"verify", "-"}, {"inspect", "-"}, {"diff", "-", file}}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ChildProcess child = tool.start(words, ends[1]);
    ::close(ends[1]);
    const std::string bytes = readFile(file);
    CHECK(::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
    ::close(ends[0]);
    child.readAll();
    INFO(child.errors());
    CHECK(child.wait() == 0);
  }
}

TEST_CASE("standard input gives one thing only") {
  Tool tool;
  const Tool::Run both = shell(tool, "echo x | $W verify - --key-file -");
  CHECK(both.exitCode == 2);
  CHECK(contains(both.errors, "only one of them can be -"));
  CHECK(shell(tool, "echo x | $W diff - -").exitCode == 2);
}
