#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/key_set.hpp"
#include "archive/problem_list.hpp"

namespace wsferry::archive {

/// Whether types have schemas and links lead to entities, whatever comes first.
class ReferenceCheck {
 public:
  /// The functions throw Error with Errc::invalidArchive for what is wrong at once.
  void addSchema(const std::string& uid, bool isComponent);
  void addEntity(const std::string& type, std::string_view id);

  /// Another name by which links know entities, such as the document's that several share.
  void addAlias(std::string_view type, std::string_view id) { aliases_.insert(keyOf(type, id)); }

  void addLinkEnd(const std::string& type, std::string_view ref, std::uint64_t linkNumber);

  /// What shows only when everything has been seen.
  void finish(ProblemList& problems) const;

 private:
  bool isKnown(std::string_view type, std::string_view ref) const;

  struct LinkEnd {
    const std::string* type;
    std::string ref;
    std::uint64_t linkNumber;
  };

  std::map<std::string, bool> schemas_;  ///< Whether it is a component's.
  std::set<std::string> entityTypes_;
  std::set<std::string> linkTypes_;
  KeySet entities_;
  KeySet aliases_;
  std::vector<LinkEnd> unresolved_;
};

}  // namespace wsferry::archive
