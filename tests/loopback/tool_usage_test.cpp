#include <string>
#include <vector>

#include "catch.hpp"
#include "loopback/tool_process.hpp"

namespace {

struct Expected {
  std::vector<std::string> arguments;
  std::string words;
};

}  // namespace

TEST_CASE("what is not known is named where it is nearly right") {
  const Expected expected = GENERATE(
      Expected{{"pul"}, "unknown command pul: did you mean pull?"},
      Expected{{"help", "pul"}, "unknown command pul: did you mean pull?"},
      Expected{{"pull", "--ouput", "x"}, "unknown option --ouput: did you mean --output?"},
      Expected{{"verify", "--jsno"}, "unknown option --jsno: did you mean --json?"},
      Expected{{"pull", "--recursive"}, "unknown option --recursive"},
      Expected{{"inspect", "x", "--output=y"}, "`wsferry inspect` does not take --output"},
      Expected{{"--json", "pull", "x"}, "as in `wsferry pull --json`"},
      Expected{{"pull", "--version"}, "`wsferry --version`"},
      Expected{{"verify"}, "ARCHIVE is missing"}, Expected{{}, "a command is missing: pull, push,"},
      Expected{{"pull", "-o"}, "--output needs a value"},
      Expected{{"pull", "-o", "a", "-o", "b"}, "--output is given more than once"},
      Expected{{"pull", "--json=perhaps"}, "--json is given a value"},
      Expected{{"pull", "--key", "k", "--key-file", "f"}, "--key cannot be given together with"},
      Expected{{"serve", "--sample", "--port", "70000"},
               "--port takes a whole number from 0 to 65535, not 70000"},
      Expected{{"pull", "--ping-interval", "30x"}, "--ping-interval takes 0, or a time from 1ms"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, expected.words));
  CHECK(contains(run.errors, "--help` tells more"));
}

TEST_CASE("what was not expected and may be a secret is told by its place") {
  const Expected expected = GENERATE(
      Expected{{"hush-4711"}, "word 1 behind `wsferry` is no command"},
      Expected{{"help", "hush-4711"}, "word 2 behind `wsferry` is no command"},
      Expected{{"pull", "x", "hush-4711"}, "word 3 behind `wsferry` is one more than"},
      Expected{{"pull", "x", "--hush-4711"}, "word 3 behind `wsferry` is an option that"},
      Expected{{"stream", "-khush-4711", "x", "y"}, "word 2 behind `wsferry` is an option that"},
      Expected{{"pull", "--tokenhush-4711"}, "between --token and its value"},
      Expected{{"pull", "--unknown=hush-4711"}, "unknown option --unknown"},
      Expected{{"stream", "x", "y", "--keep-alive", "hush-4711"}, "--keep-alive takes ping, "},
      Expected{{"pull", "--max-retries", "hush-4711"}, "--max-retries takes a whole number"});
  Tool tool;
  const Tool::Run run = tool.run(expected.arguments);
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, expected.words));
  CHECK_FALSE(contains(run.errors, "hush"));
}

TEST_CASE("help and the version are there under every name that people try") {
  Tool tool;
  const std::string help = tool.run({"--help"}).output;
  CHECK(contains(help, "usage: wsferry COMMAND"));
  CHECK(tool.run({"help"}).output == help);
  CHECK(tool.run({"-h"}).output == help);
  const std::string pull = tool.run({"pull", "--help"}).output;
  CHECK(contains(pull, "usage: wsferry pull [OPTIONS] [ADMIN_URL]"));
  CHECK(tool.run({"help", "pull"}).output == pull);
  const Tool::Run version = tool.run({"--version"});
  CHECK(version.exitCode == 0);
  CHECK(version.output == "wsferry " WSFERRY_VERSION "\n");
  CHECK(tool.run({"-V"}).output == version.output);
  CHECK(tool.run({"version"}).output == version.output);
}

TEST_CASE("help that nobody gets is no success") {
  const std::string arguments = GENERATE("--help", "help", "pull --help", "--version", "version");
  const TemporaryFolder folder;
  ChildProcess child(
      {"/bin/sh", "-c", "exec \"$0\" " + arguments + " > /dev/full", WSFERRY_TOOL_PATH}, {},
      folder / "errors");
  CHECK(child.wait() == 5);
  CHECK(contains(child.errors(), "standard output could not be written"));
}
