#include "wsferry/strapi/transfer_filter.hpp"

#include <algorithm>

#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

constexpr std::string_view uploadFile = "plugin::upload.file";
constexpr std::string_view uploadFolder = "plugin::upload.folder";

template <class List, class Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
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

}  // namespace

TransferFilter::TransferFilter(TransferFilterOptions options) : options_(std::move(options)) {
  if (contains(options_.only, TransferGroup::mediaLibrary)) {
    throw Error(Errc::invalidOption,
                "media-library is a group to exclude; to transfer nothing but files use 'files'.");
  }
  if (contains(options_.exclude, TransferGroup::mediaLibrary)) {
    options_.excludeContentTypes.emplace_back(uploadFile);
    options_.excludeContentTypes.emplace_back(uploadFolder);
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
  return !isNeverTransferred(uid) && !contains(options_.excludeContentTypes, uid) &&
         (options_.onlyContentTypes.empty() || contains(options_.onlyContentTypes, uid));
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
