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

/// Refuses an empty value, which is a script's variable that is not set. @returns the option.
CLI::Option* requireText(CLI::Option* option);

/// Declares an option that takes a comma list, and no positional argument with it. An empty list is
/// refused.
CLI::Option* addListOption(CLI::App& command, const char* name, std::vector<std::string>& values,
                           const char* text);

/// @throws Error with Errc::invalidOption.
strapi::TransferFilter resolveSelection(const SelectionOptions& options);

/// For commands that replace what is selected. @throws Error with Errc::invalidOption for types
/// that never transfer, and where nothing is left to transfer.
void refuseEmptySelection(const strapi::TransferFilter& filter);

}  // namespace wsferry::tool
