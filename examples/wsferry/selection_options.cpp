#include "selection_options.hpp"

#include <algorithm>
#include <utility>

#include "printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

std::vector<strapi::TransferGroup> groups(const char* option,
                                          const std::vector<std::string>& names) {
  std::vector<strapi::TransferGroup> result;
  for (const std::string& name : names) {
    if (name == "content") {
      result.push_back(strapi::TransferGroup::content);
    } else if (name == "files") {
      result.push_back(strapi::TransferGroup::files);
    } else if (name == "config") {
      result.push_back(strapi::TransferGroup::config);
    } else if (name == "media-library") {
      result.push_back(strapi::TransferGroup::mediaLibrary);
    } else {
      throw Error(Errc::invalidOption,
                  std::string(option) + " takes content, files, config and media-library, not '" +
                      name + "'");
    }
  }
  return result;
}

}  // namespace

CLI::Option* requireText(CLI::Option* option) {
  return option->check(
      [](const std::string& text) {
        return text.empty() ? std::string("needs a value that is not empty") : std::string();
      },
      "");
}

CLI::Option* addListOption(CLI::App& command, const char* name, std::vector<std::string>& values,
                           const char* text) {
  return requireText(
      command.add_option(name, values, text)->delimiter(',')->allow_extra_args(false));
}

void addSelectionOptions(CLI::App& command, SelectionOptions& options) {
  const auto add = [&](const char* name, std::vector<std::string>& values, const char* type,
                       const char* text) {
    addListOption(command, name, values, text)->type_name(type)->group("Selection (comma lists)");
  };
  add("--only", options.only, "LIST", "Take these only: content, files, config");
  add("--exclude", options.exclude, "LIST",
      "Leave these out: content, files, config, media-library");
  add("--only-content-types", options.onlyContentTypes, "UIDS", "Take these types only, by uid");
  add("--exclude-content-types", options.excludeContentTypes, "UIDS",
      "Leave these types out, by uid");
}

strapi::TransferFilter resolveSelection(const SelectionOptions& options) {
  strapi::TransferFilterOptions filter;
  filter.only = groups("--only", options.only);
  filter.exclude = groups("--exclude", options.exclude);
  filter.onlyContentTypes = options.onlyContentTypes;
  filter.excludeContentTypes = options.excludeContentTypes;
  return strapi::TransferFilter(std::move(filter));
}

void refuseEmptySelection(const strapi::TransferFilter& filter) {
  const std::vector<std::string>& types = filter.options().onlyContentTypes;
  for (const std::string& type : types) {
    if (strapi::isNeverTransferred(type)) {
      throw Error(Errc::invalidOption, "--only-content-types names " + printable(type, 100) +
                                           ", which is never transferred");
    }
  }
  const bool hasTypes =
      types.empty() || std::any_of(types.begin(), types.end(), [&](const std::string& type) {
        return filter.includesType(type);
      });
  const bool hasContent = hasTypes && filter.includes(TransferStage::entities);
  if (!hasContent && !filter.includes(TransferStage::assets) &&
      !filter.includes(TransferStage::configuration)) {
    throw Error(Errc::invalidOption, "the selection leaves nothing to transfer");
  }
}

}  // namespace wsferry::tool
