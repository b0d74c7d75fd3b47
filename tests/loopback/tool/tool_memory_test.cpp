// The tool with too little memory: whatever it gets, it says how it ended, and leaves nothing
// behind.
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/sanitized.hpp"
#include "support/tool_process.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

#ifndef WSFERRY_SANITIZED

using namespace support;
using namespace wsferry;

namespace {

/// Runs the tool with so much address space, in KiB.
Tool::Run runWithin(Tool& tool, unsigned limit, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"/bin/sh", "-c",
                                  "ulimit -v " + std::to_string(limit) + "; exec \"$0\" \"$@\"",
                                  WSFERRY_TOOL_PATH};
  all.insert(all.end(), arguments.begin(), arguments.end());
  ChildProcess child(all, tool.variables, tool.folder / "errors", -1);
  std::string output = child.readAll();
  const int exitCode = child.wait();
  return {exitCode, std::move(output), child.errors()};
}

// What starts at all.
unsigned leastMemory(Tool& tool) {
  unsigned limit = 30'000;
  while (runWithin(tool, limit, {"--version"}).exitCode != 0) {
    limit += 2'000;
    REQUIRE(limit < 2'000'000);
  }
  return limit;
}

}  // namespace

TEST_CASE("a pull without enough memory says so and leaves nothing") {
  testing::TransferServer server(testing::sampleContent());
  Tool tool;
  const std::string target = tool.folder / "archive.tar";
  const unsigned least = leastMemory(tool);
  bool hasFailed = false;
  bool hasSucceeded = false;
  for (unsigned limit = least; limit < least + 80'000 && !hasSucceeded; limit += 2'000) {
    CAPTURE(limit);
    const Tool::Run run = runWithin(tool, limit, {"pull", server.adminUrl(), "-o", target, "-q"});
    CAPTURE(run.errors);
    hasSucceeded = run.exitCode == 0;
    hasFailed = hasFailed || !hasSucceeded;
    if (!hasSucceeded) {
      CHECK(run.exitCode == 5);
      CHECK_FALSE(run.errors.empty());
      CHECK(tool.folder.names() == std::set<std::string>{"errors"});
    }
  }
  CHECK(hasFailed);
  CHECK(hasSucceeded);
}

#endif
