#include "tool/push/push_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

#include "tool/push/emptied_content.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/result_table.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

const std::string recordsOfFiles(strapi::uploadFile);

StageRow entitiesRow(const PushPlan& plan) {
  StageRow row{TransferStage::entities, {}, {}};
  for (const auto& [type, part] : plan.source->entitiesByType) {
    if (isSent(plan, type)) {
      row.tally.count += part.count;
      row.tally.bytes += part.bytes;
      row.parts.emplace_back(type, part);
    }
  }
  return row;
}

// Links go with both their ends, and the summary does not say which those are.
bool knowsLinks(const PushPlan& plan) {
  const auto& types = plan.archive->entitiesByType;
  return std::all_of(types.begin(), types.end(),
                     [&](const auto& type) { return isSent(plan, type.first); });
}

// A server tells neither its links nor the sizes of its files before they come.
std::vector<StageRow> rowsOfServer(const PushPlan& plan) {
  std::vector<StageRow> rows;
  if (plan.transfer.filter.includes(TransferStage::entities)) {
    rows.push_back(entitiesRow(plan));
  }
  if (plan.transfer.filter.includes(TransferStage::configuration)) {
    rows.push_back({TransferStage::configuration, plan.source->configuration, {}});
  }
  return rows;
}

// What the selection and the destination let through.
std::vector<StageRow> sentRows(const PushPlan& plan) {
  if (!plan.archive) {
    return rowsOfServer(plan);
  }
  std::vector<StageRow> rows;
  for (const auto& [stage, tally] : plan.archive->totals) {
    if (stage == TransferStage::schemas || !plan.transfer.filter.includes(stage)) {
      continue;
    }
    if (stage == TransferStage::entities) {
      rows.push_back(entitiesRow(plan));
    } else if (stage != TransferStage::links || knowsLinks(plan)) {
      rows.push_back({stage, tally, {}});
    }
  }
  return rows;
}

std::string sentText(const PushPlan& plan) {
  if (!plan.source) {
    return "sends:    what the source has and the selection lets through\n";
  }
  const strapi::TransferFilter& filter = plan.transfer.filter;
  const bool leavesLinksOut =
      filter.includes(TransferStage::links) && !(plan.archive && knowsLinks(plan));
  const bool leavesFilesOut = filter.includes(TransferStage::assets) && !plan.archive;
  const std::string uncounted = std::string(leavesFilesOut ? "their files" : "") +
                                (leavesFilesOut && leavesLinksOut ? " and " : "") +
                                (leavesLinksOut ? "the links between these" : "");
  return "sends:" + (uncounted.empty() ? uncounted : "    these, with " + uncounted) + "\n" +
         stageTable(sentRows(plan));
}

constexpr std::size_t shownFindings = 10;

std::vector<std::string> problemsOf(const PushPlan& plan) {
  return plan.archive ? tool::problemsOf(*plan.archive, plan.restore.assets)
                      : std::vector<std::string>();
}

std::vector<std::string> remarksOf(const PushPlan& plan) {
  return plan.archive ? plan.archive->remarks : std::vector<std::string>();
}

std::string findingsText(const std::string& heading, const std::vector<std::string>& findings) {
  if (findings.empty()) {
    return {};
  }
  std::string text = heading + "\n";
  for (std::size_t i = 0; i < std::min(findings.size(), shownFindings); ++i) {
    text += "          " + printable(findings[i], 300) + "\n";
  }
  return text + (findings.size() > shownFindings
                     ? "          and more; `wsferry verify` lists them\n"
                     : "");
}

std::string findingsText(const PushPlan& plan) {
  return findingsText("warning:  left out, missing, or perhaps truncated:", problemsOf(plan)) +
         findingsText("note:     unusual in the archive:", remarksOf(plan));
}

std::string emptiedText(const PushPlan& plan) {
  std::string text;
  for (const std::string& warning : emptiedWarnings(plan)) {
    text += "warning:  " + warning + "\n";
  }
  return text;
}

std::string archiveStorageText(const PushPlan& plan) {
  std::string providers;
  std::uint64_t files = 0;
  for (const auto& [provider, tally] : plan.archive->assetsByProvider) {
    // Resized images tell none: they are where the file is that they were made of.
    if (provider != "local" && !provider.empty()) {
      providers += (providers.empty() ? "" : ", ") + printable(provider, 60);
      files += tally.count;
    }
  }
  return files == 0 ? ""
                    : "warning:  " +
                          formatCount(files, "file of the archive is", "files of the archive are") +
                          " on shared storage (" + providers +
                          "). A server deletes its upload files through its own storage provider: "
                          "if source and destination use the same bucket, the source's files are "
                          "removed. --exclude files leaves the files alone, but takes their "
                          "records and the links to them.\n";
}

std::string sharedStorageText(const PushPlan& plan) {
  return plan.restore.assets && plan.archive ? archiveStorageText(plan) : "";
}

bool mayShareStorage(const PushPlan& plan) {
  return !sharedStorageText(plan).empty() ||
         (plan.copyEnds && plan.copyEnds->files && plan.copyEnds->files->isDangerous());
}

std::string versionText(const PushPlan& plan) {
  const std::string source = printable(plan.transfer.source.strapiVersion, 60);
  if (!plan.transfer.destination) {
    return "strapi:   " + source + "\n";
  }
  const std::string destination = printable(plan.transfer.destination->strapiVersion, 60);
  return "strapi:   " + source + " -> " + destination +
         (plan.transfer.versionsMatch
              ? ""
              : ", but the version strategy " +
                    std::string(strapi::toString(plan.versionStrategy)) + " does not accept that") +
         "\n";
}

std::string deletionText(const PushPlan& plan) {
  const std::vector<std::string> types = deletedTypes(plan);
  const std::vector<std::string> emptied = emptiedTypes(plan);
  std::string text = "deletes:  ";
  text +=
      types.empty() ? "no records" : "all records of " + formatCount(types.size(), "type", "types");
  text += "\n";
  for (const std::string& type : types) {
    text += "            " + printable(type, 100) +
            (std::binary_search(emptied.begin(), emptied.end(), type)
                 ? "  (" + sourceName(plan) + " has none)"
                 : "") +
            "\n";
  }
  const auto line = [&](const char* what) { text += std::string("          ") + what + "\n"; };
  std::string kept = types.empty() ? "content, " : "";
  if (plan.restore.assets) {
    line(plan.restore.configuration
             ? "all upload files"
             : "all upload files, including the logos of the admin panel, which are not replaced");
  } else {
    kept += "files, ";
  }
  if (plan.restore.configuration) {
    line("the configuration and all webhooks");
  } else {
    kept += "configuration, webhooks, ";
  }
  return text + "keeps:    " + kept +
         "administrators with their roles and permissions, API and transfer tokens\n";
}

// The types to add to the selection. Those that never transfer cannot be.
std::set<std::string> typesLeftOut(const PushPlan& plan) {
  std::set<std::string> types;
  for (const strapi::SeveredRelation& relation : plan.transfer.severedRelations) {
    for (const std::string& type : {relation.type, relation.other}) {
      if (!type.empty() && !strapi::isNeverTransferred(type) &&
          !plan.transfer.filter.includesType(type)) {
        types.insert(type);
      }
    }
  }
  return types;
}

std::string severedRemedy(const PushPlan& plan) {
  std::set<std::string> types = typesLeftOut(plan);
  const auto& excluded = plan.transfer.filter.options().exclude;
  std::string text;
  std::set<std::string> missing;
  for (auto type = types.begin(); plan.source && type != types.end();) {
    if (plan.source->recordsOf(*type) == 0) {
      missing.insert(*type);
      type = types.erase(type);
    } else {
      ++type;
    }
  }
  if (types.count(recordsOfFiles) != 0 &&
      std::count(excluded.begin(), excluded.end(), strapi::TransferGroup::mediaLibrary) != 0) {
    types.erase(recordsOfFiles);
    text +=
        "          --exclude files instead of media-library keeps links to files: it takes their "
        "records from the source\n";
  }
  const auto line = [&](const std::string& begin, const std::set<std::string>& listed) {
    text += listed.empty() ? ""
                           : "          " + begin + typeList({listed.begin(), listed.end()}) + "\n";
  };
  line("to keep these, add to the selection: ", types);
  line(plan.archive ? "cannot be kept with this archive: it has no "
                    : "cannot be kept with this source: it has no ",
       missing);
  return text;
}

std::string severedText(const PushPlan& plan) {
  const auto& relations = plan.transfer.severedRelations;
  if (relations.empty()) {
    return {};
  }
  std::string text =
      "warning:  links between the selected types and the others are cut, and not restored:\n";
  for (std::size_t i = 0; i < std::min(relations.size(), shownFindings); ++i) {
    text += "            " + strapi::describe(relations[i]) + "\n";
  }
  if (relations.size() > shownFindings) {
    text += "            and " +
            formatCount(relations.size() - shownFindings, "more relation", "more relations") + "\n";
  }
  return text + severedRemedy(plan);
}

}  // namespace

std::string uncheckedText(const PushPlan& plan) {
  return plan.copyEnds ? uncheckedText(*plan.copyEnds) : std::string();
}

std::string lossText(const PushPlan& plan) {
  const std::string unchecked = uncheckedText(plan);
  return severedText(plan) + emptiedText(plan) +
         (unchecked.empty() ? "" : "note:     " + unchecked + "\n");
}

std::string planText(const PushPlan& plan) {
  std::string text = "plan for " + printable(plan.destination) + "\n" + versionText(plan);
  if (!plan.protectedBy.empty()) {
    text += "protected: by [" + printable(plan.protectedBy) + "] in the configuration; a " +
            (plan.archive ? "push" : "copy") + " needs --force-protected\n";
  }
  text += "schemas:  ";
  if (!plan.needsConsent()) {
    text += "no differences that count\n";
  } else {
    text +=
        "they differ; records of types that the destination lacks, and values of attributes "
        "unknown to it, are dropped\n" +
        strapi::describe(plan.transfer.schemaDifferences);
  }
  return text + deletionText(plan) + severedText(plan) + sentText(plan) + emptiedText(plan) +
         findingsText(plan) + sharedStorageText(plan) +
         (plan.copyEnds ? copyEndsText(*plan.copyEnds) : "");
}

void writeSchemaDifferences(JsonLine& line,
                            const std::vector<strapi::SchemaDifference>& differences,
                            strapi::SchemaSides sides) {
  const bool isTransfer = sides == strapi::SchemaSides::transfer;
  const char* const onlyInFirst = isTransfer ? "onlyInSource" : "onlyInFirst";
  const char* const onlyInSecond = isTransfer ? "onlyInDestination" : "onlyInSecond";
  line.beginArray("schemaDifferences");
  for (const strapi::SchemaDifference& difference : differences) {
    line.beginElement();
    line.text("kind", difference.kind == strapi::SchemaDifference::Kind::onlyInSource ? onlyInFirst
                      : difference.kind == strapi::SchemaDifference::Kind::onlyInDestination
                          ? onlyInSecond
                          : "changed");
    line.text("uid", difference.uid);
    line.text("path", difference.path);
    line.text(isTransfer ? "source" : "first", difference.sourceValue);
    line.text(isTransfer ? "destination" : "second", difference.destinationValue);
    line.endObject();
  }
  line.endArray();
}

namespace {

void writeDeletions(JsonLine& line, const PushPlan& plan) {
  line.beginObject("deletes");
  line.beginArray("types");
  for (const std::string& type : deletedTypes(plan)) {
    line.element(type);
  }
  line.endArray();
  line.flag("files", plan.restore.assets);
  line.flag("configuration", plan.restore.configuration);
  line.endObject();
}

void writeSeveredRelations(JsonLine& line, const PushPlan& plan) {
  line.beginArray("severedRelations");
  for (const strapi::SeveredRelation& relation : plan.transfer.severedRelations) {
    line.beginElement();
    line.text("type", relation.type);
    line.text("path", relation.path);
    line.text("other", relation.other);
    line.endObject();
  }
  line.endArray();
}

void writeSource(JsonLine& line, const PushPlan& plan) {
  writeTexts(line, "emptiedTypes", emptiedTypes(plan));
  line.beginArray("emptied");
  for (const TransferStage stage : emptiedStages(plan)) {
    line.element(strapi::toString(stage));
  }
  line.endArray();
  line.beginObject("sends");
  for (const StageRow& row : sentRows(plan)) {
    line.beginObject(strapi::toString(row.stage));
    line.number("count", row.tally.count);
    line.number("bytes", row.tally.bytes);
    line.endObject();
  }
  line.endObject();
}

}  // namespace

void writePlan(JsonLine& line, const PushPlan& plan) {
  line.text("destination", plan.destination);
  if (!plan.protectedBy.empty()) {
    line.text("protectedBy", plan.protectedBy);
  }
  line.text("sourceVersion", plan.transfer.source.strapiVersion);
  if (plan.transfer.destination) {
    line.text("destinationVersion", plan.transfer.destination->strapiVersion);
  }
  line.flag("versionsMatch", plan.transfer.versionsMatch);
  writeSchemaDifferences(line, plan.transfer.schemaDifferences);
  writeDeletions(line, plan);
  writeSeveredRelations(line, plan);
  if (plan.archive) {
    writeTexts(line, "problems", problemsOf(plan));
    writeTexts(line, "remarks", remarksOf(plan));
  }
  if (plan.source) {
    writeSource(line, plan);
  }
  line.flag("sharedStorage", mayShareStorage(plan));
  if (plan.copyEnds && plan.copyEnds->likeness) {
    line.text("likeness", toString(*plan.copyEnds->likeness));
  }
}

}  // namespace wsferry::tool
