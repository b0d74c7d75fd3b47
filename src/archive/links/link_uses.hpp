#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "archive/bounded/key_set.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/strapi/detail/schema/relations.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::archive {

/// The links of one relation between two types: those of an archive are of a few such uses.
struct LinkUse {
  bool isMorph = false;  ///< By their kind.
  std::string leftType;
  std::string leftField;  ///< JSON text, empty for none.
  std::string rightType;
  std::string rightField;     ///< The same.
  std::uint64_t leftKey = 0;  ///< Of the left end's type and field.
  std::uint64_t count = 0;
  std::uint64_t first = 0;        ///< The first one's number among the links.
  std::uint64_t seconds = 0;      ///< Those whose left end has led somewhere before.
  std::uint64_t firstSecond = 0;  ///< The first one's number.

  /// Null without one, or a schema that has come.
  const strapi::LinkedAttribute* attribute = nullptr;
};

/// Whether a server stores links as they are, by the schemas. Keeps the uses, and some 10 to 20
/// bytes of each link of a field that shows one target.
class LinkUses {
 public:
  /// `schemas` outlives it.
  explicit LinkUses(const strapi::LinkedAttributes& schemas) : schemas_(schemas) {}

  /// The schema of that type is new, or another one.
  void schemaCame(std::string_view uid);

  /// The use that a link is of. Valid until the next call of anything; null if there are too many.
  LinkUse* of(const strapi::LinkView& link);

  /// Counts a link of that use: its left end's id, and its number among the links.
  void add(LinkUse& use, std::string_view leftId, std::uint64_t number);

  /// What shows only when everything has been seen.
  void finish(Findings& findings) const;

 private:
  /// What a server makes of a link.
  enum class Fate { damaged, dropped, kept };
  struct Reason {
    Fate fate;
    std::string text;          ///< To follow the field.
    bool isOfSeconds = false;  ///< Not all links of the use.
  };

  const strapi::LinkedAttribute* attributeOf(std::string_view type, std::string_view field) const;
  std::optional<Reason> reasonOf(const LinkUse& use) const;
  std::optional<Reason> reasonOfOtherEnd(const LinkUse& use) const;

  const strapi::LinkedAttributes& schemas_;
  std::unordered_map<std::uint64_t, LinkUse> uses_;  ///< By hashes of what makes a use.
  LinkUse* last_ = nullptr;                          ///< Links come sorted by relation.
  KeySet oneTarget_;
};

}  // namespace wsferry::archive
