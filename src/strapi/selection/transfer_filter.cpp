#include "wsferry/strapi/transfer_filter.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "core/text/printable.hpp"
#include "strapi/schema/component_use.hpp"
#include "strapi/selection/glob.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/nearest_names.hpp"

namespace wsferry::strapi {
namespace {

template <class List, class Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool matchesAny(const std::vector<std::string>& patterns, std::string_view uid) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [uid](const std::string& pattern) { return matchesGlob(pattern, uid); });
}

bool covers(TransferGroup group, TransferStage stage) {
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

bool anyCovers(const std::vector<TransferGroup>& groups, TransferStage stage) {
  return std::any_of(groups.begin(), groups.end(),
                     [stage](TransferGroup group) { return covers(group, stage); });
}

[[noreturn]] void refuse(const std::string& name, std::string_view reason) {
  ErrorInfo info;
  info.subject = name;
  info.message = reason;
  throw Error(Errc::invalidOption, std::move(info));
}

[[noreturn]] void refuseNeverTransferred(const std::string& name) {
  refuse(name, "Administrators, roles, permissions, tokens and releases never leave their server.");
}

// What people call the type `api::article.category`: api::article, article.category, category.
std::vector<std::string> shortNamesOf(const std::string& uid) {
  const std::size_t colons = uid.find("::");
  const std::size_t dot = uid.rfind('.');
  if (colons == std::string::npos || dot == std::string::npos || dot < colons) {
    return {};
  }
  return {uid.substr(0, dot), uid.substr(colons + 2), uid.substr(dot + 1)};
}

std::string didYouMean(const std::string& name, const std::set<std::string>& uids) {
  constexpr std::size_t most = 3;
  std::vector<std::string> meant;
  for (const std::string& uid : uids) {
    if (contains(shortNamesOf(uid), name)) {
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

// The content types that one name of a selection stands for.
std::vector<std::string> typesNamed(const std::string& name, const std::set<std::string>& uids) {
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

std::vector<std::string> typesNamed(const std::vector<std::string>& names,
                                    const std::set<std::string>& uids) {
  std::vector<std::string> types;
  for (const std::string& name : names) {
    const std::vector<std::string> more = typesNamed(name, uids);
    types.insert(types.end(), more.begin(), more.end());
  }
  return types;
}

}  // namespace

TransferFilter::TransferFilter(TransferFilterOptions options) : options_(std::move(options)) {
  if (contains(options_.only, TransferGroup::mediaLibrary)) {
    throw Error(Errc::invalidOption,
                "media-library is a group to exclude; to transfer nothing but files use 'files'.");
  }
  for (const std::string& name : options_.onlyContentTypes) {
    if (isNeverTransferred(name)) {
      refuseNeverTransferred(name);
    }
  }
  const auto& only = options_.onlyContentTypes;
  if (!only.empty() && !includesGroupsOf(TransferStage::entities)) {
    throw Error(Errc::invalidOption,
                "The selection names the types to take, and leaves all content out: types choose "
                "among content only.");
  }
  refuseNothing(only.empty() || std::any_of(only.begin(), only.end(), [this](const auto& name) {
                  return isGlob(name) || includesType(name);
                }));
}

TransferFilter TransferFilter::resolved(const std::vector<Schema>& types) const {
  if (isResolved_) {
    return *this;
  }
  std::set<std::string> uids;
  for (const Schema& schema : types) {
    uids.insert(schema.uid);
  }
  TransferFilter filter(*this);
  filter.isResolved_ = true;
  std::vector<std::string> excluded = options_.excludeContentTypes;
  excluded.erase(std::remove_if(excluded.begin(), excluded.end(), isNeverTransferred),
                 excluded.end());  // Left out anyway.
  filter.options_.onlyContentTypes = typesNamed(options_.onlyContentTypes, uids);
  filter.options_.excludeContentTypes = typesNamed(excluded, uids);
  std::set<std::string> taken;
  for (const std::string& uid : uids) {
    if (!isComponent(uid) && filter.includesType(uid)) {
      taken.insert(uid);
    }
  }
  filter.refuseNothing(uids.empty() || !taken.empty());
  filter.resolveComponents(taken, types, uids);
  return filter;
}

// A component has no say of its own: its links go where an entity can go that holds it.
void TransferFilter::resolveComponents(const std::set<std::string>& taken,
                                       const std::vector<Schema>& types,
                                       const std::set<std::string>& uids) {
  if (options_.onlyContentTypes.empty() && options_.excludeContentTypes.empty()) {
    return;
  }
  const std::set<std::string> components = componentsOf(taken, types);
  if (!options_.onlyContentTypes.empty()) {
    options_.onlyContentTypes.insert(options_.onlyContentTypes.end(), components.begin(),
                                     components.end());
    return;
  }
  std::copy_if(
      uids.begin(), uids.end(), std::back_inserter(options_.excludeContentTypes),
      [&](const std::string& uid) { return isComponent(uid) && components.count(uid) == 0; });
}

void TransferFilter::refuseNothing(bool hasTypes) const {
  if (!hasTypes && !options_.onlyContentTypes.empty()) {
    throw Error(Errc::invalidOption, "The selection excludes all types that it names.");
  }
  if (!(hasTypes && includes(TransferStage::entities)) && !includes(TransferStage::assets) &&
      !includes(TransferStage::configuration)) {
    throw Error(Errc::invalidOption, "The selection leaves nothing to transfer.");
  }
}

bool TransferFilter::includesGroupsOf(TransferStage stage) const {
  return (options_.only.empty() || anyCovers(options_.only, stage)) &&
         !anyCovers(options_.exclude, stage);
}

bool TransferFilter::includes(TransferStage stage) const {
  if (stage == TransferStage::schemas) {
    return true;
  }
  if (!includesGroupsOf(stage)) {
    return false;
  }
  // Files without a record that names them are of no use, unless they were asked for by name.
  const bool filesNeedRecords = stage == TransferStage::assets &&
                                includesGroupsOf(TransferStage::entities) &&
                                !contains(options_.only, TransferGroup::files);
  return !filesNeedRecords || includesType(uploadFile) || includesType(uploadFolder);
}

bool TransferFilter::includesType(std::string_view uid) const {
  const bool isUpload = uid == uploadFile || uid == uploadFolder;
  return !isNeverTransferred(uid) &&
         !(isUpload && contains(options_.exclude, TransferGroup::mediaLibrary)) &&
         !matchesAny(options_.excludeContentTypes, uid) &&
         (options_.onlyContentTypes.empty() || matchesAny(options_.onlyContentTypes, uid));
}

TransferFilter::Decision TransferFilter::decide(TransferStage stage, std::string_view type,
                                                std::string_view otherType) const {
  if (stage != TransferStage::entities && stage != TransferStage::links) {
    return Decision::pass;
  }
  if (isNeverTransferred(type) || isNeverTransferred(otherType)) {
    return Decision::never;
  }
  const bool passes =
      includesType(type) && (stage == TransferStage::entities || includesType(otherType));
  return passes ? Decision::pass : Decision::excluded;
}

}  // namespace wsferry::strapi
