#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/check/file_owners.hpp"
#include "archive/check/recorded_sizes.hpp"
#include "archive/findings/findings.hpp"
#include "wsferry/strapi/file_place.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::archive {

/// Whether the files that records of the media library name are there. Keeps some 60 bytes of each
/// file that has not come yet, and 10 to 20 of one that has, besides the owners.
class MediaFiles {
 public:
  /// Without `looksForFiles` it keeps owners and sizes only, and tells of no file.
  explicit MediaFiles(bool looksForFiles) : looksForFiles_(looksForFiles) {}

  /// `id` is one text for all ways to write it.
  void addRecord(std::string_view id, const strapi::EntityView& record);

  void addUpload(std::string_view name);

  /// Files that are missing are losses, in whatever storage their server has them: an export takes
  /// them along from all. One without any file was made so.
  void finish(Findings& findings);

  /// Whether finish() tells of a file that has not come that it is missing.
  bool tellsMissing(std::string_view name) const { return hasUploads_ && owners_.isNamed(name); }

  const FileOwners& owners() const { return owners_; }

  /// After finish().
  const RecordedSizes& sizes() const { return sizes_; }

  /// Where the files are that are missing here and not on a server's own disk, each place once.
  std::vector<strapi::FilePlace> placesElsewhere() const;

 private:
  struct Named {
    std::string name;
    std::uint64_t record;  ///< Its place in `records_`.
  };
  struct Record {
    std::string id;
    std::size_t place;  ///< In `places_`.
  };

  std::size_t placeOf(const strapi::EntityView& record);
  bool isThere(const Named& file) const;

  std::vector<strapi::FilePlace> places_;
  std::vector<Record> records_;
  std::vector<Named> named_;
  KeySet uploads_;
  FileOwners owners_;
  RecordedSizes sizes_;
  const bool looksForFiles_;
  bool hasUploads_ = false;
};

}  // namespace wsferry::archive
