#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace wsferry::tool {

/// Why a command line was not understood, for people, in some lines. `arguments` are its words
/// behind the program's name. What was not expected may be a token that went astray: it is repeated
/// only where it is nearly the name of a command or an option, and else told by its place.
std::string usageText(const CLI::App& app, const CLI::ParseError& error,
                      const std::vector<std::string>& arguments);

/// The same for a word in a command's place.
std::string unknownCommandText(const CLI::App& app, const std::string& word,
                               const std::vector<std::string>& arguments);

}  // namespace wsferry::tool
