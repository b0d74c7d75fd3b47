#include "wsferry/strapi/transfer_filter.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "wsferry/core/detail/text/glob.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/schema/component_use.hpp"
#include "wsferry/strapi/detail/selection/is_among.hpp"
#include "wsferry/strapi/detail/selection/selected_types.hpp"

namespace wsferry::strapi {

TransferFilter::TransferFilter(TransferFilterOptions options) : options_(std::move(options)) {
  if (detail::isAmong(options_.only, TransferGroup::mediaLibrary)) {
    throw Error(Errc::invalidOption,
                "media-library is a group to exclude; to transfer nothing but files use 'files'.")
        .ofOption("only");
  }
  for (const std::string& name : options_.onlyContentTypes) {
    if (isNeverTransferred(name)) {
      detail::refuseNeverTransferred(name);
    }
  }
  const auto& only = options_.onlyContentTypes;
  if (!only.empty() && !includesGroupsOf(TransferStage::entities)) {
    throw Error(Errc::invalidOption,
                "The selection names the types to take, but leaves out all content: types select "
                "only among content.")
        .ofOption("onlyContentTypes");
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
  filter.options_.onlyContentTypes = detail::typesNamed(options_.onlyContentTypes, uids);
  filter.options_.excludeContentTypes = detail::typesNamed(excluded, uids);
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
    throw Error(Errc::invalidOption, "The selection excludes all types that it names.")
        .ofOption("excludeContentTypes");
  }
  if (!(hasTypes && includes(TransferStage::entities)) && !includes(TransferStage::assets) &&
      !includes(TransferStage::configuration)) {
    throw Error(Errc::invalidOption, "The selection leaves nothing to transfer.");
  }
}

bool TransferFilter::includesGroupsOf(TransferStage stage) const {
  return (options_.only.empty() || detail::anyCovers(options_.only, stage)) &&
         !detail::anyCovers(options_.exclude, stage);
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
                                !detail::isAmong(options_.only, TransferGroup::files);
  return !filesNeedRecords || includesType(uploadFile) || includesType(uploadFolder);
}

bool TransferFilter::includesType(std::string_view uid) const {
  const bool isUpload = uid == uploadFile || uid == uploadFolder;
  return !isNeverTransferred(uid) &&
         !(isUpload && detail::isAmong(options_.exclude, TransferGroup::mediaLibrary)) &&
         !detail::matchesAny(options_.excludeContentTypes, uid) &&
         (options_.onlyContentTypes.empty() || detail::matchesAny(options_.onlyContentTypes, uid));
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
