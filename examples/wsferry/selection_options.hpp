#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// What of a content is taken, as typed.
struct SelectionOptions {
  std::vector<std::string> only;
  std::vector<std::string> exclude;
  std::vector<std::string> onlyContentTypes;
  std::vector<std::string> excludeContentTypes;
};

void addSelectionOptions(CLI::App& command, SelectionOptions& options);

/// Declares an option that takes a comma list, and no positional argument with it.
CLI::Option* addListOption(CLI::App& command, const char* name, std::vector<std::string>& values,
                           const char* text);

/// @throws Error with Errc::invalidOption.
strapi::TransferFilter resolveSelection(const SelectionOptions& options);

}  // namespace wsferry::tool
