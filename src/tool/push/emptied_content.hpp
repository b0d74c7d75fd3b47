#pragma once

#include <string>
#include <vector>

#include "tool/push/push_plan.hpp"

namespace wsferry::tool {

/// Types of the destination's content whose records are deleted, sorted.
std::vector<std::string> deletedTypes(const PushPlan& plan);

/// Whether records of this type go to the destination, if the source has any.
bool isSent(const PushPlan& plan, const std::string& type);

/// Those of which the source has no records, and the destination has or may have some.
std::vector<std::string> emptiedTypes(const PushPlan& plan);

/// Stages whose content is deleted, and of which the source has nothing to replace it: of entities,
/// assets, links, configuration. Links are so where an archive has none, although it has records of
/// types that are related. Entities are also emptied where not one record of the project's own
/// types is replaced: what a server makes for itself when it starts, such as roles, is no content.
std::vector<strapi::TransferStage> emptiedStages(const PushPlan& plan);

/// The same in words: "no content and no files".
std::string emptiedText(const PushPlan& plan, const std::vector<strapi::TransferStage>& stages);

/// Types that an archive has the schemas of and no records, although every server makes some when
/// it starts: the archive was made with a selection, and what else it lacks says nothing about what
/// its server had. Empty for another, and for a source that is a server.
std::vector<std::string> typesLeftOutOfArchive(const PushPlan& plan);

/// The options that leave emptied types and stages of the destination alone; empty where there are
/// none.
std::string optionsToKeep(const PushPlan& plan);

/// "the archive" or "the source".
std::string sourceName(const PushPlan& plan);

/// The first few, and how many more there are.
std::string typeList(const std::vector<std::string>& types);

/// What is deleted without a replacement, in one sentence for each, without line ends; for
/// whoever agrees to the plan, and for whoever does not get to see it.
std::vector<std::string> emptiedWarnings(const PushPlan& plan);

}  // namespace wsferry::tool
