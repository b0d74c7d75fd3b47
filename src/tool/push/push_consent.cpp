#include "tool/push/push_consent.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tool/report/tool_error.hpp"
#include "tool/terminal/printable_text.hpp"
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
                "The source is of Strapi " + plan.transfer.source.strapiVersion +
                    ", the destination of " + plan.transfer.destination->strapiVersion +
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
                    "Nothing was changed. --force transfers all the same and drops what the "
                    "destination does not know; --ignore-schema leaves types out of the "
                    "comparison.");
  }
}

// Files need their records, so that files only go with content, and stay as they are only with
// their records. `mediaGroup` is what keeps files.
std::string groupsToExclude(const std::vector<TransferStage>& stages, const char* mediaGroup) {
  const auto isMissing = [&](TransferStage stage) {
    return std::find(stages.begin(), stages.end(), stage) != stages.end();
  };
  std::string groups;
  const auto add = [&](const char* group) {
    groups += (groups.empty() ? "" : ",") + std::string(group);
  };
  if (isMissing(TransferStage::entities)) {
    add("content");
    add("files");
  } else if (isMissing(TransferStage::assets)) {
    add(mediaGroup);
  }
  if (isMissing(TransferStage::configuration)) {
    add("config");
  }
  return groups;
}

void refuseLargeRecords(const PushPlan& plan) {
  constexpr std::uint64_t envelope = 1024;
  if (plan.archive && plan.archive->largestRecord > strapi::largestPushMessage - envelope) {
    throw Error(archive::ArchiveErrc::invalidArchive,
                "Nothing was changed: the archive has a record of " +
                    std::to_string(plan.archive->largestRecord) +
                    " bytes, and a server takes none above 100 MiB.");
  }
}

// The links of content that is replaced go with the records of files.
std::string waysToKeep(const PushPlan& plan, const std::vector<TransferStage>& stages) {
  const auto isMissing = [&](TransferStage stage) {
    return std::find(stages.begin(), stages.end(), stage) != stages.end();
  };
  std::string text =
      "--exclude " + groupsToExclude(stages, "media-library") + " leaves them as they are";
  if (isMissing(TransferStage::assets) && !isMissing(TransferStage::entities)) {
    text += ", and cuts the content's links to them";
    if (plan.archive->entitiesByType.count("plugin::upload.file") != 0) {
      text += "; --exclude " + groupsToExclude(stages, "files") +
              " leaves the files, and takes their records and links from the archive";
    }
  }
  return text + "; ";
}

void refuseEmptyStages(const PushRequest& request, const PushPlan& plan) {
  const std::vector<TransferStage> stages = emptiedStages(plan);
  if (stages.empty() || request.allowEmpty) {
    return;
  }
  const bool areTypesChosen = !plan.transfer.filter.options().onlyContentTypes.empty();
  throw Error(ToolErrc::consentMissing,
              "Nothing was changed: of what is selected the archive has " +
                  emptiedText(plan, stages) + ", and this would delete those of " +
                  request.ends.to + " without a replacement. " +
                  (areTypesChosen ? std::string() : waysToKeep(plan, stages)) +
                  "--allow-empty deletes them.");
}

void refuseSameServer(const PushRequest& request, const PushPlan& plan) {
  if (plan.copyEnds && plan.copyEnds->likeness == Likeness::alike && !request.forceSame) {
    throw Error(ToolErrc::consentMissing,
                "Nothing was changed: " + request.ends.from + " and " + request.ends.to +
                    " look like one server, reached by two addresses, and a copy of a server into "
                    "itself destroys its files: their configuration and first records are equal, "
                    "row ids included. If the destination is another server, on a copy of the "
                    "source's database, --force-same goes on.");
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
          (isCopy ? "of the source" : "that the archive names and does not have") +
          " are on shared storage (" + storageText(files) + "), and " +
          (isKnown ? "the destination's are there, too"
                   : "it is not known that the destination's are elsewhere" + why) +
          ". A server deletes its files before it takes new ones: " +
          (isCopy ? "those of the source would be gone before they are read"
                  : "these would be gone, and nothing would replace them") +
          ". --exclude files leaves the files alone, and takes their records and the links to them "
          "from the source; "
          "--allow-shared-storage goes on where the destination cannot delete " +
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
  refuseEmptyStages(request, plan);
  refuseSameServer(request, plan);
  refuseSharedStorage(request, plan);
}

void requireConsent(const PushRequest& request, const PushPlan& plan) {
  if (request.force) {
    if (request.quiet) {
      std::cerr << severedText(plan);  // The plan was not shown, and this is a loss.
    }
    return;
  }
  if (request.quiet && willAsk(request)) {
    // Nobody can agree to what was not shown.
    std::cerr << planText(plan);
  }
  const std::string host = Url::parse(request.destination.adminUrl).host;
  const auto answer =
      request.mayAsk
          ? askOnTerminal("This replaces what the plan names. Type the destination's host, " +
                          host + ", to go on: ")
          : std::nullopt;
  if (!answer) {
    throw Error(ToolErrc::consentMissing,
                "Nothing was changed: this replaces the content of " + request.ends.to +
                    ", and there is nobody to ask. --force goes on without asking, "
                    "--dry-run shows what would happen.");
  }
  if (*answer != host) {
    throw Error(ToolErrc::consentMissing, "Nothing was changed: the answer was not " + host + ".");
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
    changed = "what the schemas differ in";
  }
  if (changed != nullptr) {
    throw Error(ToolErrc::consentMissing, std::string("Nothing was changed: ") + changed +
                                              " has changed since the plan was made. Start again.");
  }
}

}  // namespace wsferry::tool
