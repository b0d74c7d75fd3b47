#pragma once

#include <string>
#include <vector>

#include "tool/report/json_line.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace wsferry::tool {

/// An archive's summary for a terminal: what it is, and a table of what it holds.
std::string archiveText(const std::string& path, const archive::ArchiveSummary& summary);

/// The same as members of a JSON object, with the problems and remarks.
void writeArchive(JsonLine& line, const std::string& path, const archive::ArchiveSummary& summary);

/// An array of texts as a member of a JSON object.
void writeTexts(JsonLine& line, const char* name, const std::vector<std::string>& texts);

/// An archive's problems; those of files only `withFiles`.
std::vector<std::string> problemsOf(const archive::ArchiveSummary& summary, bool withFiles);

/// The same, and the archive's remarks but for those that are `told`: some of them say that content
/// goes lost on the way.
std::vector<std::string> findingsOf(const archive::ArchiveSummary& summary, bool withFiles,
                                    const std::vector<std::string>& told);

/// One line for each remark and problem.
std::string findingsText(const archive::ArchiveSummary& summary);

}  // namespace wsferry::tool
