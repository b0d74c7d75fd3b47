#include "tool/push/push_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

#include "tool/report/archive_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/result_table.hpp"
#include "tool/terminal/size_format.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

constexpr const char* recordsOfFiles = "plugin::upload.file";

// Types of the destination's content whose records are deleted.
std::vector<std::string> deletedTypes(const PushPlan& plan) {
  std::vector<std::string> types;
  if (!plan.transfer.destinationSchemas) {
    return types;
  }
  for (const strapi::Schema& schema : *plan.transfer.destinationSchemas) {
    // Components have no records of their own: their uid has no `::`.
    if (schema.uid.find("::") != std::string::npos && plan.restore.deletes(schema.uid)) {
      types.push_back(schema.uid);
    }
  }
  std::sort(types.begin(), types.end());
  return types;
}

bool hasSchema(const std::vector<strapi::Schema>& schemas, const std::string& uid) {
  return std::any_of(schemas.begin(), schemas.end(),
                     [&](const strapi::Schema& schema) { return schema.uid == uid; });
}

bool isSent(const PushPlan& plan, const std::string& type) {
  return plan.transfer.filter.includesType(type) &&
         (!plan.transfer.destinationSchemas || hasSchema(*plan.transfer.destinationSchemas, type));
}

// Deleted, with nothing in its place. A source that is a server tells no counts.
bool isEmptied(const PushPlan& plan, const std::string& type) {
  return plan.archive && (!isSent(plan, type) || plan.archive->entitiesByType.count(type) == 0);
}

StageRow entitiesRow(const PushPlan& plan) {
  StageRow row{TransferStage::entities, {}, {}};
  for (const auto& [type, part] : plan.archive->entitiesByType) {
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

// What the selection and the destination let through of the archive.
std::vector<StageRow> sentRows(const PushPlan& plan) {
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
  if (!plan.archive) {
    return "sends:    what the source has and the selection lets through\n";
  }
  const bool leavesLinksOut =
      plan.transfer.filter.includes(TransferStage::links) && !knowsLinks(plan);
  return std::string("sends:") + (leavesLinksOut ? "    and the links between these" : "") + "\n" +
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
  return text +
         (findings.size() > shownFindings ? "          and more; `wsferry verify` has them\n" : "");
}

std::string findingsText(const PushPlan& plan) {
  return findingsText("warning:  left out, missing, or perhaps cut off:", problemsOf(plan)) +
         findingsText("note:     unusual in the archive:", remarksOf(plan));
}

std::string emptiedWarning(const PushPlan& plan) {
  const std::vector<TransferStage> stages = emptiedStages(plan);
  return stages.empty() ? ""
                        : "warning:  the archive has " + emptiedText(plan, stages) +
                              "; those of the destination are deleted without a replacement\n";
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
                          "where source and destination use the same bucket, the source's files "
                          "are removed. --exclude files leaves the files alone, and takes their "
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
              : ", which the version strategy " +
                    std::string(strapi::toString(plan.versionStrategy)) + " does not accept") +
         "\n";
}

std::string deletionText(const PushPlan& plan) {
  const std::vector<std::string> types = deletedTypes(plan);
  std::string text = "deletes:  ";
  text +=
      types.empty() ? "no records" : "all records of " + formatCount(types.size(), "type", "types");
  text += "\n";
  for (const std::string& type : types) {
    text += "            " + printable(type, 100) +
            (isEmptied(plan, type) ? "  (the archive has none)" : "") + "\n";
  }
  const auto line = [&](const char* what) { text += std::string("          ") + what + "\n"; };
  std::string kept;
  if (plan.restore.assets) {
    line("all upload files");
  } else {
    kept += "files, ";
  }
  if (plan.restore.configuration) {
    line("the configuration and all webhooks");
  } else {
    kept += "configuration, webhooks, ";
  }
  return text + "keeps:    " + kept + "administrators, roles, tokens\n";
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
  if (types.count(recordsOfFiles) != 0 &&
      std::count(excluded.begin(), excluded.end(), strapi::TransferGroup::mediaLibrary) != 0) {
    types.erase(recordsOfFiles);
    text +=
        "          --exclude files in place of media-library keeps links to files: it takes their "
        "records from the source\n";
  }
  std::string names;
  std::size_t shown = 0;
  for (const std::string& type : types) {
    if (++shown <= shownFindings) {
      names += (names.empty() ? "" : ", ") + printable(type, 100);
    }
  }
  return names.empty() ? text
                       : text + "          to keep these, add to the selection: " + names +
                             (shown > shownFindings ? " and more" : "") + "\n";
}

}  // namespace

std::vector<TransferStage> emptiedStages(const PushPlan& plan) {
  std::vector<TransferStage> stages;
  if (!plan.archive) {
    return stages;
  }
  const auto isEmpty = [&](TransferStage stage) {
    const auto found = plan.archive->totals.find(stage);
    return found == plan.archive->totals.end() || found->second.count == 0;
  };
  const std::vector<std::string> types = deletedTypes(plan);
  const bool isContentEmptied = !types.empty() && entitiesRow(plan).tally.count == 0;
  // Files without records are lost to the destination's users.
  const bool areRecordsOfFilesEmptied =
      !isContentEmptied && std::count(types.begin(), types.end(), recordsOfFiles) != 0 &&
      isEmptied(plan, recordsOfFiles);
  if (isContentEmptied) {
    stages.push_back(TransferStage::entities);
  }
  if ((plan.restore.assets && isEmpty(TransferStage::assets)) || areRecordsOfFilesEmptied) {
    stages.push_back(TransferStage::assets);
  }
  if (plan.restore.configuration && isEmpty(TransferStage::configuration)) {
    stages.push_back(TransferStage::configuration);
  }
  return stages;
}

std::string emptiedText(const PushPlan& plan, const std::vector<TransferStage>& stages) {
  std::string text;
  for (const TransferStage stage : stages) {
    text += text.empty() ? "no " : " and no ";
    text += stage == TransferStage::entities ? "content"
            : stage == TransferStage::assets ? (plan.restore.assets ? "files" : "records of files")
                                             : "configuration";
  }
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

std::string planText(const PushPlan& plan) {
  std::string text = "plan for " + printable(plan.destination) + "\n" + versionText(plan);
  text += "schemas:  ";
  if (!plan.needsConsent()) {
    text += "no differences that count\n";
  } else {
    text +=
        "they differ; records of types that the destination lacks, and values of attributes "
        "that it does not know, are dropped\n" +
        strapi::describe(plan.transfer.schemaDifferences);
  }
  return text + deletionText(plan) + severedText(plan) + sentText(plan) + emptiedWarning(plan) +
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

void writePlan(JsonLine& line, const PushPlan& plan) {
  line.text("destination", plan.destination);
  line.text("sourceVersion", plan.transfer.source.strapiVersion);
  if (plan.transfer.destination) {
    line.text("destinationVersion", plan.transfer.destination->strapiVersion);
  }
  line.flag("versionsMatch", plan.transfer.versionsMatch);
  writeSchemaDifferences(line, plan.transfer.schemaDifferences);
  line.beginObject("deletes");
  line.beginArray("types");
  for (const std::string& type : deletedTypes(plan)) {
    line.element(type);
  }
  line.endArray();
  line.flag("files", plan.restore.assets);
  line.flag("configuration", plan.restore.configuration);
  line.endObject();
  line.beginArray("severedRelations");
  for (const strapi::SeveredRelation& relation : plan.transfer.severedRelations) {
    line.beginElement();
    line.text("type", relation.type);
    line.text("path", relation.path);
    line.text("other", relation.other);
    line.endObject();
  }
  line.endArray();
  if (plan.archive) {
    line.beginArray("emptiedTypes");
    for (const std::string& type : deletedTypes(plan)) {
      if (isEmptied(plan, type)) {
        line.element(type);
      }
    }
    line.endArray();
    writeTexts(line, "problems", problemsOf(plan));
    writeTexts(line, "remarks", remarksOf(plan));
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
  line.flag("sharedStorage", mayShareStorage(plan));
  if (plan.copyEnds && plan.copyEnds->likeness) {
    line.text("likeness", toString(*plan.copyEnds->likeness));
  }
}

}  // namespace wsferry::tool
