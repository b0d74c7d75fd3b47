#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/text/glob.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi::detail {

using Value = std::optional<std::string_view>;  // JSON text; nothing where there is no value.

// Members of an object, or elements of an array by their indexes, as in the official comparison. In
// the order that a person expects: "2" before "10", then names.
struct NameOrder {
  bool operator()(const std::string& left, const std::string& right) const {
    const auto indexSize = [](const std::string& name) {
      const bool isIndex = name.find_first_not_of("0123456789") == std::string::npos;
      return isIndex ? name.size() : std::string::npos;
    };
    return std::make_pair(indexSize(left), std::string_view(left)) <
           std::make_pair(indexSize(right), std::string_view(right));
  }
};
using Members = std::map<std::string, std::string_view, NameOrder>;

inline bool isArray(Value value) {
  return value && value->front() == '[';
}

inline bool isContainer(Value value) {
  return isArray(value) || (value && value->front() == '{');
}

inline Members membersOf(std::string_view json) {
  Members members;
  JsonCursor cursor(json);
  if (cursor.enterObject()) {
    std::string_view key;
    while (cursor.nextKey(key)) {
      const std::string_view value = cursor.skipValue();
      members.insert_or_assign(decodeJsonString(key), value);
    }
  } else if (cursor.enterArray()) {
    for (std::size_t index = 0; cursor.nextElement(); ++index) {
      members.emplace(std::to_string(index), cursor.skipValue());
    }
  }
  return members;
}

inline Value find(const Members& members, const std::string& name) {
  const auto found = members.find(name);
  return found == members.end() ? Value() : found->second;
}

// Neither is an object or array.
inline bool equalScalars(std::string_view left, std::string_view right) {
  if (left == right) {
    return true;
  }
  if (left.front() == '"' && right.front() == '"') {
    return decodeJsonString(left.substr(1, left.size() - 2)) ==
           decodeJsonString(right.substr(1, right.size() - 2));
  }
  return isJsonNumber(left) && isJsonNumber(right) && jsonNumberOf(left) == jsonNumberOf(right);
}

inline bool equal(Value left, Value right) {
  if (!left || !right) {
    return !left && !right;
  }
  return !isContainer(left) && !isContainer(right) && equalScalars(*left, *right);
}

// Types that only some editions have and that never transfer.
inline bool isOptionalType(Value schema) {
  if (!isContainer(schema)) {
    return false;
  }
  const Members members = membersOf(*schema);
  const Value info = find(members, "info");
  if (!isContainer(info)) {
    return false;
  }
  const Members infoMembers = membersOf(*info);
  const Value name = find(infoMembers, "singularName");
  return name && name->front() == '"' && equalScalars(*name, "\"audit-log\"");
}

inline bool isIgnorableAttribute(const std::vector<std::string>& path) {
  constexpr std::array<std::string_view, 4> ignorable = {"private", "required", "configurable",
                                                         "default"};
  return path.size() == 3 && path[0] == "attributes" &&
         std::find(ignorable.begin(), ignorable.end(), path[2]) != ignorable.end();
}

inline std::string join(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& name : path) {
    text.append(text.empty() ? "" : ".").append(name);
  }
  return text;
}

// Compares the schemas of one type, as the official engine does (protocol section 7).
class TypeComparison {
 public:
  TypeComparison(std::string uid, SchemaStrategy strategy, std::vector<SchemaDifference>& found)
      : uid_(std::move(uid)), strategy_(strategy), found_(found) {}

  void compare(Value source, Value destination) {
    if (isContainer(source) && isContainer(destination)) {
      compareMembers(*source, *destination);
    } else if (!equal(source, destination)) {
      report(source, destination);
    }
  }

 private:
  void compareMembers(std::string_view source, std::string_view destination) {
    if (source == destination) {
      return;
    }
    const Members left = membersOf(source);
    const Members right = membersOf(destination);
    std::set<std::string, NameOrder> names;
    for (const Members* members : {&left, &right}) {
      for (const auto& member : *members) {
        names.insert(member.first);
      }
    }
    for (const std::string& name : names) {
      path_.push_back(name);
      compare(find(left, name), find(right, name));
      path_.pop_back();
    }
  }

  void report(Value source, Value destination) {
    const bool optional = isOptionalType(source ? source : destination);
    if (strategy_ == SchemaStrategy::strict && (isIgnorableAttribute(path_) || optional)) {
      return;
    }
    SchemaDifference difference;
    difference.kind = !source        ? SchemaDifference::Kind::onlyInDestination
                      : !destination ? SchemaDifference::Kind::onlyInSource
                                     : SchemaDifference::Kind::changed;
    difference.uid = uid_;
    difference.path = join(path_);
    difference.sourceValue = source.value_or("");
    difference.destinationValue = destination.value_or("");
    found_.push_back(std::move(difference));
  }

  const std::string uid_;
  const SchemaStrategy strategy_;
  std::vector<SchemaDifference>& found_;
  std::vector<std::string> path_;
};

inline std::map<std::string, std::string_view> byUid(const std::vector<Schema>& schemas) {
  std::map<std::string, std::string_view> result;
  for (const Schema& schema : schemas) {
    JsonCursor cursor(schema.json);
    if (cursor.peek() != '{') {
      throw Error(Errc::protocolViolation,
                  "The schema of " + schema.uid + " is not a JSON object.");
    }
    result[schema.uid] = cursor.skipValue();
    cursor.expectEnd();
  }
  return result;
}

inline Value valueOf(const std::map<std::string, std::string_view>& schemas,
                     const std::string& uid) {
  const auto found = schemas.find(uid);
  return found == schemas.end() ? Value() : found->second;
}

}  // namespace wsferry::strapi::detail
