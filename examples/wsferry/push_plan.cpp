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

// What the selection lets through of the archive.
std::vector<StageRow> sentRows(const PushPlan& plan) {
  std::vector<StageRow> rows;
  for (const auto& [stage, tally] : plan.archive->totals) {
    if (stage == TransferStage::schemas || !plan.filter.includes(stage)) {
      continue;
    }
    StageRow row{stage, tally, {}};
    if (stage == TransferStage::entities) {
      row.tally = {};
      for (const auto& [type, part] : plan.archive->entitiesByType) {
        if (plan.filter.includesType(type)) {
          row.tally.count += part.count;
          row.tally.bytes += part.bytes;
          row.parts.emplace_back(type, part);
        }
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
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
  text += deletionText(plan);
  if (plan.archive) {
    text += "sends:\n" + stageTable(sentRows(plan));
  } else {
    text += "sends:    what the source has and the selection lets through\n";
  }
  return text + sharedStorageText(plan);
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
