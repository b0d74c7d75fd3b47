#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "tool/commands/command_table.hpp"
#include "tool/commands/help_text.hpp"
#include "tool/options/command_line.hpp"
#include "tool/terminal/printable_text.hpp"

using namespace wsferry::tool;

namespace {

using Names = std::set<std::string>;

Names optionsIn(const std::string& text) {
  static const std::regex option("--[a-z][a-z-]*[a-z]");
  return {std::sregex_token_iterator(text.begin(), text.end(), option), {}};
}

/// What each command's help declares: the options at the begin of a line.
std::map<std::string, Names> declaredOptions() {
  static const std::regex declared("\n  (?:-[A-Za-z], )?(--[a-z-]+)");
  CommandLine line;
  std::map<std::string, Names> options;
  for (const CLI::App* command : line.app.get_subcommands({})) {
    const std::string help = helpText(*command, command->get_name(), 80);
    options[command->get_name()] = {
        std::sregex_token_iterator(help.begin(), help.end(), declared, 1), {}};
  }
  return options;
}

/// The sections of the tool's documentation, by the command that they are named after.
std::map<std::string, std::string> documentedSections() {
  std::ifstream file(WSFERRY_DOCS_PATH "/tool.md");
  std::map<std::string, std::string> sections;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, 3, "## ") == 0) {
      section = line.substr(3);
    }
    sections[section] += line + "\n";
  }
  return sections;
}

/// What the tables of a section document: the options of the first column.
Names documentedOptions(const std::string& section) {
  Names options;
  std::istringstream lines(section);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 2, "| ") == 0) {
      const Names named = optionsIn(line.substr(0, line.find(" | ")));
      options.insert(named.begin(), named.end());
    }
  }
  return options;
}

Names without(const Names& all, const Names& known) {
  Names rest;
  std::set_difference(all.begin(), all.end(), known.begin(), known.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

TEST_CASE("every option of every command is documented") {
  std::string documentation;
  for (const auto& [name, text] : documentedSections()) {
    documentation += text;
  }
  Names documented = optionsIn(documentation);
  for (const auto& [command, options] : declaredOptions()) {
    INFO(command);
    CHECK(options.count("--help") == 1);
    CHECK(without(options, documented) == Names{});
  }
}

TEST_CASE("every option that is documented exists, in the command that it is documented for") {
  const auto declared = declaredOptions();
  Names all = {"--version"};
  for (const auto& [command, options] : declared) {
    all.insert(options.begin(), options.end());
  }
  const auto sections = documentedSections();
  for (const auto& [title, text] : sections) {
    INFO(title);
    CHECK(without(optionsIn(text), all) == Names{});
    if (const auto command = declared.find(title); command != declared.end()) {
      CHECK(without(documentedOptions(text), command->second) == Names{});
    }
  }
  for (const Command& command : commandTable()) {
    INFO(command.name);
    const bool explainsItself =
        command.name == std::string("help") || command.name == std::string("version");
    CHECK(sections.count(command.name) == (explainsItself ? 0 : 1));
    CHECK(declared.count(command.name) == 1);
  }
}

TEST_CASE("a command has a help of its own") {
  const CommandLine line;
  CHECK_FALSE(line.app.get_footer().empty());
  for (const CLI::App* command : line.app.get_subcommands([](const CLI::App*) { return true; })) {
    INFO(command->get_name());
    CHECK(command->get_footer() != line.app.get_footer());
    CHECK(command->get_require_subcommand_max() == 0);
  }
}

TEST_CASE("what other programs call a command is the name of no other") {
  Names names;
  for (const Command& command : commandTable()) {
    CHECK(names.insert(command.name).second);
    for (const std::string& other : command.otherNames) {
      CHECK(names.insert(other).second);
    }
  }
}

TEST_CASE("help tells of no option that its command does not have") {
  CommandLine line;
  const auto help = [&line](const char* command) {
    return helpText(*line.app.get_subcommand(command), command, 1000);
  };
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(help("pull"), "(with -o -: standard error)"));
  CHECK(has(help("convert"), "(with OUT -: standard error)"));
  CHECK(has(help("pull"), "Take only these: content, files, config\n"));
  for (const char* command : {"push", "copy"}) {
    CHECK_FALSE(has(help(command), "standard error"));
    CHECK(has(help(command), "Take only these: content, config, and files along with content\n"));
  }
}

TEST_CASE("help fits the width") {
  const auto columns = static_cast<std::size_t>(GENERATE(40, 60, 80, 120));
  CommandLine line;
  for (const CLI::App* command : line.app.get_subcommands({})) {
    std::istringstream help(helpText(*command, "wsferry " + command->get_name(), columns));
    bool isExample = false;
    for (std::string text; std::getline(help, text);) {
      isExample = isExample || text == "Examples:";
      INFO(command->get_name() << ": " << text);
      // Examples stay as they can be pasted, and a long name has no place to break.
      const bool isOneWord = text.find(' ', text.find_first_not_of(' ')) == std::string::npos;
      const bool isName = text.compare(0, 4, "  --") == 0;
      CHECK((displayWidth(text) <= std::max<std::size_t>(isExample ? 80 : 0, columns) ||
             isOneWord || isName));
    }
  }
}

TEST_CASE("help is an option's name, placeholder and purpose, in two columns") {
  CLI::App app("Does it.", "tool");
  std::string file;
  bool fast = false;
  std::string input;
  app.add_option("input", input, "What to do it with")->type_name("INPUT")->required();
  app.add_option("-o,--output", file, "Where it goes, which is told in many words")
      ->type_name("FILE");
  app.add_flag("--fast", fast, "Fast");
  app.footer("Some words about it.\nMore of them.\n\nExamples:\n  tool --fast x");
  CHECK(helpText(app, "tool", 50) ==
        "Does it.\n"
        "\n"
        "usage: tool [OPTIONS] INPUT\n"
        "\n"
        "  INPUT           What to do it with\n"
        "\n"
        "Options:\n"
        "  -h, --help      Print this help message and exit\n"
        "  -o, --output FILE\n"
        "                  Where it goes, which is told in\n"
        "                  many words\n"
        "  --fast          Fast\n"
        "\n"
        "Some words about it. More of them.\n"
        "\n"
        "Examples:\n"
        "  tool --fast x\n");
}

TEST_CASE("no option is explained by -o of a command that has none") {
  static const std::regex other("-o of (pull|wsferry pull)");
  CommandLine line;
  for (const CLI::App* command : line.app.get_subcommands({})) {
    if (command->get_option_no_throw("--output") != nullptr) {
      continue;
    }
    for (const CLI::Option* option : command->get_options({})) {
      const std::string text = std::regex_replace(option->get_description(), other, "that option");
      INFO(command->get_name() << " " << option->get_name() << ": " << text);
      CHECK(text.find(" -o") == std::string::npos);
    }
  }
}
