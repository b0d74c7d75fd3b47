#include "push_plan.hpp"

#include <algorithm>
#include <cstdint>

#include "printable_text.hpp"
#include "result_table.hpp"
#include "size_format.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

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
  return plan.filter.includesType(type) &&
         (!plan.transfer.destinationSchemas || hasSchema(*plan.transfer.destinationSchemas, type));
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

// Links go with both their ends, and the summary does not tell which those are.
bool knowsLinks(const PushPlan& plan) {
  const auto& types = plan.archive->entitiesByType;
  return std::all_of(types.begin(), types.end(),
                     [&](const auto& type) { return isSent(plan, type.first); });
}

// What the selection and the destination let through of the archive.
std::vector<StageRow> sentRows(const PushPlan& plan) {
  std::vector<StageRow> rows;
  for (const auto& [stage, tally] : plan.archive->totals) {
    if (stage == TransferStage::schemas || !plan.filter.includes(stage)) {
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
  const bool leavesLinksOut = plan.filter.includes(TransferStage::links) && !knowsLinks(plan);
  return std::string("sends:") + (leavesLinksOut ? "    and the links between these" : "") + "\n" +
         stageTable(sentRows(plan));
}

std::string emptiedWarning(const PushPlan& plan) {
  const std::vector<TransferStage> stages = emptiedStages(plan);
  return stages.empty() ? ""
                        : "warning:  the archive has no " + emptiedText(stages) +
                              ": what the destination has of that is deleted without a "
                              "replacement\n";
}

std::string sharedStorageText(const PushPlan& plan) {
  if (!plan.restore.assets) {
    return {};
  }
  std::string providers;
  std::uint64_t files = 0;
  if (plan.archive) {
    for (const auto& [provider, tally] : plan.archive->assetsByProvider) {
      if (provider != "local") {
        providers += (providers.empty() ? "" : ", ") +
                     (provider.empty() ? std::string("unnamed") : printable(provider, 60));
        files += tally.count;
      }
    }
    if (files == 0) {
      return {};
    }
  }
  const std::string which = plan.archive ? formatCount(files) +
                                               " files of the archive come from shared storage (" +
                                               providers + "). "
                                         : "";
  return "warning:  " + which +
         "A server deletes its upload files through its own storage provider: where source and "
         "destination use the same bucket, the source's files are removed. --exclude media-library "
         "leaves files and their records alone.\n";
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
  text += types.empty() ? "no records" : "all records of " + formatCount(types.size()) + " types";
  text += plan.restore.assets ? ", all upload files" : ", no files";
  text += plan.restore.configuration ? ", configuration and webhooks" : ", no configuration";
  text += "; administrators, roles and tokens stay\n";
  for (const std::string& type : types) {
    text += "          " + printable(type, 100) + "\n";
  }
  return text;
}

}  // namespace

std::vector<TransferStage> emptiedStages(const PushPlan& plan) {
  std::vector<TransferStage> stages;
  if (!plan.archive) {
    return stages;
  }
  const auto& totals = plan.archive->totals;
  const auto check = [&](bool isDeleted, TransferStage stage) {
    const auto found = totals.find(stage);
    if (isDeleted && (found == totals.end() || found->second.count == 0)) {
      stages.push_back(stage);
    }
  };
  check(!deletedTypes(plan).empty(), TransferStage::entities);
  check(plan.restore.assets, TransferStage::assets);
  check(plan.restore.configuration, TransferStage::configuration);
  return stages;
}

std::string emptiedText(const std::vector<TransferStage>& stages) {
  std::string text;
  for (const TransferStage stage : stages) {
    text += text.empty() ? "" : ", ";
    text += stage == TransferStage::entities ? "content"
            : stage == TransferStage::assets ? "files"
                                             : "configuration";
  }
  return text;
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
  return text + deletionText(plan) + sentText(plan) + emptiedWarning(plan) +
         sharedStorageText(plan);
}

void writeSchemaDifferences(JsonLine& line,
                            const std::vector<strapi::SchemaDifference>& differences) {
  line.beginArray("schemaDifferences");
  for (const strapi::SchemaDifference& difference : differences) {
    line.beginElement();
    line.text("kind", difference.kind == strapi::SchemaDifference::Kind::onlyInSource
                          ? "onlyInSource"
                      : difference.kind == strapi::SchemaDifference::Kind::onlyInDestination
                          ? "onlyInDestination"
                          : "changed");
    line.text("uid", difference.uid);
    line.text("path", difference.path);
    line.text("source", difference.sourceValue);
    line.text("destination", difference.destinationValue);
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
  if (plan.archive) {
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
  line.flag("sharedStorage", !sharedStorageText(plan).empty());
}

}  // namespace wsferry::tool
