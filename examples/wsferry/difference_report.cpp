#include "difference_report.hpp"

#include <map>
#include <string_view>
#include <vector>

#include "printable_text.hpp"
#include "push_plan.hpp"
#include "size_format.hpp"
#include "text_table.hpp"

namespace wsferry::tool {

namespace {

using archive::ContentDifference;
using archive::GroupDifference;

constexpr std::size_t maxNameWidth = 60;
constexpr std::size_t maxItemNameLength = 200;

struct Group {
  std::string stage;
  std::string name;
  const GroupDifference* difference;
};

std::vector<Group> groupsOf(const ContentDifference& difference) {
  std::vector<Group> groups;
  const auto add = [&](const char* stage, const std::map<std::string, GroupDifference>& members) {
    for (const auto& [name, member] : members) {
      groups.push_back({stage, name, &member});
    }
  };
  add("entities", difference.entitiesByType);
  add("links", difference.linksByKind);
  groups.push_back({"assets", "", &difference.assets});
  add("configuration", difference.configurationByType);
  return groups;
}

std::string nameOf(const Group& group) {
  return group.stage + (group.name.empty() ? "" : " " + printable(group.name, maxNameWidth));
}

std::string namesText(const Group& group) {
  const auto list = [](char sign, const std::vector<std::string>& names, std::uint64_t count) {
    std::string text;
    for (const std::string& name : names) {
      text += std::string("  ") + sign + " " + printable(name, maxItemNameLength) + "\n";
    }
    if (count > names.size()) {
      text += std::string("  ") + sign + " and " + formatCount(count - names.size()) + " more\n";
    }
    return text;
  };
  const GroupDifference& group_ = *group.difference;
  return nameOf(group) + ":\n" + list('-', group_.removedNames, group_.removed) +
         list('+', group_.addedNames, group_.added) +
         list('~', group_.changedNames, group_.changed);
}

void writeNames(JsonLine& line, const char* name, const std::vector<std::string>& names) {
  line.beginArray(name);
  for (const std::string& element : names) {
    const std::string_view cut = clipped(element, maxItemNameLength);
    line.element(cut.size() < element.size() ? std::string(cut) + "..." : element);
  }
  line.endArray();
}

void writeGroup(JsonLine& line, std::string_view name, const GroupDifference& group) {
  line.beginObject(name);
  line.number("first", group.firstCount);
  line.number("second", group.secondCount);
  line.number("added", group.added);
  line.number("removed", group.removed);
  line.number("changed", group.changed);
  writeNames(line, "addedNames", group.addedNames);
  writeNames(line, "removedNames", group.removedNames);
  writeNames(line, "changedNames", group.changedNames);
  line.endObject();
}

void writeGroups(JsonLine& line, const char* name,
                 const std::map<std::string, GroupDifference>& groups) {
  line.beginObject(name);
  for (const auto& [member, group] : groups) {
    writeGroup(line, member, group);
  }
  line.endObject();
}

}  // namespace

std::string differenceText(const ContentDifference& difference) {
  std::string text =
      "strapi:   " + printable(difference.first.strapiVersion, maxNameWidth) +
      (difference.first.strapiVersion == difference.second.strapiVersion
           ? "\n"
           : " and " + printable(difference.second.strapiVersion, maxNameWidth) + "\n");
  text += difference.schemas.empty() ? "schemas:  equal\n"
                                     : "schemas:\n" + strapi::describe(difference.schemas);
  TextTable table({"Type", "First", "Second", "Removed", "Added", "Changed"});
  std::string names;
  GroupDifference total;
  for (const Group& group : groupsOf(difference)) {
    const GroupDifference& each = *group.difference;
    total.firstCount += each.firstCount;
    total.secondCount += each.secondCount;
    total.removed += each.removed;
    total.added += each.added;
    total.changed += each.changed;
    if (each.equal()) {
      continue;
    }
    table.add({nameOf(group), formatCount(each.firstCount), formatCount(each.secondCount),
               formatCount(each.removed), formatCount(each.added), formatCount(each.changed)});
    names += namesText(group);
  }
  table.addTotal({"All", formatCount(total.firstCount), formatCount(total.secondCount),
                  formatCount(total.removed), formatCount(total.added),
                  formatCount(total.changed)});
  return text + table.text() + names + (difference.equal() ? "equal\n" : "different\n");
}

void writeDifference(JsonLine& line, const ContentDifference& difference) {
  line.flag("equal", difference.equal());
  line.text("firstVersion", difference.first.strapiVersion);
  line.text("secondVersion", difference.second.strapiVersion);
  writeSchemaDifferences(line, difference.schemas);
  writeGroups(line, "entities", difference.entitiesByType);
  writeGroups(line, "links", difference.linksByKind);
  writeGroup(line, "assets", difference.assets);
  writeGroups(line, "configuration", difference.configurationByType);
}

}  // namespace wsferry::tool
