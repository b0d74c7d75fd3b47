#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/glob.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/nearest_names.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"
#include "wsferry/strapi/detail/selection/is_among.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::strapi::detail {

inline bool matchesAny(const std::vector<std::string>& patterns, std::string_view uid) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [uid](const std::string& pattern) { return matchesGlob(pattern, uid); });
}

inline bool covers(TransferGroup group, TransferStage stage) {
  switch (group) {
    case TransferGroup::content:
      return stage == TransferStage::entities || stage == TransferStage::links;
    case TransferGroup::files:
    case TransferGroup::mediaLibrary:
      return stage == TransferStage::assets;
    case TransferGroup::config:
      break;
  }
  return stage == TransferStage::configuration;
}

inline bool anyCovers(const std::vector<TransferGroup>& groups, TransferStage stage) {
  return std::any_of(groups.begin(), groups.end(),
                     [stage](TransferGroup group) { return covers(group, stage); });
}

[[noreturn]] inline void refuse(const std::string& name, std::string_view reason) {
  ErrorInfo info;
  info.subject = name;
  info.subjectKind = SubjectKind::type;
  info.message = reason;
  throw Error(Errc::invalidOption, std::move(info));
}

[[noreturn]] inline void refuseNeverTransferred(const std::string& name) {
  refuse(name,
         "Administrators with their roles and permissions, API and transfer tokens, and releases "
         "never leave their server.");
}

// What people call the type `api::article.category`: api::article, article.category, category.
inline std::vector<std::string> shortNamesOf(const std::string& uid) {
  const std::size_t colons = uid.find("::");
  const std::size_t dot = uid.rfind('.');
  if (colons == std::string::npos || dot == std::string::npos || dot < colons) {
    return {};
  }
  return {uid.substr(0, dot), uid.substr(colons + 2), uid.substr(dot + 1)};
}

inline std::string didYouMean(const std::string& name, const std::set<std::string>& uids) {
  constexpr std::size_t most = 3;
  std::vector<std::string> meant;
  for (const std::string& uid : uids) {
    if (isAmong(shortNamesOf(uid), name)) {
      meant.push_back(uid);
    }
  }
  if (meant.empty()) {
    meant = nearestNames(name, {uids.begin(), uids.end()}, most);
  }
  meant.erase(std::remove_if(meant.begin(), meant.end(), isNeverTransferred), meant.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(meant.size(), most); ++i) {
    text += (text.empty() ? " Did you mean " : " or ") + printable(meant[i], 100);
  }
  return text.empty() ? text : text + "?";
}

// The content types that a name in a selection stands for.
inline std::vector<std::string> typesNamed(const std::string& name,
                                           const std::set<std::string>& uids) {
  std::vector<std::string> types;
  bool isComponentNamed = false;
  bool isNeverNamed = false;
  for (const std::string& uid : uids) {
    if (matchesGlob(name, uid)) {
      if (isNeverTransferred(uid)) {
        isNeverNamed = true;
      } else if (isComponent(uid)) {
        isComponentNamed = true;
      } else {
        types.push_back(uid);
      }
    }
  }
  if (types.empty() && isComponentNamed) {
    refuse(name,
           "This is a component: it is part of the entities that hold it, and goes or stays with "
           "them.");
  }
  if (types.empty() && isNeverNamed) {
    refuseNeverTransferred(name);
  }
  if (types.empty()) {
    refuse(name, (isGlob(name) ? "No type matches this pattern." : "No type has this uid.") +
                     didYouMean(name, uids));
  }
  return types;
}

inline std::vector<std::string> typesNamed(const std::vector<std::string>& names,
                                           const std::set<std::string>& uids) {
  std::vector<std::string> types;
  for (const std::string& name : names) {
    const std::vector<std::string> more = typesNamed(name, uids);
    types.insert(types.end(), more.begin(), more.end());
  }
  return types;
}

}  // namespace wsferry::strapi::detail
