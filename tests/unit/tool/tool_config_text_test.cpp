#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "tool/profiles/config_text.hpp"
#include "tool/profiles/token_command.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/report/tool_error.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::tool;

namespace {

std::string refusalOf(const std::string& text) {
  try {
    const ConfigText config(text, "x.toml");
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(Errc::invalidOption));
    return error.info().message;
  }
  return "accepted";
}

}  // namespace

TEST_CASE("sections have keys with strings, numbers, truth and arrays, each with its line") {
  const ConfigText config(
      "\xEF\xBB\xBF# servers\r\n"
      "\r\n"
      "[production] # the one\r\n"
      "url = \"https://a.test/admin\"\r\n"
      "token-command = 'pass show \"a#b\"' # a comment\n"
      "header = [\n"
      "  \"X-One: a, b\", # first\n"
      "  'X-Two: #2',\n"
      "]\n"
      "protected = true\n"
      "file-connections = 16\n"
      "escaped = \"a\\\\b\\\"c\\td\"\n"
      "[empty]",
      "x.toml");
  REQUIRE(config.sections().size() == 2);
  CHECK(config.sections()[0].name == "production");
  CHECK(config.sections()[0].line == 3);
  CHECK(config.sections()[1].name == "empty");
  REQUIRE(config.entries().size() == 6);
  const auto& entries = config.entries();
  CHECK(entries[0].key == "url");
  CHECK(entries[0].line == 4);
  CHECK(entries[0].values == std::vector<std::string>{"https://a.test/admin"});
  CHECK(entries[1].values == std::vector<std::string>{"pass show \"a#b\""});
  CHECK(entries[2].values == std::vector<std::string>{"X-One: a, b", "X-Two: #2"});
  CHECK(entries[2].line == 6);
  CHECK(entries[3].values == std::vector<std::string>{"true"});
  CHECK(entries[4].values == std::vector<std::string>{"16"});
  CHECK(entries[5].values == std::vector<std::string>{"a\\b\"c\td"});
}

TEST_CASE("a number has no zero before it, which elsewhere makes it octal") {
  for (const char* number : {"07", "010", "00", "[1, 07]"}) {
    INFO(number);
    CHECK(refusalOf(std::string("[a]\nkeep-daily = ") + number + "\n") ==
          "x.toml, line 2: a whole number does not begin with 0");
  }
  CHECK(refusalOf("[a]\nretries = 0\nkeep-daily = 70\n") == "accepted");
}

TEST_CASE("what is no configuration is refused with its line, and not repeated") {
  CHECK(refusalOf("url = \"x\"") == "x.toml, line 1: url comes before the first [NAME]");
  CHECK(refusalOf("[a]\n[b]\n[a]\n") == "x.toml, line 3: [a] is already defined in line 1");
  CHECK(refusalOf("[a]\nurl = 'x'\nurl = 'y'\n") ==
        "x.toml, line 3: url is given in line 2 already");
  for (const char* wrong :
       {"[a]\nurl = secret", "[a]\nurl = \"secret", "[a]\nurl = 'secret",
        "[a]\nurl =", "[a]\nurl = \"secret\" more", "[a]\nsecret", "[a]\nurl = ['x' 'secret']",
        "[a]\nurl = [, 'secret']", "[a]\nurl = ['secret',", "[a]\nurl = \"\\q secret\"",
        "[a]\nsecret.key = 'x'", "[a]\n= 'secret'"}) {
    INFO(wrong);
    const std::string refusal = refusalOf(wrong);
    CHECK(contains(refusal, "x.toml, line 2: "));
    CHECK_FALSE(contains(refusal, "secret"));
  }
  CHECK(refusalOf("[a]\nproxy = # later\n") == "x.toml, line 2: a value is missing");
  CHECK(contains(refusalOf("[a b]"), "line 1"));
  CHECK(contains(refusalOf("[a"), "line 1"));
  CHECK(contains(refusalOf("[[a]]"), "line 1"));
}

TEST_CASE("a token command's output is the token, without its last line break") {
  CHECK(outputOfTokenCommand("printf 'abc\\n'", "command") == "abc");
  CHECK(outputOfTokenCommand("printf 'abc'", "command") == "abc");
  CHECK(outputOfTokenCommand("echo \"a b\" | tr -d ' '", "command") == "ab");
  CHECK(outputOfTokenCommand("cat; echo end", "command") == "end");
}

TEST_CASE("a token command has ended when its process has, whatever becomes of its output") {
  CHECK(outputOfTokenCommand("sleep 90 2>/dev/null & echo abc", "command") == "abc");
  CHECK(outputOfTokenCommand("echo abc; exec >&-; true", "command") == "abc");
}

TEST_CASE("a token command that fails, is slow or says nothing is refused, without its output") {
  const auto refusal = [](const std::string& command, Duration limit = Duration(60'000)) {
    try {
      outputOfTokenCommand(command, "token-command of a", nullptr, limit);
    } catch (const Error& error) {
      CHECK(error.code() == make_error_code(ToolErrc::tokenCommandFailed));
      CHECK(exitCodeFor(error.code()) == ExitCode::authentication);
      CHECK_FALSE(contains(error.info().message, "secret"));
      return error.info().message;
    }
    return std::string("accepted");
  };
  CHECK(refusal("echo secret; exit 3") == "the token-command of a failed with exit code 3");
  CHECK(refusal("true") == "the token-command of a wrote no token to its standard output");
  CHECK(contains(refusal("exec sleep 30", Duration(1'000)), "has not ended within 1 s"));
  CHECK(contains(refusal("exec >&-; exec sleep 30", Duration(1'000)), "has not ended within 1 s"));
  CHECK(contains(refusal("trap '' TERM; sleep 30", Duration(1'000)),
                 "was ended with all that it had started"));
  CHECK(contains(refusal("kill -9 $$"), "was ended by signal 9"));
  CHECK(contains(refusal("head -c 100000 /dev/zero"), "more than 64 KB"));
}
