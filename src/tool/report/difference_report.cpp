#include "tool/report/difference_report.hpp"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/push/push_plan.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/text_table.hpp"

namespace wsferry::tool {

namespace {

using archive::ContentDifference;
using archive::GroupDifference;

constexpr std::size_t maxPathWidth = 60;
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
  return group.stage + (group.name.empty() ? "" : " " + printable(group.name, maxPathWidth));
}

std::string valueText(const std::string& value) {
  return value.empty() ? "(nothing)" : printable(value, maxItemNameLength);
}

std::string changeText(const archive::ItemChange& change) {
  std::string text = "  ~ " + printable(change.name, maxItemNameLength) + "\n";
  for (const archive::AttributeChange& each : change.attributes) {
    text += "      " + printable(each.path, maxItemNameLength) + ": " + valueText(each.first) +
            " -> " + valueText(each.second) + "\n";
  }
  if (change.moreAttributes > 0) {
    text += "      and " + formatCount(change.moreAttributes) + " more\n";
  }
  return text;
}

std::string moreText(char sign, std::uint64_t count, std::size_t told) {
  return count > told ? std::string("  ") + sign + " and " + formatCount(count - told) + " more\n"
                      : "";
}

std::string namesText(const GroupDifference& group) {
  const auto list = [](char sign, const std::vector<std::string>& names, std::uint64_t count) {
    std::string text;
    for (const std::string& name : names) {
      text += std::string("  ") + sign + " " + printable(name, maxItemNameLength) + "\n";
    }
    return text + moreText(sign, count, names.size());
  };
  std::string text =
      list('-', group.removedNames, group.removed) + list('+', group.addedNames, group.added);
  for (const archive::ItemChange& change : group.changes) {
    text += changeText(change);
  }
  return text + moreText('~', group.changed, group.changes.size());
}

std::string doublesText(const char* side, std::uint64_t count) {
  return count == 0 ? ""
                    : std::string("of the ") + side + ", " +
                          formatCount(count, "identical to an earlier one does",
                                      "identical to earlier ones do") +
                          " not count\n";
}

std::string serverConfigurationText(const GroupDifference& group) {
  return group.equal() ? ""
                       : "configuration that a server writes for itself, which does not count:\n" +
                             namesText(group);
}

std::string verdictOf(const ContentDifference& difference, const GroupDifference& total) {
  return difference.equal() ? "equal\n"
         : total.equal()    ? "different: schemas only\n"
                            : "different\n";
}

// As long as JSON gives it.
std::string cutText(const std::string& text) {
  const std::string_view cut = clipped(text, maxItemNameLength);
  return cut.size() < text.size() ? std::string(cut) + "..." : text;
}

void writeNames(JsonLine& line, const char* name, const std::vector<std::string>& names) {
  line.beginArray(name);
  for (const std::string& element : names) {
    line.element(cutText(element));
  }
  line.endArray();
}

void writeChanges(JsonLine& line, const std::vector<archive::ItemChange>& changes) {
  line.beginArray("changes");
  for (const archive::ItemChange& change : changes) {
    line.beginElement();
    line.text("name", cutText(change.name));
    line.beginArray("attributes");
    for (const archive::AttributeChange& each : change.attributes) {
      line.beginElement();
      line.text("path", cutText(each.path));
      for (const auto& [side, value] :
           {std::pair("first", &each.first), {"second", &each.second}}) {
        if (!value->empty()) {
          line.text(side, *value);
        }
      }
      line.endObject();
    }
    line.endArray();
    if (change.moreAttributes > 0) {
      line.number("moreAttributes", change.moreAttributes);
    }
    line.endObject();
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
  std::vector<std::string> changedNames;
  for (const archive::ItemChange& change : group.changes) {
    changedNames.push_back(change.name);
  }
  writeNames(line, "changedNames", changedNames);
  writeChanges(line, group.changes);
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
      "strapi:   " + printable(difference.first.strapiVersion, maxPathWidth) +
      (difference.first.strapiVersion == difference.second.strapiVersion
           ? "\n"
           : " and " + printable(difference.second.strapiVersion, maxPathWidth) + "\n");
  text +=
      difference.schemas.empty()
          ? "schemas:  equal\n"
          : "schemas:\n" + strapi::describe(difference.schemas, strapi::SchemaSides::comparison);
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
    names += nameOf(group) + ":\n" + namesText(each);
  }
  table.addTotal({"All", formatCount(total.firstCount), formatCount(total.secondCount),
                  formatCount(total.removed), formatCount(total.added),
                  formatCount(total.changed)});
  return text + table.text() + names + doublesText("first", difference.firstDoubles) +
         doublesText("second", difference.secondDoubles) +
         serverConfigurationText(difference.serverConfiguration) + verdictOf(difference, total);
}

void writeDifference(JsonLine& line, const ContentDifference& difference) {
  line.flag("equal", difference.equal());
  line.text("firstVersion", difference.first.strapiVersion);
  line.text("secondVersion", difference.second.strapiVersion);
  line.number("firstDoubles", difference.firstDoubles);
  line.number("secondDoubles", difference.secondDoubles);
  writeSchemaDifferences(line, difference.schemas, strapi::SchemaSides::comparison);
  writeGroups(line, "entities", difference.entitiesByType);
  writeGroups(line, "links", difference.linksByKind);
  writeGroup(line, "assets", difference.assets);
  writeGroups(line, "configuration", difference.configurationByType);
  writeGroup(line, "serverConfiguration", difference.serverConfiguration);
}

}  // namespace wsferry::tool
