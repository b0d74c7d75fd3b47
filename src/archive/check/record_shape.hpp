#pragma once

#include <set>
#include <string>
#include <string_view>

#include "archive/bounded/key_set.hpp"
#include "archive/check/media_files.hpp"
#include "archive/findings/findings.hpp"
#include "archive/links/link_targets.hpp"
#include "wsferry/strapi/detail/loss/project_logos.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// Whether records have the shape of their stage (protocol section 4), and what a transfer reads of
/// them.
class RecordShape {
 public:
  /// `findings` outlives it. `looksForFiles`: whether addUpload() will be called, and finish() is
  /// to tell which files are missing.
  explicit RecordShape(Findings& findings, bool looksForFiles = true)
      : findings_(findings), references_(findings), mediaFiles_(looksForFiles) {}

  /// False if an entity or a link is there already: an import would make two of the entity, and
  /// break off at the link. @throws Error with what an import refuses, or cannot take apart.
  /// `json` is the record's text.
  bool check(const strapi::RecordViews& record, std::string_view json);

  /// A file of the media library has come.
  void addUpload(std::string_view name) { mediaFiles_.addUpload(name); }

  /// As MediaFiles::tellsMissing().
  bool tellsMissing(std::string_view name) const { return mediaFiles_.tellsMissing(name); }

  /// What shows only when everything has been seen.
  void finish();

  /// As MediaFiles::placesElsewhere().
  std::vector<strapi::FilePlace> filesElsewhere() const { return mediaFiles_.placesElsewhere(); }

  /// Which records that came name which files.
  const FileOwners& fileOwners() const { return mediaFiles_.owners(); }

  /// What they say of the files' sizes. After finish().
  const RecordedSizes& recordedSizes() const { return mediaFiles_.sizes(); }

 private:
  bool checkShape(const strapi::RecordViews& record, std::string_view json);
  void checkSchema(const strapi::SchemaView& schema, std::string_view json);
  bool checkEntity(const strapi::EntityView& entity, std::string_view json);
  bool checkLink(const strapi::LinkView& link);
  void checkConfiguration(const strapi::ConfigurationView& configuration);
  void checkColumns(const std::string& type, const std::string& name, std::string_view value);

  KeySet configuration_;
  std::set<std::string> unknownColumns_;  ///< Those that were told.
  Findings& findings_;
  LinkTargets references_;
  MediaFiles mediaFiles_;
  strapi::ProjectLogos logos_;
};

}  // namespace wsferry::archive
