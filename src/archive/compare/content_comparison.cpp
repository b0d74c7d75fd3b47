#include "wsferry/archive/content_comparison.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <utility>

#include "archive/compare/attribute_changes.hpp"
#include "archive/compare/indexed_content.hpp"

namespace wsferry::archive {
namespace {

using Index = IndexedContent;
using Numbers = std::vector<std::uint32_t>;
using Target = IndexedLinkEnd::Target;

// An item on both sides, by its numbers.
struct Pair {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

// The first names in their order, however many there are.
class FirstNames {
 public:
  explicit FirstNames(std::size_t limit) : limit_(limit) {}
  void add(std::string name, Pair pair = {}) {
    names_.emplace(std::move(name), pair);
    if (names_.size() > limit_) {
      names_.erase(std::prev(names_.end()));
    }
  }
  std::vector<std::string> take() const {
    std::vector<std::string> names;
    for (const auto& each : names_) {
      names.push_back(each.first);
    }
    return names;
  }
  const std::multimap<std::string, Pair>& pairs() const { return names_; }

 private:
  const std::size_t limit_;
  std::multimap<std::string, Pair> names_;
};

// Collects how one group differs.
class GroupReport {
 public:
  explicit GroupReport(std::size_t namesPerGroup)
      : added_(namesPerGroup), removed_(namesPerGroup), changed_(namesPerGroup) {}

  void same() { count(1, 1); }
  void added(std::string name) {
    count(0, 1);
    ++difference_.added;
    added_.add(std::move(name));
  }
  void removed(std::string name) {
    count(1, 0);
    ++difference_.removed;
    removed_.add(std::move(name));
  }
  void changed(std::string name, Pair pair) {
    count(1, 1);
    ++difference_.changed;
    changed_.add(std::move(name), pair);
  }

  // `describe(name, pair)` tells what has changed in an item.
  template <typename Describe>
  GroupDifference result(Describe describe) {
    difference_.addedNames = added_.take();
    difference_.removedNames = removed_.take();
    for (const auto& [name, pair] : changed_.pairs()) {
      difference_.changes.push_back(describe(name, pair));
    }
    return std::move(difference_);
  }

 private:
  void count(unsigned first, unsigned second) {
    difference_.firstCount += first;
    difference_.secondCount += second;
  }

  GroupDifference difference_;
  FirstNames added_;
  FirstNames removed_;
  FirstNames changed_;
};

// Pairs the numbers whose keys are equal, one to one and in their order; gives back the rest.
template <typename FirstKey, typename SecondKey, typename TakePair>
std::pair<Numbers, Numbers> pairUp(Numbers first, Numbers second, FirstKey firstKey,
                                   SecondKey secondKey, TakePair takePair) {
  std::stable_sort(first.begin(), first.end(),
                   [&](auto a, auto b) { return firstKey(a) < firstKey(b); });
  std::stable_sort(second.begin(), second.end(),
                   [&](auto a, auto b) { return secondKey(a) < secondKey(b); });
  std::pair<Numbers, Numbers> rest;
  auto a = first.begin();
  auto b = second.begin();
  while (a != first.end() && b != second.end()) {
    if (firstKey(*a) < secondKey(*b)) {
      rest.first.push_back(*a++);
    } else if (secondKey(*b) < firstKey(*a)) {
      rest.second.push_back(*b++);
    } else {
      takePair(*a++, *b++);
    }
  }
  rest.first.insert(rest.first.end(), a, first.end());
  rest.second.insert(rest.second.end(), b, second.end());
  return rest;
}

// Items in groups, and which of one side is which of the other.
class ItemComparison {
 public:
  // Calls `takePair` with the numbers of each two items that are the same, if maybe changed.
  using TakePair = std::function<void(std::uint32_t, std::uint32_t)>;

  ItemComparison(const Index& first, const Index& second, std::vector<IndexedItem> Index::*items,
                 std::size_t namesPerGroup, TakePair takePair)
      : first_(first),
        second_(second),
        firstItems_(first.*items),
        secondItems_(second.*items),
        namesPerGroup_(namesPerGroup),
        takePair_(std::move(takePair)) {
    hidden_.names = first.passwords;
    hidden_.names.insert(second.passwords.begin(), second.passwords.end());
    hidden_.isConfiguration =
        items == &Index::configuration || items == &Index::serverConfiguration;
  }

  std::map<std::string, GroupDifference> compare() {
    std::map<std::string, std::pair<Groups, Groups>> groups;
    for (std::uint32_t i = 0; i < firstItems_.size(); ++i) {
      groups[first_.table[firstItems_[i].group]].first.add(firstItems_[i], i);
    }
    for (std::uint32_t i = 0; i < secondItems_.size(); ++i) {
      groups[second_.table[secondItems_[i].group]].second.add(secondItems_[i], i);
    }
    std::map<std::string, GroupDifference> result;
    for (auto& [name, sides] : groups) {
      GroupReport report(namesPerGroup_);
      compareByName(std::move(sides.first.documents), std::move(sides.second.documents), report);
      // Rows: what is equal is the same one, wherever the database put it.
      auto rest = pairUp(
          std::move(sides.first.rows), std::move(sides.second.rows),
          [this](auto i) -> const ContentHash& { return firstItems_[i].content; },
          [this](auto i) -> const ContentHash& { return secondItems_[i].content; },
          [&](auto i, auto j) { takeEqual(i, j, report); });
      compareByName(std::move(rest.first), std::move(rest.second), report);
      result.emplace(name, report.result([this](const std::string& item, Pair pair) {
        return itemChange(item, first_.textOf(firstItems_[pair.first]),
                          second_.textOf(secondItems_[pair.second]), hidden_);
      }));
    }
    return result;
  }

 private:
  struct Groups {
    Numbers documents;
    Numbers rows;
    void add(const IndexedItem& item, std::uint32_t number) {
      (item.isDocument ? documents : rows).push_back(number);
    }
  };

  std::string_view firstName(std::uint32_t i) const { return first_.pool[firstItems_[i].name]; }
  std::string_view secondName(std::uint32_t i) const { return second_.pool[secondItems_[i].name]; }

  void takeEqual(std::uint32_t i, std::uint32_t j, GroupReport& report) {
    report.same();
    takePair_(i, j);
  }

  void compareByName(Numbers first, Numbers second, GroupReport& report) {
    const auto rest = pairUp(
        std::move(first), std::move(second), [this](auto i) { return firstName(i); },
        [this](auto i) { return secondName(i); },
        [&](auto i, auto j) {
          if (firstItems_[i].content == secondItems_[j].content) {
            report.same();
          } else {
            report.changed(std::string(firstName(i)), {i, j});
          }
          takePair_(i, j);
        });
    for (const std::uint32_t i : rest.first) {
      report.removed(std::string(firstName(i)));
    }
    for (const std::uint32_t i : rest.second) {
      report.added(std::string(secondName(i)));
    }
  }

  const Index& first_;
  const Index& second_;
  const std::vector<IndexedItem>& firstItems_;
  const std::vector<IndexedItem>& secondItems_;
  const std::size_t namesPerGroup_;
  const TakePair takePair_;
  HiddenNames hidden_;
};

// The links of one side, in terms that both sides share.
class LinkTexts {
 public:
  // `identities`: of each entity, a number that is the same for the same one of the other side.
  LinkTexts(const Index& index, const Numbers& identities)
      : index_(index), identities_(identities) {}

  ContentHash keyOf(const IndexedLink& link) {
    text_.clear();
    add(index_.table[link.kind]);
    add(index_.table[link.relation]);
    addEnd(link.left);
    addEnd(link.right);
    return hash_.of(text_);
  }

  std::string nameOf(const IndexedLink& link) const {
    return nameOf(link.left) + " -> " + nameOf(link.right);
  }

 private:
  void add(std::string_view text) {
    text_.append(std::to_string(text.size())).append(":").append(text);
  }

  void addEnd(const IndexedLinkEnd& end) {
    add(index_.table[end.type]);
    add(index_.table[end.field]);
    add(index_.table[end.position]);
    switch (end.kind) {
      case Target::nothing:
        return add("nothing");
      case Target::entity:
        return add(std::to_string(identities_[end.target]));
      case Target::component:
        add(index_.pool[index_.components[end.target].path]);
        return add(std::to_string(identities_[index_.components[end.target].owner]));
      case Target::document:
        return add(index_.pool[end.target]);
    }
  }

  std::string entityName(std::uint32_t number) const {
    const IndexedItem& entity = index_.entities[number];
    return index_.table[entity.group] + " " + std::string(index_.pool[entity.name]);
  }

  std::string nameOf(const IndexedLinkEnd& end) const {
    std::string name = targetName(end);
    const std::string& field = index_.table[end.field];
    const std::string& position = index_.table[end.position];
    name += field.empty() ? "" : " " + field;
    return position.empty() ? name : name + "[" + position + "]";
  }

  std::string targetName(const IndexedLinkEnd& end) const {
    const std::string& type = index_.table[end.type];
    switch (end.kind) {
      case Target::nothing:
        break;
      case Target::entity:
        return entityName(end.target);
      case Target::component: {
        const IndexedComponent& component = index_.components[end.target];
        return entityName(component.owner) + " " + std::string(index_.pool[component.path]);
      }
      case Target::document:
        return type + " " + std::string(index_.pool[end.target]);
    }
    return type + " (not transferred)";
  }

  const Index& index_;
  const Numbers& identities_;
  ContentHasher hash_;
  std::string text_;
};

std::map<std::string, Numbers> linksByKind(const Index& index) {
  std::map<std::string, Numbers> kinds;
  for (std::uint32_t i = 0; i < index.links.size(); ++i) {
    kinds[index.table[index.links[i].kind]].push_back(i);
  }
  return kinds;
}

std::vector<ContentHash> keysOf(const Index& index, LinkTexts& texts) {
  std::vector<ContentHash> keys;
  keys.reserve(index.links.size());
  for (const IndexedLink& link : index.links) {
    keys.push_back(texts.keyOf(link));
  }
  return keys;
}

struct Identities {
  Numbers first;
  Numbers second;
};

std::map<std::string, GroupDifference> compareLinks(const Index& first, const Index& second,
                                                    const Identities& identities,
                                                    std::size_t namesPerGroup) {
  LinkTexts firstTexts(first, identities.first);
  LinkTexts secondTexts(second, identities.second);
  const auto firstKeys = keysOf(first, firstTexts);
  const auto secondKeys = keysOf(second, secondTexts);
  auto firstKinds = linksByKind(first);
  auto secondKinds = linksByKind(second);
  for (const auto& kind : firstKinds) {
    secondKinds[kind.first];
  }
  std::map<std::string, GroupDifference> result;
  for (auto& [kind, numbers] : secondKinds) {
    GroupReport report(namesPerGroup);
    const auto rest = pairUp(
        std::move(firstKinds[kind]), std::move(numbers),
        [&](auto i) -> const ContentHash& { return firstKeys[i]; },
        [&](auto i) -> const ContentHash& { return secondKeys[i]; },
        [&](auto, auto) { report.same(); });
    for (const std::uint32_t i : rest.first) {
      report.removed(firstTexts.nameOf(first.links[i]));
    }
    for (const std::uint32_t i : rest.second) {
      report.added(secondTexts.nameOf(second.links[i]));
    }
    result.emplace(kind, report.result([](const std::string& name, Pair) {
      return ItemChange{name, {}, 0};  // Links are added or removed, not changed.
    }));
  }
  return result;
}

bool allEqual(const std::map<std::string, GroupDifference>& groups) {
  return std::all_of(groups.begin(), groups.end(),
                     [](const auto& group) { return group.second.equal(); });
}

}  // namespace

bool ContentDifference::equal() const {
  return schemas.empty() && allEqual(entitiesByType) && allEqual(linksByKind) &&
         allEqual(configurationByType) && assets.equal();
}

ContentDifference compareContents(const ContentIndex& first, const ContentIndex& second,
                                  std::size_t namesPerGroup) {
  const Index& one = *first.impl_;
  const Index& other = *second.impl_;
  ContentDifference difference;
  difference.first = one.metadata;
  difference.second = other.metadata;
  difference.firstDoubles = one.doubles;
  difference.secondDoubles = other.doubles;
  strapi::SchemaComparisonOptions exactly;
  exactly.strategy = strapi::SchemaStrategy::exact;
  difference.schemas = strapi::compareSchemas(one.schemas, other.schemas, exactly);

  Identities identities{Numbers(one.entities.size()), Numbers(other.entities.size())};
  std::iota(identities.first.begin(), identities.first.end(), 0U);
  std::iota(identities.second.begin(), identities.second.end(),
            static_cast<std::uint32_t>(one.entities.size()));
  const auto compareItems = [&](std::vector<IndexedItem> Index::*items,
                                ItemComparison::TakePair takePair) {
    return ItemComparison(one, other, items, namesPerGroup, std::move(takePair)).compare();
  };
  difference.entitiesByType =
      compareItems(&Index::entities, [&](auto i, auto j) { identities.second[j] = i; });
  difference.linksByKind = compareLinks(one, other, identities, namesPerGroup);
  const auto ignorePair = [](auto, auto) {};
  difference.configurationByType = compareItems(&Index::configuration, ignorePair);
  // Of one group each.
  difference.serverConfiguration =
      compareItems(&Index::serverConfiguration, ignorePair)["core-store"];
  difference.assets = compareItems(&Index::assets, ignorePair)[""];
  return difference;
}

}  // namespace wsferry::archive
