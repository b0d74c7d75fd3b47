#include "tool/options/selection_options.hpp"

#include <algorithm>
#include <utility>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::vector<strapi::TransferGroup> groups(const char* option, const std::vector<std::string>& names,
                                          const char* accepted) {
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
                  std::string(option) + " takes " + accepted + ", not '" + name + "'");
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> listItems(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> items;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string_view item = text.substr(begin, end - begin);
    item.remove_prefix(std::min(item.find_first_not_of(blanks), item.size()));
    items.emplace_back(item.substr(0, item.find_last_not_of(blanks) + 1));
    begin = end + 1;
  }
  return items;
}

CLI::Option* addListOption(CLI::App& command, const char* name, std::vector<std::string>& values,
                           const char* text) {
  const auto take = [&values, name](const std::vector<std::string>& given) {
    values.clear();
    for (const std::string& list : given) {
      for (std::string& item : listItems(list)) {
        if (item.empty()) {
          throw CLI::ValidationError(name, "needs values that are not empty, between commas");
        }
        values.push_back(std::move(item));
      }
    }
    return true;
  };
  return command.add_option_function<std::vector<std::string>>(name, take, text)
      ->allow_extra_args(false);
}

void addSelectionOptions(CLI::App& command, SelectionOptions& options, const std::string& groups) {
  const auto add = [&](const char* name, std::vector<std::string>& values, const char* type,
                       const std::string& text) {
    addListOption(command, name, values, text.c_str())
        ->type_name(type)
        ->group("Selection (comma lists)");
  };
  add("--only", options.only, "LIST", "Take only these: " + groups);
  add("--exclude", options.exclude, "LIST",
      "Leave these out: content, files, config, media-library");
  add("--only-content-types", options.onlyContentTypes, "UIDS",
      "Take only these types: uids, or patterns with * and ?");
  add("--exclude-content-types", options.excludeContentTypes, "UIDS",
      "Leave these types out, in the same way");
}

strapi::TransferFilter resolveSelection(const SelectionOptions& options) {
  strapi::TransferFilterOptions filter;
  filter.only = groups("--only", options.only, "content, files and config");
  filter.exclude = groups("--exclude", options.exclude, "content, files, config and media-library");
  filter.onlyContentTypes = options.onlyContentTypes;
  filter.excludeContentTypes = options.excludeContentTypes;
  return strapi::TransferFilter(std::move(filter));
}

bool isSelection(const strapi::TransferFilter& filter) {
  const strapi::TransferFilterOptions& options = filter.options();
  return !(options.only.empty() && options.exclude.empty() && options.onlyContentTypes.empty() &&
           options.excludeContentTypes.empty());
}

std::string leavingOutFiles(const SelectionOptions& options) {
  const auto has = [](const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const char* group : {"files", "media-library"}) {
    if (has(options.exclude, group)) {
      return std::string("--exclude ") + group;
    }
  }
  if (!options.only.empty() && !has(options.only, "files")) {
    return "--only " + options.only.front();
  }
  return options.onlyContentTypes.empty() ? "--exclude-content-types" : "--only-content-types";
}

}  // namespace wsferry::tool
