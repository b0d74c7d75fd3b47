// The command lines of examples/deploy and of the guides are ones that the tool takes.
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "tool/options/command_line.hpp"

using namespace wsferry::tool;

namespace {

using Words = std::vector<std::string>;

std::string contentOf(const std::string& name) {
  std::ifstream file(WSFERRY_DOCS_PATH "/../" + name);
  REQUIRE(file);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// The words of a line of a shell, operators among them.
Words wordsOf(const std::string& line) {
  Words words;
  std::string word;
  char quote = 0;
  for (const char c : line + " ") {
    if (quote != 0 || c == '\'' || c == '"') {
      quote = quote == c ? char(0) : quote != 0 ? quote : c;
      word += c == quote || quote == 0 ? std::string() : std::string(1, c);
    } else if (c != ' ' && c != '\t') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

bool isTool(const std::string& word) {
  static const std::regex tool("wsferry|.*bin/wsferry");
  return std::regex_match(word, tool);
}

bool endsCommand(const std::string& word) {
  return word == "|" || word == "&&" || word == ">" || word.back() == ';';
}

/// What follows the tool's name in each of its command lines; comments are none.
std::vector<Words> commandsOfShell(const std::string& text) {
  const std::string joined = std::regex_replace(text, std::regex(R"(\\\n)"), " ");
  std::vector<Words> commands;
  std::istringstream lines(joined);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind('#', 0) == 0) {
      continue;
    }
    bool isOfTool = false;
    for (const std::string& word : wordsOf(line)) {
      if (isTool(word)) {
        commands.emplace_back();
        isOfTool = true;
      } else if (endsCommand(word)) {
        isOfTool = false;
      } else if (isOfTool) {
        commands.back().push_back(word);
      }
    }
  }
  return commands;
}

/// What a guide writes for others to fill in, and what the tool takes there.
std::string filledIn(std::string line) {
  static const std::vector<std::pair<std::regex, std::string>> table = {
      {std::regex(" {2,}.*"), ""},  // What is said of the command.
      {std::regex(R"(\[-k KEY \| --key-file FILE\])"), "--key-file FILE"},
      {std::regex(R"(ARCHIVE \| --sample)"), "ARCHIVE"},
      {std::regex(R"(NAME\|FILE)"), "NAME"},
      {std::regex(R"([\[\]])"), ""},  // Around what may be left out.
      {std::regex(R"(([A-Z])\.\.\.)"), "$1"},
      {std::regex(R"((--[a-z-]+) N\b)"), "$1 1"},
      {std::regex("PLACE=KIND"), "audio=reset"},
      {std::regex("COMMAND"), "pull"},
      // In the list of commands, without what they need.
      {std::regex("(results STREAM_ID)$"), "$1 --egress-url URL"},
      {std::regex("(upload FILE)$"), "$1 --upload-url URL"}};
  for (const auto& [written, taken] : table) {
    line = std::regex_replace(line, written, taken);
  }
  return line;
}

/// The lines of the blocks of code of a guide, each command on one.
std::string blocksOf(const std::string& guide) {
  static const std::regex folded(R"(\\\n *)");
  std::istringstream lines(std::regex_replace(guide, folded, " "));
  std::string blocks;
  bool isBlock = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0) {
      isBlock = !isBlock;
    } else if (isBlock) {
      blocks += filledIn(line) + "\n";
    }
  }
  return blocks;
}

/// The lists of arguments of containers.
std::vector<Words> commandsOfYaml(const std::string& text) {
  static const std::regex list(R"((?:args|command): \[([^\]]*)\])");
  static const std::regex item("\"([^\"]*)\"");
  std::vector<Words> commands;
  for (std::sregex_iterator found(text.begin(), text.end(), list), end; found != end; ++found) {
    const std::string items = (*found)[1];
    commands.push_back({std::sregex_token_iterator(items.begin(), items.end(), item, 1), {}});
  }
  return commands;
}

void requireParsed(const Words& words) {
  std::string shown;
  for (const std::string& word : words) {
    shown += word + " ";
  }
  INFO(shown);
  CommandLine line;
  CHECK_NOTHROW(line.parse(words));
}

}  // namespace

TEST_CASE("the tool takes the command lines of the examples for deployment") {
  const std::map<std::string, std::size_t> shells = {
      {"wsferry-backup.service", 1}, {"crontab", 2}, {"README.md", 8}};
  for (const auto& [name, count] : shells) {
    INFO(name);
    const auto commands = commandsOfShell(contentOf("examples/deploy/" + name));
    CHECK(commands.size() == count);
    for (const Words& words : commands) {
      requireParsed(words);
    }
  }
  for (const char* name : {"kubernetes.yaml", "compose.yaml"}) {
    INFO(name);
    const auto commands = commandsOfYaml(contentOf(std::string("examples/deploy/") + name));
    REQUIRE(commands.size() == 1);
    CHECK(commands.front().size() > 5);
    requireParsed(commands.front());
  }
}

TEST_CASE("the tool takes the command lines of the guides") {
  const std::map<std::string, std::size_t> guides = {
      {"README.md", 19}, {"docs/restore.md", 12}, {"docs/tool.md", 52}};
  for (const auto& [name, count] : guides) {
    INFO(name);
    const auto commands = commandsOfShell(blocksOf(contentOf(name)));
    CHECK(commands.size() == count);
    for (const Words& words : commands) {
      requireParsed(words);
    }
  }
}

TEST_CASE("an option that the tool does not have is found in them") {
  const auto shell =
      commandsOfShell("30 1 * * * /usr/bin/wsferry pull x --keep-dayly 7 \\\n  -q\n");
  REQUIRE(shell.size() == 1);
  CHECK(shell.front() == Words{"pull", "x", "--keep-dayly", "7", "-q"});
  CHECK_THROWS(CommandLine().parse(shell.front()));
  const auto yaml =
      commandsOfYaml("  args: [\"pull\", \"x\",\n         \"--keep-dayly\", \"7\"]\n");
  REQUIRE(yaml.size() == 1);
  CHECK(yaml.front() == Words{"pull", "x", "--keep-dayly", "7"});
}
