#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/contains.hpp"
#include "support/temporary_folder.hpp"

namespace support {

/// The built tool with a folder of its own, and the testing server's token in the environment.
struct Tool {
  TemporaryFolder folder;
  std::vector<std::string> variables = {"STRAPI_TRANSFER_TOKEN=testing-token"};

  ChildProcess start(std::vector<std::string> arguments, int input = -1) {
    // Most failures are there to be looked at, and no other attempt would be without them.
    const std::set<std::string> repeated = {"pull", "push", "copy"};
    const bool isRepeated = arguments.size() > 2 && repeated.count(arguments.front()) != 0;
    if (isRepeated &&
        std::find(arguments.begin(), arguments.end(), "--retries") == arguments.end()) {
      arguments.insert(arguments.end(), {"--retries", "0"});
    }
    arguments.insert(arguments.begin(), WSFERRY_TOOL_PATH);
    return ChildProcess(arguments, variables, errors_ / "errors", input);
  }

  struct Run {
    int exitCode;
    std::string output;
    std::string errors;
  };
  Run run(const std::vector<std::string>& arguments) {
    ChildProcess child = start(arguments);
    std::string output = child.readAll();
    const int exitCode = child.wait();
    return {exitCode, std::move(output), child.errors()};
  }

 private:
  TemporaryFolder errors_;
};

}  // namespace support
