#include "archive/links/link_uses.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::archive {
namespace {

// Beyond any project. More are not told of.
constexpr std::size_t mostUses = 20'000;

std::uint64_t keyOfUse(bool isMorph, const strapi::LinkView& link) {
  std::uint64_t key = isMorph ? 1 : 0;
  for (const auto* end : {&link.left, &link.right}) {
    key = key * 1099511628211u ^ keyOf(end->type, end->field);
  }
  return key;
}

bool isOf(const LinkUse& use, bool isMorph, const strapi::LinkView& link) {
  return use.isMorph == isMorph && use.leftField == link.left.field &&
         use.rightField == link.right.field && use.leftType == link.left.type &&
         use.rightType == link.right.type;
}

bool isShown(const strapi::LinkedAttribute* attribute) {
  return attribute != nullptr && attribute->hasNoLinks();
}

}  // namespace

void LinkUses::schemaCame(std::string_view uid) {
  last_ = nullptr;
  for (auto& [key, use] : uses_) {
    if (use.leftType == uid) {
      use.attribute = attributeOf(use.leftType, use.leftField);
    }
  }
}

LinkUse* LinkUses::of(const strapi::LinkView& link) {
  const bool isMorph = link.kind == "relation.morph";
  if (last_ != nullptr && isOf(*last_, isMorph, link)) {
    return last_;
  }
  const std::uint64_t key = keyOfUse(isMorph, link);
  const auto known = uses_.find(key);
  if (known != uses_.end()) {
    return last_ = &known->second;
  }
  if (uses_.size() == mostUses) {
    return last_ = nullptr;
  }
  LinkUse use;
  use.isMorph = isMorph;
  use.leftType = link.left.type;
  use.leftField = link.left.field;
  use.rightType = link.right.type;
  use.rightField = link.right.field;
  use.leftKey = keyOf(use.leftType, use.leftField);
  use.attribute = attributeOf(use.leftType, use.leftField);
  return last_ = &uses_.emplace(key, std::move(use)).first->second;
}

void LinkUses::add(LinkUse& use, std::string_view leftId, std::uint64_t number) {
  if (++use.count == 1) {
    use.first = number;
  }
  // Without the schema it may be such a field.
  const bool isToOne = use.attribute == nullptr || use.attribute->isToOne();
  if (isToOne && !oneTarget_.insert(hashOf(leftId, use.leftKey)) && ++use.seconds == 1) {
    use.firstSecond = number;
  }
}

const strapi::LinkedAttribute* LinkUses::attributeOf(std::string_view type,
                                                     std::string_view field) const {
  const auto* const attributes = schemas_.of(type);
  const auto name = jsonStringOf(field);
  if (attributes == nullptr || !name) {
    return nullptr;
  }
  const auto found = attributes->find(*name);
  return found == attributes->end() ? nullptr : &found->second;
}

std::optional<LinkUses::Reason> LinkUses::reasonOf(const LinkUse& use) const {
  const auto* const attribute = use.attribute;
  if (attribute == nullptr) {
    return Reason{Fate::dropped,
                  use.leftField.empty() ? "" : ", which is not a relation of its schema"};
  }
  if (attribute->hasNoLinks()) {
    return Reason{Fate::damaged, ", whose links belong at the other end: a server stores none"};
  }
  if (!attribute->isRelation()) {
    return Reason{Fate::damaged,
                  ", which is not a relation of its schema: an import breaks off, or stores none"};
  }
  if (!attribute->relation.empty() && attribute->isMorph() != use.isMorph) {
    return Reason{Fate::damaged, std::string(use.isMorph ? " and" : " and not") +
                                     " the kind relation.morph, but it is " + attribute->relation +
                                     ": a server stores half a row"};
  }
  if (auto reason = reasonOfOtherEnd(use)) {
    return reason;
  }
  if (use.seconds > 0 && attribute->isToOne()) {
    return Reason{attribute->isColumn ? Fate::damaged : Fate::kept,
                  std::string(", though its record has another target there: a server keeps ") +
                      (attribute->isColumn ? "the last one" : "both and shows one"),
                  true};
  }
  return std::nullopt;
}

std::optional<LinkUses::Reason> LinkUses::reasonOfOtherEnd(const LinkUse& use) const {
  const strapi::LinkedAttribute& attribute = *use.attribute;
  if (!attribute.isMorph() && !attribute.target.empty() && attribute.target != use.rightType) {
    return Reason{Fate::damaged, " with " + use.rightType + " at the other end, but leads to " +
                                     attribute.target +
                                     ": a server takes whatever has that id there"};
  }
  if (!attribute.isMorph() && !attribute.ownerField.empty()) {
    return Reason{Fate::kept, ", whose links belong at the other end: a server returns it there"};
  }
  if (attribute.relation == "morphToMany" && schemas_.of(use.rightType) != nullptr &&
      !isShown(attributeOf(use.rightType, use.rightField))) {
    return Reason{Fate::kept,
                  " with " + (use.rightField.empty() ? "no field" : "the field " + use.rightField) +
                      " of " + use.rightType +
                      " at the other end: a server keeps it, and nothing shows it"};
  }
  return std::nullopt;
}

void LinkUses::finish(Findings& findings) const {
  // What is said of several uses is said once, in the order of their first links.
  struct Told {
    Fate fate;
    std::uint64_t count = 0;
    std::uint64_t first = 0;
    std::string type;
    std::string text;
  };
  std::map<std::string, Told> told;
  for (const auto& [key, use] : uses_) {
    const auto reason =
        use.count == 0 || schemas_.of(use.leftType) == nullptr ? std::nullopt : reasonOf(use);
    if (!reason) {
      continue;  // A type without a schema is told of as such.
    }
    const std::string text =
        (use.leftField.empty() ? "no field" : "the field " + use.leftField) + reason->text;
    Told& known = told.emplace(use.leftType + text, Told{reason->fate, 0, 0, use.leftType, text})
                      .first->second;
    const std::uint64_t first = reason->isOfSeconds ? use.firstSecond : use.first;
    known.first = known.count == 0 ? first : std::min(known.first, first);
    known.count += reason->isOfSeconds ? use.seconds : use.count;
  }
  std::vector<Told> sorted;
  sorted.reserve(told.size());
  for (auto& [key, what] : told) {
    sorted.push_back(std::move(what));
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Told& left, const Told& right) { return left.first < right.first; });
  for (const Told& what : sorted) {
    std::string line = counted(what.count, "link", "links") + " of " + what.type + " " +
                       std::string(formOf(what.count, "has ", "have ")) + what.text;
    if (what.fate == Fate::damaged) {
      findings.refuse(line + "; the first is link " + std::to_string(what.first));
    } else if (what.fate == Fate::dropped) {
      findings.remark(line + ": a server drops " + std::string(formOf(what.count, "it", "them")));
    } else {
      findings.remark(line);
    }
  }
}

}  // namespace wsferry::archive
