#include "tool/commands/help_text.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

namespace wsferry::tool {

namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widestNames = 30;

// Words in lines of at most `columns`, each behind `indentation` blanks but the first, which begins
// at column `at`.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t indentation,
                    std::size_t at) {
  std::string out;
  std::istringstream words(text);
  bool isFirst = true;
  for (std::string word; words >> word; isFirst = false) {
    if (!isFirst && at + 1 + word.size() > columns) {
      out += "\n" + std::string(indentation, ' ');
      at = indentation;
    } else if (!isFirst) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
  }
  return out;
}

// A name in the left column, and what it is for in the right one.
std::string row(const std::string& name, const std::string& text, std::size_t columns) {
  const std::size_t indentation = std::min(widestNames, columns * 3 / 8);
  std::string out = "  " + name;
  if (out.size() + 2 > indentation) {
    out += "\n" + std::string(indentation, ' ');
  } else {
    out.resize(indentation, ' ');
  }
  return out + wrapped(text, columns, indentation, indentation) + "\n";
}

std::string shownOptionName(const CLI::Option& option) {
  if (option.get_positional()) {
    return option.get_type_name();
  }
  std::string name;
  for (const std::string& letter : option.get_snames()) {
    name += (name.empty() ? "-" : ", -") + letter;
  }
  for (const std::string& word : option.get_lnames()) {
    name += (name.empty() ? "--" : ", --") + word;
  }
  return option.get_type_size() == 0 ? name : name + " " + option.get_type_name();
}

std::vector<const CLI::Option*> optionsOf(const CLI::App& command, const std::string& group,
                                          bool positional) {
  return command.get_options([&](const CLI::Option* option) {
    return option->get_positional() == positional && (positional || option->get_group() == group);
  });
}

std::string groupText(const std::string& title, const std::vector<const CLI::Option*>& options,
                      std::size_t columns) {
  std::string out;
  for (const CLI::Option* option : options) {
    out += row(shownOptionName(*option), option->get_description(), columns);
  }
  const std::string head = title.empty() ? title : wrapped(title + ":", columns, 2, 0) + "\n";
  return out.empty() ? out : "\n" + head + out;
}

// Paragraphs, and examples as they are.
std::string footerText(const std::string& footer, std::size_t columns) {
  std::istringstream lines(footer);
  std::string out;
  std::string paragraph;
  const auto endParagraph = [&] {
    if (!paragraph.empty()) {
      out += wrapped(paragraph, columns, 0, 0) + "\n";
      paragraph.clear();
    }
  };
  for (std::string line; std::getline(lines, line);) {
    const bool isExample = line.compare(0, 2, "  ") == 0;
    if (isExample || line.empty()) {
      endParagraph();
      out += line + "\n";
    } else {
      paragraph += line + " ";
    }
  }
  endParagraph();
  return out.empty() ? out : "\n" + out;
}

}  // namespace

std::string usageLine(const CLI::App& command, const std::string& name) {
  std::string line = "usage: " + name;
  const bool hasCommands = !command.get_subcommands({}).empty();
  line += hasCommands ? " COMMAND" : " [OPTIONS]";
  for (const CLI::Option* option : optionsOf(command, {}, true)) {
    const bool isList = option->get_expected_max() > 1;
    const std::string argument = option->get_type_name() + (isList ? "..." : "");
    line += option->get_required() ? " " + argument : " [" + argument + "]";
  }
  return line;
}

std::string helpText(const CLI::App& command, const std::string& name, std::size_t columns) {
  columns = std::max(columns, narrowest);
  std::string out = wrapped(command.get_description(), columns, 0, 0) + "\n\n" +
                    wrapped(usageLine(command, name), columns, 4, 0) + "\n";
  std::string commands;
  for (const CLI::App* subcommand : command.get_subcommands({})) {
    commands += row(subcommand->get_name(), subcommand->get_description(), columns);
  }
  out += commands.empty() ? commands : "\nCommands:\n" + commands;
  out += groupText({}, optionsOf(command, {}, true), columns);
  for (const std::string& group : command.get_groups()) {
    out += groupText(group, optionsOf(command, group, false), columns);
  }
  return out + footerText(command.get_footer(), columns);
}

}  // namespace wsferry::tool
