#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tool/push/content_counts.hpp"
#include "tool/push/copy_ends.hpp"
#include "tool/report/json_line.hpp"
#include "wsferry/archive/archive_inspection.hpp"
#include "wsferry/strapi/restore_scope.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// What a push or copy is going to do, for somebody to agree to.
struct PushPlan {
  std::string destination;  ///< The server's URL, without secrets.
  std::string protectedBy;  ///< The profile that protects it, if one does.
  strapi::TransferPlan transfer;
  strapi::VersionStrategy versionStrategy = strapi::VersionStrategy::exact;
  strapi::RestoreScope restore;

  /// What the archive holds, before the selection; nothing for a source that is a server.
  std::optional<archive::ArchiveSummary> archive;

  std::optional<CopyEnds> copyEnds;

  std::optional<ContentCounts> source;
  /// Of what is deleted; nothing where that is not known, or nobody needs to know it.
  std::optional<ContentCounts> destinationContent;

  bool needsConsent() const { return !transfer.schemaDifferences.empty(); }
};

/// The plan for a terminal: versions, schema differences, what is deleted, what is sent at most,
/// and what becomes of media on shared storage.
std::string planText(const PushPlan& plan);

/// What copyEnds says of a guard that is off; empty without one.
std::string uncheckedText(const PushPlan& plan);

/// What is told of it in any case: what is lost and not replaced, which is relations that the
/// selection severs, and content that the source has none of; and uncheckedText(). Empty without
/// any.
std::string lossText(const PushPlan& plan);

/// A member `schemaDifferences` of a JSON object, which calls the sides as describe() does.
void writeSchemaDifferences(JsonLine& line,
                            const std::vector<strapi::SchemaDifference>& differences,
                            strapi::SchemaSides sides = strapi::SchemaSides::transfer);

/// The plan as members of a JSON object.
void writePlan(JsonLine& line, const PushPlan& plan);

}  // namespace wsferry::tool
