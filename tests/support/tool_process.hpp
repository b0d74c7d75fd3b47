#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/contains.hpp"
#include "support/temporary_folder.hpp"

/// The built tool, run in a folder of its own, with the testing server's token in the environment.
struct Tool {
  TemporaryFolder folder;
  std::vector<std::string> variables = {"STRAPI_TRANSFER_TOKEN=testing-token"};

  ChildProcess start(std::vector<std::string> arguments, int input = -1) {
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
