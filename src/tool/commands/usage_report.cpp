#include "tool/commands/usage_report.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "tool/commands/command_table.hpp"
#include "tool/commands/help_text.hpp"
#include "wsferry/core/nearest_names.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::tool {

namespace {

using Words = std::vector<std::string>;

const CLI::App* parsedCommand(const CLI::App& app) {
  const auto parsed =
      app.get_subcommands([](const CLI::App* command) { return command->parsed(); });
  return parsed.empty() ? nullptr : parsed.front();
}

std::string calledAs(const CLI::App& app, const CLI::App* command) {
  const bool isNone = command == nullptr || command == &app;
  return app.get_name() + (isNone ? "" : " " + command->get_name());
}

std::string listed(const Words& words, const char* last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  }
  return out;
}

Words commandNames(const CLI::App& app) {
  Words names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

// With their dashes, long ones and short ones.
Words optionNames(const CLI::App& command, bool withValueOnly = false) {
  Words names;
  for (const CLI::Option* option : command.get_options({})) {
    if (withValueOnly && option->get_items_expected_max() == 0) {
      continue;
    }
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
    for (const std::string& name : option->get_snames()) {
      names.push_back("-" + name);
    }
  }
  return names;
}

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The names that somebody may have meant by a word: nearly the same, or one that the word begins.
Words namesMeant(const std::string& word, const Words& names) {
  constexpr std::size_t shortestStart = 3;
  const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  Words found = nearestNames(word, names);
  if (!found.empty() || word.size() < dashes + shortestStart) {
    return found;
  }
  std::copy_if(names.begin(), names.end(), std::back_inserter(found),
               [&](const std::string& name) { return name.compare(0, word.size(), word) == 0; });
  return found;
}

bool isOption(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

std::string placeOf(const std::string& word, const Words& arguments) {
  const auto found = std::find(arguments.begin(), arguments.end(), word);
  return found == arguments.end()
             ? std::string("a word")
             : "word " + std::to_string(found - arguments.begin() + 1) + " after `wsferry`";
}

// `--exclude` for `--excluded`. What is glued to it is no secret: those are longer.
Words typingErrors(const std::string& name, const Words& names) {
  constexpr std::size_t farthest = 2;
  Words near = nearestNames(name, names);
  near.erase(std::remove_if(
                 near.begin(), near.end(),
                 [&](const std::string& other) { return editDistance(name, other) > farthest; }),
             near.end());
  return near;
}

// `--output` for `--output-file`.
std::optional<std::string> longestStart(const std::string& name, const Words& names) {
  std::optional<std::string> found;
  for (const std::string& start : names) {
    if (name.compare(0, start.size() + 1, start + "-") == 0 &&
        (!found || start.size() > found->size())) {
      found = start;
    }
  }
  return found;
}

// An option with its value glued to it.
std::optional<std::string> gluedOption(const std::string& name, const CLI::App& command) {
  for (const std::string& option : optionNames(command, true)) {
    if (option.size() > 2 && name.size() > option.size() &&
        name.compare(0, option.size(), option) == 0 && name[option.size()] != '-') {
      return option;
    }
  }
  return std::nullopt;
}

// Of small letters, which no secret is made of.
bool looksLikeWord(const std::string& word) {
  constexpr std::size_t longest = 24;
  return !word.empty() && word.size() <= longest &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos;
}

bool looksLikeOption(const std::string& name) {
  return name.size() > 2 && name.compare(0, 2, "--") == 0 && looksLikeWord(name);
}

// How another command is told what this option says; empty where it is not.
std::string otherWay(const CLI::App& command, const std::string& name) {
  return command.get_name() == "upload" && name == "--raw-audio"
             ? ": say it with patches, such as --patch encoding=linear16 --patch sampleRate=16000 "
               "--patch channels=1"
             : "";
}

// `-q=false`, of which the parser leaves `-=false`; empty for another word.
std::string valueOfShortFlag(const CLI::App& command, const std::string& word,
                             const Words& arguments) {
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const bool isIt = word.compare(0, 2, "-=") == 0 && equals != std::string::npos && equals > 1 &&
                      argument[1] != '-' && argument.compare(equals, argument.npos, word, 1) == 0;
    const CLI::Option* const flag =
        isIt ? command.get_option_no_throw(std::string("-") + argument[equals - 1]) : nullptr;
    if (flag != nullptr && !flag->get_lnames().empty()) {
      const std::string name = "--" + flag->get_lnames().front();
      return placeOf(argument, arguments) + " gives -" + argument[equals - 1] + " a value: only " +
             name + " takes one, as in " + name + "=false";
    }
  }
  return {};
}

std::string unknownOption(const CLI::App& app, const CLI::App& command, const std::string& word,
                          const Words& arguments) {
  const std::string name = word.substr(0, word.find('='));
  const std::string called = "`" + calledAs(app, &command) + "`";
  if (std::string value = valueOfShortFlag(command, word, arguments); !value.empty()) {
    return value;
  }
  if (contains(optionNames(app), name)) {
    return name + " stands without a command: `" + app.get_name() + " " + name + "`";
  }
  for (const CLI::App* other : app.get_subcommands({})) {
    if (contains(optionNames(*other), name)) {
      return called + " does not take " + name + otherWay(command, name);
    }
  }
  const Words names = optionNames(command);
  Words meant = typingErrors(name, names);
  if (meant.empty()) {
    if (const auto option = gluedOption(name, command)) {
      return "a blank or = is needed between " + *option + " and its value";
    }
    meant = namesMeant(name, names);
  }
  const auto start = longestStart(name, names);
  if (meant.empty() && start && looksLikeOption(name)) {
    meant = {*start};
  }
  if (name.size() > 2 && !meant.empty()) {
    return "unknown option " + name + ": did you mean " + listed(meant, " or ") + "?";
  }
  return looksLikeOption(name) ? "unknown option " + name
                               : placeOf(word, arguments) + " is an unknown option of " + called;
}

// An option before the command.
std::string earlyOption(const CLI::App& app, const CLI::App* command, const std::string& word,
                        const Words& arguments) {
  const std::string name = word.substr(0, word.find('='));
  if (command != nullptr && contains(optionNames(*command), name)) {
    return name + " stands before the command: options follow it, as in `" +
           calledAs(app, command) + " " + name + "`";
  }
  return unknownOption(app, command == nullptr ? app : *command, word, arguments);
}

std::string argumentsOf(const CLI::App& command) {
  Words names;
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_positional()) {
      names.push_back("one " + option->get_type_name());
    }
  }
  return names.empty() ? "options only" : listed(names, " and ");
}

std::string unexpectedWord(const CLI::App& app, const CLI::App& command, const Words& words,
                           const Words& arguments) {
  const auto placeIn = [&arguments](const std::string& word) {
    return std::find(arguments.begin(), arguments.end(), word);
  };
  if (placeIn(words.front()) < placeIn(command.get_name())) {
    return "the command comes first: `" + calledAs(app, &command) + "` and then the rest";
  }
  const bool namesOutput = contains(optionNames(command), "--output");
  return placeOf(words.front(), arguments) + " is one too many: " + command.get_name() + " takes " +
         argumentsOf(command) + (namesOutput ? ", and -o FILE names the file to make" : "");
}

// What the command is called here; empty if other programs have none of that name.
std::string ownNameOf(const std::string& word) {
  for (const Command& command : commandTable()) {
    if (contains(command.otherNames, word)) {
      return command.name;
    }
  }
  return {};
}

std::string unknownCommand(const CLI::App& app, const std::string& word, const Words& arguments) {
  const std::string known = ownNameOf(word);
  const Words near = known.empty() ? namesMeant(word, commandNames(app)) : Words{known};
  return near.empty()
             ? placeOf(word, arguments) + " is not a command: " + listed(commandNames(app), " or ")
             : "unknown command " + word + ": did you mean " + listed(near, " or ") + "?";
}

// What the parser has found nothing for; empty if there is no such word.
std::string unexpected(const CLI::App& app, const CLI::App* command, const Words& arguments) {
  if (command == nullptr && !arguments.empty() && !isOption(arguments.front())) {
    return unknownCommand(app, arguments.front(), arguments);  // Whatever follows it.
  }
  const Words early = app.remaining(false);
  const auto option = std::find_if(early.begin(), early.end(), isOption);
  if (option != early.end()) {
    return earlyOption(app, command, *option, arguments);
  }
  if (command == nullptr) {
    return early.empty() ? std::string() : unknownCommand(app, early.front(), arguments);
  }
  const Words late = command->remaining(true);
  const auto lateOption = std::find_if(late.begin(), late.end(), isOption);
  if (lateOption != late.end()) {
    return unknownOption(app, *command, *lateOption, arguments);
  }
  const Words& rest = late.empty() ? early : late;
  return rest.empty() ? std::string() : unexpectedWord(app, *command, rest, arguments);
}

// The parser's name of an option, and how the user knows it.
std::string shownName(const CLI::App& command, const std::string& name) {
  for (const CLI::Option* option : command.get_options({})) {
    if (option->get_name() == name && option->get_positional()) {
      return option->get_type_name();
    }
  }
  return name;
}

// The option that the parser speaks of.
std::string optionIn(const CLI::App& command, const std::string& what) {
  std::string found;
  for (const std::string& name : optionNames(command)) {
    if (name.size() > found.size() && what.find(name) != std::string::npos) {
      found = name;
    }
  }
  return found.empty() ? "an option" : found;
}

std::string mismatch(const CLI::App& command, const std::string& what) {
  constexpr std::string_view missing = " missing";
  const std::string name = optionIn(command, what);
  const bool isMissing = what.size() > missing.size() &&
                         what.compare(what.size() - missing.size(), missing.size(), missing) == 0;
  return name + (isMissing ? " needs a value" : " is given more than once");
}

// Of a command whose first word says what to do: `config check`, `profile show NAME`. Empty for
// another one, or if that word is right.
std::string actionProblem(const CLI::App& command, const Words& arguments) {
  const CLI::Option* const action = command.get_option_no_throw("action");
  if (action == nullptr ||
      (action->count() > 0 && action->results().front() == action->get_type_name())) {
    return {};
  }
  const std::string word = action->count() == 0 ? std::string() : action->results().front();
  return (word.empty()          ? "an action is missing"
          : looksLikeWord(word) ? "unknown action " + word
                                : placeOf(word, arguments) + " is not an action") +
         ": the only one is `" + calledAs(*command.get_parent(), &command) + " " +
         action->get_type_name() + "`";
}

// What to name instead of a vendor's profile that is missing; empty elsewhere.
std::string profilesOf(const CLI::App& command) {
  return command.get_name() == "profile"
             ? "; profiles are " + listed(gateway::profileNames(), " and ")
             : "";
}

// The parser's own words may repeat values.
std::string problem(const CLI::App& command, const CLI::ParseError& error, const Words& arguments) {
  const std::string what = error.what();
  const auto around = [&](const std::string& middle, const std::string& instead) {
    const std::size_t at = what.find(middle);
    return at == std::string::npos ? what
                                   : shownName(command, what.substr(0, at)) + instead +
                                         shownName(command, what.substr(at + middle.size()));
  };
  if (error.get_name() == "RequiredError") {
    const std::string action = actionProblem(command, arguments);
    return (action.empty() ? around(" is required", " is missing") : action) + profilesOf(command);
  }
  if (error.get_name() == "ExcludesError") {
    return around(" excludes ", " cannot be given together with ");
  }
  if (error.get_name() == "RequiresError") {
    return around(" requires ", " needs ");
  }
  if (error.get_name() == "ArgumentMismatch") {
    return mismatch(command, what);
  }
  if (error.get_name() == "ValidationError") {
    return around(": ", " ");
  }
  return optionIn(command, what) + " is given a value that it does not take";
}

std::string framed(const CLI::App& app, const CLI::App* command, const std::string& text) {
  const std::string called = calledAs(app, command);
  return "wsferry: " + text + "\n  " + usageLine(command == nullptr ? app : *command, called) +
         "\n  `" + called + " --help` tells more.\n";
}

}  // namespace

std::string unknownCommandText(const CLI::App& app, const std::string& word,
                               const Words& arguments) {
  return framed(app, nullptr, unknownCommand(app, word, arguments));
}

std::string usageText(const CLI::App& app, const CLI::ParseError& error, const Words& arguments) {
  const CLI::App* command = parsedCommand(app);
  std::string text = unexpected(app, command, arguments);
  if (text.empty()) {
    text = command == nullptr ? "a command is missing: " + listed(commandNames(app), " or ")
                              : problem(*command, error, arguments);
  }
  return framed(app, command, text);
}

}  // namespace wsferry::tool
