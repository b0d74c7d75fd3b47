#pragma once

#include <string>

#include "json_line.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace wsferry::tool {

/// An archive's summary for a terminal: what it is, and a table of what it holds.
std::string archiveText(const std::string& path, const archive::ArchiveSummary& summary);

/// The same as members of a JSON object, with the problems.
void writeArchive(JsonLine& line, const std::string& path, const archive::ArchiveSummary& summary);

/// One line for each problem.
std::string problemsText(const archive::ArchiveSummary& summary);

}  // namespace wsferry::tool
