#pragma once

#include <string>

#include "tool/report/json_line.hpp"
#include "wsferry/archive/content_comparison.hpp"

namespace wsferry::tool {

/// How two contents differ, for a terminal: versions, schemas, a table of the groups that differ,
/// and names of what does.
std::string differenceText(const archive::ContentDifference& difference);

/// The same as members of a JSON object, with the groups that are equal.
void writeDifference(JsonLine& line, const archive::ContentDifference& difference);

}  // namespace wsferry::tool
