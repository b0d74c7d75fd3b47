#include "tool/push/emptied_content.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "tool/terminal/first_few.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/strapi/detail/selection/crossing_relations.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;
using Types = std::vector<std::string>;

const std::string uploadFileType(strapi::uploadFile);

bool hasSchema(const std::vector<strapi::Schema>& schemas, const std::string& uid) {
  return std::any_of(schemas.begin(), schemas.end(),
                     [&](const strapi::Schema& schema) { return schema.uid == uid; });
}

bool isOwn(const std::string& type) {
  return type.rfind("api::", 0) == 0;
}

bool isAmong(const Types& types, const std::string& type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool isReplaced(const PushPlan& plan, const std::string& type) {
  return isSent(plan, type) && plan.source->recordsOf(type) > 0;
}

std::uint64_t countOf(const archive::ArchiveSummary& archive, TransferStage stage) {
  const auto found = archive.totals.find(stage);
  return found == archive.totals.end() ? 0 : found->second.count;
}

// A destination that is not known may have anything.
bool isEmptied(const PushPlan& plan, const std::string& type) {
  return plan.source && !isReplaced(plan, type) &&
         (!plan.destinationContent || plan.destinationContent->recordsOf(type) > 0);
}

bool isContentEmptied(const PushPlan& plan, const Types& deleted) {
  Types types;
  std::copy_if(deleted.begin(), deleted.end(), std::back_inserter(types), isOwn);
  if (types.empty()) {
    types = deleted;
  }
  const auto isReplacedHere = [&](const std::string& type) { return isReplaced(plan, type); };
  const auto isEmptiedHere = [&](const std::string& type) { return isEmptied(plan, type); };
  return std::none_of(types.begin(), types.end(), isReplacedHere) &&
         std::any_of(types.begin(), types.end(), isEmptiedHere);
}

bool areFilesEmptied(const PushPlan& plan) {
  return plan.restore.assets && plan.source->files == 0 &&
         (!plan.destinationContent || plan.destinationContent->files > 0);
}

bool isConfigurationEmptied(const PushPlan& plan) {
  return plan.restore.configuration && plan.source->configuration.count == 0 &&
         (!plan.destinationContent || plan.destinationContent->configuration.count > 0);
}

bool isOfMediaLibrary(const std::string& type) {
  return type.rfind("plugin::upload.", 0) == 0;
}

// Of types that both come, and of which some record has a link as a rule: not of one in several
// languages to itself, nor of anything to the media library. A server tells nothing of its links,
// and records of these without any are what an archive has that lost its links.
bool hasRelationsWithoutLinks(const PushPlan& plan) {
  const auto isComing = [&plan](const std::string& type) {
    return plan.restore.deletes(type) && isReplaced(plan, type);
  };
  const auto owns = [&](const strapi::Schema& schema) {
    const auto relations = strapi::detail::readRelatedType(schema).relations;
    return std::any_of(relations.begin(), relations.end(), [&](const auto& relation) {
      return !relation.isInverse && relation.name != "localizations" &&
             !isOfMediaLibrary(relation.other) && isComing(relation.other);
    });
  };
  return std::any_of(
      plan.transfer.sourceSchemas.begin(), plan.transfer.sourceSchemas.end(),
      [&](const strapi::Schema& schema) { return isComing(schema.uid) && owns(schema); });
}

bool areLinksEmptied(const PushPlan& plan) {
  return plan.archive && countOf(*plan.archive, TransferStage::links) == 0 &&
         hasRelationsWithoutLinks(plan);
}

bool isAnyReplaced(const PushPlan& plan) {
  const Types types = deletedTypes(plan);
  return std::any_of(types.begin(), types.end(),
                     [&](const std::string& type) { return isReplaced(plan, type); });
}

std::string joined(const Types& types) {
  std::string text;
  for (const std::string& type : types) {
    text += (text.empty() ? "" : ",") + type;
  }
  return text;
}

// Names that a shell or a list would take for something else are not for pasting.
bool arePlain(const Types& types) {
  constexpr const char* plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._-";
  return std::all_of(types.begin(), types.end(), [](const std::string& type) {
    return type.find_first_not_of(plain) == std::string::npos;
  });
}

// Leaves types and stages out, which a selection of any kind can do besides.
std::string exclusionOf(const PushPlan& plan, Types types) {
  const std::vector<TransferStage> stages = emptiedStages(plan);
  const auto isEmptiedStage = [&stages](TransferStage stage) {
    return std::find(stages.begin(), stages.end(), stage) != stages.end();
  };
  std::string groups;
  if (isAmong(types, uploadFileType)) {
    groups = "media-library";
    types.erase(std::remove_if(types.begin(), types.end(),
                               [](const std::string& type) {
                                 return type == strapi::uploadFile || type == strapi::uploadFolder;
                               }),
                types.end());
  } else if (isEmptiedStage(TransferStage::assets)) {
    groups = "files";
  }
  if (isEmptiedStage(TransferStage::configuration)) {
    groups += groups.empty() ? "config" : ",config";
  }
  std::string options = groups.empty() ? std::string() : "--exclude " + groups;
  if (!types.empty()) {
    options += (options.empty() ? "" : " ") + ("--exclude-content-types " + joined(types));
  }
  return options;
}

// Takes what the source has, and no more.
std::string selectionOf(const PushPlan& plan, const Types& types) {
  std::string groups = "content";
  if (plan.restore.assets && plan.source->files > 0 && isAmong(types, uploadFileType)) {
    groups += ",files";
  }
  if (plan.restore.configuration && plan.source->configuration.count > 0) {
    groups += ",config";
  }
  const auto& given = plan.transfer.filter.options();
  const bool isAll = groups == "content,files,config";
  const bool replaces = !given.only.empty() || !given.onlyContentTypes.empty();
  return (isAll ? std::string() : "--only " + groups + " ") + "--only-content-types " +
         joined(types) + (replaces ? " instead of the current selection" : "");
}

}  // namespace

std::vector<std::string> deletedTypes(const PushPlan& plan) {
  Types types;
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

bool isSent(const PushPlan& plan, const std::string& type) {
  return plan.transfer.filter.includesType(type) &&
         (!plan.transfer.destinationSchemas || hasSchema(*plan.transfer.destinationSchemas, type));
}

std::vector<std::string> emptiedTypes(const PushPlan& plan) {
  Types types = deletedTypes(plan);
  types.erase(std::remove_if(types.begin(), types.end(),
                             [&](const std::string& type) { return !isEmptied(plan, type); }),
              types.end());
  return types;
}

std::vector<TransferStage> emptiedStages(const PushPlan& plan) {
  std::vector<TransferStage> stages;
  if (!plan.source) {
    return stages;
  }
  const Types types = deletedTypes(plan);
  const bool isContent = isContentEmptied(plan, types);
  // Files without records are lost to the destination's users.
  const bool areRecordsOfFiles = isAmong(types, uploadFileType) && isEmptied(plan, uploadFileType);
  if (isContent) {
    stages.push_back(TransferStage::entities);
  }
  if (areFilesEmptied(plan) || (areRecordsOfFiles && !isContent)) {
    stages.push_back(TransferStage::assets);
  }
  if (!isContent && areLinksEmptied(plan)) {
    stages.push_back(TransferStage::links);
  }
  if (isConfigurationEmptied(plan)) {
    stages.push_back(TransferStage::configuration);
  }
  return stages;
}

std::string emptiedText(const PushPlan& plan, const std::vector<TransferStage>& stages) {
  std::string text;
  for (const TransferStage stage : stages) {
    text += text.empty() ? "no " : " and no ";
    text += stage == TransferStage::entities
                ? (isAnyReplaced(plan) ? "content of the project's own types (api::)" : "content")
            : stage == TransferStage::assets ? (plan.restore.assets ? "files" : "records of files")
            : stage == TransferStage::links  ? "links"
                                             : "configuration";
  }
  return text;
}

std::vector<std::string> typesLeftOutOfArchive(const PushPlan& plan) {
  Types types;
  for (const char* type : {"plugin::i18n.locale", "plugin::users-permissions.role"}) {
    if (plan.archive && plan.source && hasSchema(plan.transfer.sourceSchemas, type) &&
        plan.source->recordsOf(type) == 0) {
      types.emplace_back(type);
    }
  }
  return types;
}

std::string optionsToKeep(const PushPlan& plan) {
  const Types emptied = emptiedTypes(plan);
  Types kept = deletedTypes(plan);
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [&](const std::string& type) { return !isReplaced(plan, type); }),
             kept.end());
  if (emptied.empty() || kept.empty() || !arePlain(emptied) || !arePlain(kept)) {
    return {};
  }
  return emptied.size() < kept.size() ? exclusionOf(plan, emptied) : selectionOf(plan, kept);
}

std::string sourceName(const PushPlan& plan) {
  return plan.archive ? "the archive" : "the source";
}

std::string typeList(const std::vector<std::string>& types) {
  return listedFew(types, 10);
}

std::vector<std::string> emptiedWarnings(const PushPlan& plan) {
  std::vector<std::string> warnings;
  if (const auto stages = emptiedStages(plan); !stages.empty()) {
    warnings.push_back(sourceName(plan) + " has " + emptiedText(plan, stages) +
                       "; whatever the destination has of that is deleted without a replacement");
  }
  const Types types = emptiedTypes(plan);
  if (types.empty()) {
    return warnings;
  }
  std::string counted;
  if (plan.destinationContent) {
    const auto add = [&](std::uint64_t sum, const std::string& type) {
      return sum + plan.destinationContent->recordsOf(type);
    };
    counted = " (" +
              formatCount(std::accumulate(types.begin(), types.end(), std::uint64_t{0}, add)) +
              " there)";
  }
  const std::string options = optionsToKeep(plan);
  warnings.push_back("all records" + counted + " of " + formatCount(types.size(), "type", "types") +
                     ", of which " + sourceName(plan) +
                     " has none, are deleted: " + typeList(types) +
                     (options.empty() ? "" : ". To leave them alone: " + options));
  return warnings;
}

}  // namespace wsferry::tool
