#include "tool/push/push_consent.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tool/push/emptied_content.hpp"
#include "tool/report/tool_error.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

bool willAsk(const PushRequest& request) {
  return !request.force && request.mayAsk && canAskOnTerminal();
}

std::set<std::string> typesOf(const std::vector<strapi::Schema>& schemas) {
  std::set<std::string> types;
  for (const strapi::Schema& schema : schemas) {
    types.insert(schema.uid);
  }
  return types;
}

std::set<std::string> destinationTypesOf(const strapi::TransferPlan& plan) {
  return plan.destinationSchemas ? typesOf(*plan.destinationSchemas) : std::set<std::string>();
}

std::string acceptingStrategies(const PushPlan& plan) {
  std::vector<std::string> names;
  for (const auto strategy : {strapi::VersionStrategy::patch, strapi::VersionStrategy::minor,
                              strapi::VersionStrategy::major, strapi::VersionStrategy::ignore}) {
    if (strapi::versionsMatch(plan.transfer.source.strapiVersion,
                              plan.transfer.destination->strapiVersion, strategy)) {
      names.emplace_back(strapi::toString(strategy));
    }
  }
  std::string text = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += (i + 1 == names.size() ? " or " : ", ") + names[i];
  }
  return text;
}

void refuseVersions(const PushPlan& plan) {
  if (!plan.transfer.versionsMatch) {
    throw Error(strapi::TransferErrc::versionMismatch,
                "The source is Strapi " + plan.transfer.source.strapiVersion +
                    ", the destination Strapi " + plan.transfer.destination->strapiVersion +
                    ". Nothing was changed. --version-strategy " + acceptingStrategies(plan) +
                    " accepts that.");
  }
}

// The plan has the differences in words, and where somebody can be asked, they are consent's.
void refuseSchemas(const PushRequest& request, const PushPlan& plan) {
  if (plan.needsConsent() && !request.force && !willAsk(request)) {
    const bool isShown = request.dryRun || !request.quiet;
    throw Error(strapi::TransferErrc::schemaMismatch,
                std::string("The schemas of source and destination differ") +
                    (isShown ? ", as the plan shows.\n"
                             : ":\n" + strapi::describe(plan.transfer.schemaDifferences)) +
                    "Nothing was changed. --force transfers anyway and drops what the destination "
                    "does not know; --ignore-schema excludes types from the comparison.");
  }
}

void refuseLargeRecords(const PushPlan& plan) {
  constexpr std::uint64_t envelope = 1024;
  if (plan.archive && plan.archive->largestRecord > strapi::largestPushMessage - envelope) {
    throw Error(archive::ArchiveErrc::invalidArchive,
                "Nothing was changed: the archive has a record of " +
                    std::to_string(plan.archive->largestRecord) +
                    " bytes, and no server accepts more than 100 MiB.");
  }
}

bool isAmong(const std::vector<TransferStage>& stages, TransferStage stage) {
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

// What can be left out, so that something remains: types that are chosen are content, and their
// files need them.
std::vector<TransferStage> stagesToLeaveOut(const PushPlan& plan,
                                            const std::vector<TransferStage>& emptied) {
  const bool areTypesChosen = !plan.transfer.filter.options().onlyContentTypes.empty();
  const bool hasConfiguration =
      plan.restore.configuration && !isAmong(emptied, TransferStage::configuration);
  const std::vector<std::string> deleted = deletedTypes(plan);
  const bool hasOtherContent =
      std::any_of(deleted.begin(), deleted.end(), [](const std::string& type) {
        return type != strapi::uploadFile && type != strapi::uploadFolder;
      });
  std::vector<TransferStage> stages;
  for (const TransferStage stage : emptied) {
    const bool canGo = stage == TransferStage::entities ? !areTypesChosen && hasConfiguration
                       : stage == TransferStage::assets ? hasConfiguration || hasOtherContent
                       : stage == TransferStage::links  ? false  // They go with their content.
                                                        : !deleted.empty();
    if (canGo) {
      stages.push_back(stage);
    }
  }
  return stages;
}

// Files need their records, so that files only go with content, and stay as they are only with
// their records. `mediaGroup` is what keeps files.
std::string groupsToExclude(const std::vector<TransferStage>& stages, const char* mediaGroup) {
  std::string groups;
  const auto add = [&](const char* group) {
    groups += (groups.empty() ? "" : ",") + std::string(group);
  };
  if (isAmong(stages, TransferStage::entities)) {
    add("content");
    add("files");
  } else if (isAmong(stages, TransferStage::assets)) {
    add(mediaGroup);
  }
  if (isAmong(stages, TransferStage::configuration)) {
    add("config");
  }
  return groups;
}

std::string leftText(const std::vector<TransferStage>& stages, bool isAll) {
  if (isAmong(stages, TransferStage::entities)) {
    return " leaves content and files as they are";
  }
  if (!isAll) {
    return std::string(" leaves the ") +
           (isAmong(stages, TransferStage::assets)
                ? (stages.size() == 1 ? "files as they are"
                                      : "files and the configuration as they are")
                : "configuration as it is");
  }
  const bool isOne = stages.size() == 1 && stages.front() == TransferStage::configuration;
  return isOne ? " leaves it as it is" : " leaves them as they are";
}

// The links of content that is replaced go with the records of files.
std::string waysToKeep(const PushPlan& plan, const std::vector<TransferStage>& emptied) {
  const std::vector<TransferStage> stages = stagesToLeaveOut(plan, emptied);
  if (stages.empty()) {
    return {};
  }
  std::string text = "--exclude " + groupsToExclude(stages, "media-library") +
                     leftText(stages, stages.size() == emptied.size());
  if (isAmong(stages, TransferStage::assets) && !isAmong(stages, TransferStage::entities)) {
    text += ", and cuts the content's links to them";
    if (plan.source->recordsOf(std::string(strapi::uploadFile)) != 0) {
      text += "; --exclude " + groupsToExclude(stages, "files") +
              " leaves the files, but takes their records and links from " + sourceName(plan);
    }
  }
  return text + "; ";
}

// A single part that is one thing: content, configuration.
bool isSingular(const std::vector<TransferStage>& emptied) {
  return emptied.size() == 1 && (emptied.front() == TransferStage::entities ||
                                 emptied.front() == TransferStage::configuration);
}

std::string emptiedStagesText(const PushPlan& plan, const std::vector<TransferStage>& stages,
                              const std::string& destination) {
  return stages.empty()
             ? std::string()
             : "of what is selected " + sourceName(plan) + " has " + emptiedText(plan, stages) +
                   ", and this would delete " + (isSingular(stages) ? "that" : "those") + " of " +
                   destination + " without a replacement. ";
}

// An archive that a selection made does not tell what its server had.
std::string leftOutText(const PushPlan& plan, const std::vector<std::string>& types,
                        const std::string& destination) {
  return "the archive lacks some of what its server had: it has no " +
         typeList(typesLeftOutOfArchive(plan)) +
         ", of which every server has some. This would delete all records of " +
         formatCount(types.size(), "type", "types") + " of " + destination +
         " of which the archive has none: " + typeList(types) + ". ";
}

void refuseEmptied(const PushRequest& request, const PushPlan& plan) {
  const std::vector<TransferStage> stages = emptiedStages(plan);
  const std::vector<std::string> types =
      typesLeftOutOfArchive(plan).empty() ? std::vector<std::string>() : emptiedTypes(plan);
  if ((stages.empty() && types.empty()) || request.allowEmpty) {
    return;
  }
  // Links go with their content, whatever is left out.
  const bool canKeep = !types.empty() && !isAmong(stages, TransferStage::links);
  const std::string options = canKeep ? optionsToKeep(plan) : std::string();
  const std::string ofStages = emptiedStagesText(plan, stages, request.ends.to);
  const std::string reason = types.empty() || isAmong(stages, TransferStage::entities)
                                 ? ofStages
                                 : leftOutText(plan, types, request.ends.to) +
                                       (ofStages.empty() ? "" : "Besides, " + ofStages);
  throw Error(
      ToolErrc::consentMissing,
      "Nothing was changed: " + reason +
          (options.empty() ? waysToKeep(plan, stages)
                           : "This leaves alone what the archive lacks:\n" + options + "\n") +
          "--allow-empty deletes " + (types.empty() && isSingular(stages) ? "it." : "them."));
}

void refuseSameServer(const PushRequest& request, const PushPlan& plan) {
  if (plan.copyEnds && plan.copyEnds->likeness == Likeness::alike && !request.forceSame) {
    throw Error(ToolErrc::consentMissing,
                "Nothing was changed: " + request.ends.from + " and " + request.ends.to +
                    " look like one server with two addresses, and copying a server into itself "
                    "destroys its files: their configuration and first records are equal, row ids "
                    "included. If the destination is another server, on a copy of the source's "
                    "database, --force-same continues.");
  }
}

// The flag is for a person who knows the storage: that the source is read after the destination has
// deleted cannot be made good.
void refuseSharedStorage(const PushRequest& request, const PushPlan& plan) {
  if (request.allowSharedStorage || !plan.copyEnds || !plan.copyEnds->files ||
      !plan.copyEnds->files->isDangerous()) {
    return;
  }
  const FileStorage& files = *plan.copyEnds->files;
  const bool isKnown = files.verdict == FileStorage::Verdict::shared;
  const bool isCopy = plan.copyEnds->likeness.has_value();
  const std::string why = plan.copyEnds->unread.empty() ? "" : " (" + plan.copyEnds->unread + ")";
  throw Error(
      ToolErrc::consentMissing,
      std::string("Nothing was changed: files ") +
          (isCopy ? "of the source" : "that the archive names but does not have") +
          " are on shared storage (" + storageText(files) + "), and " +
          (isKnown ? "the destination's are there, too"
                   : "it is not known that the destination's are elsewhere" + why) +
          ". A server deletes its files before it takes new ones: " +
          (isCopy ? "those of the source would be gone before they are read"
                  : "these would be gone, and nothing would replace them") +
          ". --exclude files leaves the files alone, but takes their records and the links to them "
          "from the source; --allow-shared-storage continues if the destination cannot delete " +
          (isCopy ? "the source's files." : "them."));
}

using DifferenceKey =
    std::tuple<strapi::SchemaDifference::Kind, std::string, std::string, std::string, std::string>;

std::vector<DifferenceKey> keysOf(const std::vector<strapi::SchemaDifference>& differences) {
  std::vector<DifferenceKey> keys;
  keys.reserve(differences.size());
  for (const strapi::SchemaDifference& difference : differences) {
    keys.emplace_back(difference.kind, difference.uid, difference.path, difference.sourceValue,
                      difference.destinationValue);
  }
  return keys;
}

std::string destinationVersionOf(const strapi::TransferPlan& plan) {
  return plan.destination ? plan.destination->strapiVersion : std::string();
}

}  // namespace

void refusePlan(const PushRequest& request, const PushPlan& plan) {
  refuseVersions(plan);
  refuseSchemas(request, plan);
  refuseLargeRecords(plan);
  refuseEmptied(request, plan);
  refuseSameServer(request, plan);
  refuseSharedStorage(request, plan);
}

void requireConsent(const PushRequest& request, const PushPlan& plan) {
  if (request.force) {
    if (request.quiet) {
      std::cerr << lossText(plan);  // The plan was not shown.
    }
    return;
  }
  if (request.quiet && willAsk(request)) {
    // Nobody can agree to what was not shown.
    std::cerr << planText(plan);
  }
  // All servers of one machine have the same host.
  const Url url = Url::parse(request.destination.adminUrl);
  const bool isUsualPort = url.port == (url.secure ? 443 : 80);
  const std::string name = url.authority();
  const auto answer =
      request.mayAsk
          ? askOnTerminal("This replaces what the plan names. Type the destination's host" +
                          std::string(isUsualPort ? "" : " and port") + ", " + name +
                          ", to go on: ")
          : std::nullopt;
  if (!answer) {
    throw Error(ToolErrc::consentMissing,
                "Nothing was changed: this replaces the content of " + request.ends.to +
                    ", and there is no terminal to ask on. --force continues without asking, "
                    "--dry-run shows what would happen.");
  }
  if (*answer != name) {
    throw Error(ToolErrc::consentMissing, "Nothing was changed: the answer was not " + name + ".");
  }
}

void refuseOtherPlan(const strapi::TransferPlan& agreed, const strapi::TransferPlan& current) {
  const char* changed = nullptr;
  if (agreed.source.strapiVersion != current.source.strapiVersion) {
    changed = "the source's Strapi version";
  } else if (destinationVersionOf(agreed) != destinationVersionOf(current)) {
    changed = "the destination's Strapi version";
  } else if (typesOf(agreed.sourceSchemas) != typesOf(current.sourceSchemas)) {
    changed = "the source's types";
  } else if (destinationTypesOf(agreed) != destinationTypesOf(current)) {
    changed = "the destination's types";
  } else if (keysOf(agreed.schemaDifferences) != keysOf(current.schemaDifferences)) {
    changed = "the schema differences";
  }
  if (changed != nullptr) {
    throw Error(ToolErrc::consentMissing, std::string("Nothing was changed: ") + changed +
                                              " changed since the plan was made. Start again.");
  }
}

}  // namespace wsferry::tool
