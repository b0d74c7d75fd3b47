#include "wsferry/strapi/transfer_filter.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/printable.hpp"
#include "strapi/glob.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/nearest_names.hpp"

namespace wsferry::strapi {
namespace {

constexpr std::string_view uploadFile = "plugin::upload.file";
constexpr std::string_view uploadFolder = "plugin::upload.folder";

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

// The uid of a content type is `api::article.article`, that of a component `shared.seo`.
bool isComponent(std::string_view uid) {
  return uid.find("::") == std::string_view::npos;
}

[[noreturn]] void refuse(const std::string& name, std::string_view reason) {
  ErrorInfo info;
  info.subject = name;
  info.message = "The selection names " + printable(name, 100) + ", " + std::string(reason);
  throw Error(Errc::invalidOption, std::move(info));
}

[[noreturn]] void refuseNeverTransferred(const std::string& name) {
  refuse(name,
         "and administrators, roles, permissions, tokens and releases never leave their server.");
}

std::string didYouMean(const std::string& name, const std::set<std::string>& uids) {
  std::string text;
  for (const std::string& uid : nearestNames(name, {uids.begin(), uids.end()})) {
    if (!isNeverTransferred(uid)) {
      text += (text.empty() ? " Did you mean " : " or ") + printable(uid, 100);
    }
  }
  return text.empty() ? text : text + "?";
}

// What one name of a selection stands for.
struct NamedTypes {
  std::vector<std::string> types;
  std::vector<std::string> components;
};

NamedTypes typesNamed(const std::string& name, const std::set<std::string>& uids) {
  NamedTypes named;
  bool isNeverOnly = false;
  for (const std::string& uid : uids) {
    if (matchesGlob(name, uid)) {
      isNeverOnly = isNeverOnly || isNeverTransferred(uid);
      if (!isNeverTransferred(uid)) {
        (isComponent(uid) ? named.components : named.types).push_back(uid);
      }
    }
  }
  if (named.types.empty() && named.components.empty()) {
    if (isNeverOnly) {
      refuseNeverTransferred(name);
    }
    refuse(name, isGlob(name) ? "which matches no type." + didYouMean(name, uids)
                              : "and there is no type with this uid." + didYouMean(name, uids));
  }
  return named;
}

void append(std::vector<std::string>& list, const std::vector<std::string>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

std::vector<std::string> resolvedOnly(const std::vector<std::string>& names,
                                      const std::set<std::string>& uids) {
  std::vector<std::string> types;
  std::vector<std::string> components;
  for (const std::string& name : names) {
    const NamedTypes named = typesNamed(name, uids);
    append(types, named.types);
    append(components, named.components);
  }
  if (types.empty() && !names.empty()) {
    refuse(
        names.front(),
        "a component: it is part of the entities that hold it, so name their content types too.");
  }
  append(types, components);
  return types;
}

std::vector<std::string> resolvedExclude(const std::vector<std::string>& names,
                                         const std::set<std::string>& uids) {
  std::vector<std::string> types;
  for (const std::string& name : names) {
    if (isNeverTransferred(name)) {
      continue;  // Left out anyway.
    }
    const NamedTypes named = typesNamed(name, uids);
    if (named.types.empty()) {
      refuse(name, "a component: it is part of the entities that hold it and cannot be left out.");
    }
    append(types, named.types);
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
  filter.options_.onlyContentTypes = resolvedOnly(options_.onlyContentTypes, uids);
  filter.options_.excludeContentTypes = resolvedExclude(options_.excludeContentTypes, uids);
  const auto isTaken = [&filter](const std::string& uid) {
    return !isComponent(uid) && filter.includesType(uid);
  };
  filter.refuseNothing(uids.empty() || std::any_of(uids.begin(), uids.end(), isTaken));
  return filter;
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
