#include "archive/reference_check.hpp"

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {
namespace {

void expectTransferable(const std::string& type) {
  if (strapi::isNeverTransferred(type)) {
    throw Error(Errc::invalidArchive, type + " must never be transferred");
  }
}

}  // namespace

void ReferenceCheck::addSchema(const std::string& uid, bool isComponent) {
  if (!schemas_.emplace(uid, isComponent).second) {
    throw Error(Errc::invalidArchive, "the schema of " + uid + " occurs twice");
  }
}

void ReferenceCheck::addEntity(const std::string& type, std::string_view id) {
  entityTypes_.insert(type);
  expectTransferable(type);
  if (!entities_.insert(keyOf(type, id))) {
    throw Error(Errc::invalidArchive, type + " " + std::string(id) + " occurs twice");
  }
}

void ReferenceCheck::addLinkEnd(const std::string& type, std::string_view ref,
                                std::uint64_t linkNumber) {
  expectTransferable(type);
  const auto schema = schemas_.find(type);
  const bool isComponent = schema != schemas_.end() && schema->second;
  if (!isComponent && !isKnown(type, ref)) {
    unresolved_.push_back({&*linkTypes_.insert(type).first, std::string(ref), linkNumber});
  }
}

bool ReferenceCheck::isKnown(std::string_view type, std::string_view ref) const {
  const std::uint64_t key = keyOf(type, ref);
  return entities_.contains(key) || aliases_.contains(key);
}

void ReferenceCheck::finish(ProblemList& problems) const {
  for (const auto& type : entityTypes_) {
    if (schemas_.count(type) == 0) {
      problems.add("there are entities of " + type + ", but no schema of it");
    }
  }
  for (const LinkEnd& end : unresolved_) {
    const auto schema = schemas_.find(*end.type);
    const bool isComponent = schema != schemas_.end() && schema->second;
    if (!isComponent && !isKnown(*end.type, end.ref)) {
      problems.add("link " + std::to_string(end.linkNumber) + " leads to " + *end.type + " " +
                   end.ref + ", which is not there");
    }
  }
}

}  // namespace wsferry::archive
