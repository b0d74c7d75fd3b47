#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

namespace wsferry::tool {

/// The help of a command, `name` as it is called, in lines of at most `columns`: only a word, or a
/// line of the footer that begins with two blanks, an example, may be longer.
std::string helpText(const CLI::App& command, const std::string& name, std::size_t columns);

/// `usage: wsferry pull [OPTIONS] [ADMIN_URL]`, without a line break.
std::string usageLine(const CLI::App& command, const std::string& name);

}  // namespace wsferry::tool
