#include "tool/report/archive_report.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/result_table.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

using archive::ArchiveSummary;
using strapi::Tally;
using strapi::TransferStage;

const std::map<std::string, Tally>& partsOf(const ArchiveSummary& summary, TransferStage stage) {
  static const std::map<std::string, Tally> none;
  switch (stage) {
    case TransferStage::entities:
      return summary.entitiesByType;
    case TransferStage::links:
      return summary.linksByKind;
    case TransferStage::configuration:
      return summary.configurationByType;
    case TransferStage::assets:
      return summary.assetsByExtension;
    case TransferStage::schemas:
      break;
  }
  return none;
}

std::string formatText(const archive::ArchiveFormat& format) {
  if (format.container == archive::Container::directory) {
    return "folder";
  }
  std::string text = "tar";
  text += format.compressed ? ", gzip" : "";
  text += format.encrypted ? ", encrypted" : "";
  return text;
}

void writeTally(JsonLine& line, const Tally& tally) {
  line.number("count", tally.count);
  line.number("bytes", tally.bytes);
}

}  // namespace

std::string archiveText(const std::string& path, const ArchiveSummary& summary) {
  std::string out = "archive:  " + printable(path) + "\nformat:   " + formatText(summary.format) +
                    (summary.fileBytes == 0 ? "" : ", " + formatBytes(summary.fileBytes)) +
                    "\nstrapi:   " + printable(summary.metadata.strapiVersion) +
                    "\ncreated:  " + printable(summary.metadata.createdAt) +
                    "\nschemas:  " + formatCount(summary.schemaUids.size()) + "\n";
  std::vector<StageRow> rows;
  for (const auto& [stage, tally] : summary.totals) {
    const auto& parts = partsOf(summary, stage);
    rows.push_back({stage, tally, {parts.begin(), parts.end()}});
  }
  return out + stageTable(rows);
}

std::vector<std::string> problemsOf(const ArchiveSummary& summary, bool withFiles) {
  if (withFiles) {
    return summary.problems;
  }
  const auto& ofFiles = summary.fileProblems;
  std::vector<std::string> problems;
  std::copy_if(summary.problems.begin(), summary.problems.end(), std::back_inserter(problems),
               [&ofFiles](const std::string& problem) {
                 return std::find(ofFiles.begin(), ofFiles.end(), problem) == ofFiles.end();
               });
  return problems;
}

std::vector<std::string> findingsOf(const ArchiveSummary& summary, bool withFiles,
                                    const std::vector<std::string>& told) {
  std::vector<std::string> findings = problemsOf(summary, withFiles);
  std::copy_if(summary.remarks.begin(), summary.remarks.end(), std::back_inserter(findings),
               [&told](const std::string& remark) {
                 return std::find(told.begin(), told.end(), remark) == told.end();
               });
  return findings;
}

std::string findingsText(const ArchiveSummary& summary) {
  std::string out;
  for (const std::string& remark : summary.remarks) {
    out += "remark:  " + printable(remark) + "\n";
  }
  for (const std::string& problem : summary.problems) {
    out += "problem: " + printable(problem) + "\n";
  }
  return out;
}

void writeTexts(JsonLine& line, const char* name, const std::vector<std::string>& texts) {
  line.beginArray(name);
  for (const std::string& text : texts) {
    line.element(text);
  }
  line.endArray();
}

void writeArchive(JsonLine& line, const std::string& path, const ArchiveSummary& summary) {
  line.text("archive", path);
  line.text("container",
            summary.format.container == archive::Container::directory ? "directory" : "tar");
  line.flag("compressed", summary.format.compressed);
  line.flag("encrypted", summary.format.encrypted);
  if (summary.fileBytes != 0) {
    line.number("bytes", summary.fileBytes);
  }
  line.text("strapiVersion", summary.metadata.strapiVersion);
  line.text("createdAt", summary.metadata.createdAt);
  line.beginArray("schemas");
  for (const std::string& uid : summary.schemaUids) {
    line.element(uid);
  }
  line.endArray();
  line.beginObject("stages");
  for (const auto& [stage, tally] : summary.totals) {
    line.beginObject(strapi::toString(stage));
    writeTally(line, tally);
    line.beginObject("aggregates");
    for (const auto& [name, part] : partsOf(summary, stage)) {
      line.beginObject(name);
      writeTally(line, part);
      line.endObject();
    }
    line.endObject();
    line.endObject();
  }
  line.endObject();
  writeTexts(line, "problems", summary.problems);
  writeTexts(line, "remarks", summary.remarks);
}

}  // namespace wsferry::tool
