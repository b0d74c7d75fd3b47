#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
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

/// `groups` are what --only takes.
void addSelectionOptions(CLI::App& command, SelectionOptions& options,
                         const std::string& groups = "content, files, config");

/// The items of a comma list, without the blanks around them; some may be empty.
std::vector<std::string> listItems(std::string_view text);

/// Declares an option that takes a comma list, and no positional argument with it. Blanks around an
/// item do not count; an item that is empty is refused.
CLI::Option* addListOption(CLI::App& command, const char* name, std::vector<std::string>& values,
                           const char* text);

/// @throws Error with Errc::invalidOption, also for a selection that leaves nothing.
strapi::TransferFilter resolveSelection(const SelectionOptions& options);

/// Whether a filter leaves anything out.
bool isSelection(const strapi::TransferFilter& filter);

/// What of a selection that takes no files leaves them out: `--exclude files`.
std::string leavingOutFiles(const SelectionOptions& options);

}  // namespace wsferry::tool
