#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// The logos of the admin panel. They are not files of the media library: a record of the
/// configuration names them, and newer servers put their bytes into that record. A record without
/// the bytes refers to a file that is not transferred.
class ProjectLogos {
 public:
  /// A record that is JSON.
  void add(const ConfigurationView& configuration) {
    if (configuration.type != "core-store" ||
        configuration.value.find(settingsKey) == std::string_view::npos) {
      return;
    }
    bool isSettings = false;
    std::string_view settings;
    JsonCursor cursor(configuration.value);
    forEachMember(cursor, [&](std::string_view name) {
      const bool isKey = name == "key";
      const bool isValue = name == "value";
      const std::string_view value = cursor.skipValue();
      isSettings = isKey ? jsonStringOf(value) == settingsKey : isSettings;
      settings = isValue ? value : settings;
    });
    if (isSettings && isJsonObject(settings)) {
      addSettings(settings);
    }
  }

  /// One for each that came without its file. Checks and transfers use the same words, so that they
  /// need not be shown twice.
  std::vector<std::string> remarks() const {
    std::vector<std::string> remarks;
    for (const auto& [logo, url] : withoutFile_) {
      remarks.push_back("the file of the admin panel's " + logo + ", " + printable(url, 300) +
                        ", did not arrive: it is not part of the media library, and only newer "
                        "versions of Strapi, such as 5.54, send it, if it exists");
    }
    return remarks;
  }

 private:
  static constexpr std::string_view settingsKey = "core_admin_project-settings";

  void addSettings(std::string_view settings) {
    JsonCursor cursor(settings);
    forEachMember(cursor, [&](std::string_view name) {
      const bool isLogo = name == "menuLogo" || name == "authLogo";
      const std::string logo(isLogo ? name : std::string_view());
      const std::string_view value = cursor.skipValue();
      if (isLogo && isJsonObject(value)) {
        addLogo(logo, value);
      }
    });
  }

  void addLogo(const std::string& logo, std::string_view json) {
    std::string url;
    bool hasFile = false;
    JsonCursor cursor(json);
    forEachMember(cursor, [&](std::string_view name) {
      const bool isUrl = name == "url";
      const bool isFile = name == "__transferBuffer";
      const std::string_view value = cursor.skipValue();
      url = isUrl ? jsonStringOf(value).value_or("") : url;
      hasFile = isFile ? !rawJsonStringOf(value).empty() : hasFile;
    });
    if (!url.empty() && !hasFile) {
      withoutFile_.emplace(logo, url.substr(0, url.find('?')));
    }
  }

  std::map<std::string, std::string> withoutFile_;  ///< Logo and URL: two at most.
};

}  // namespace wsferry::strapi
