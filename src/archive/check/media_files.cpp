#include "archive/check/media_files.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "archive/container/entry_path.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"
#include "wsferry/strapi/detail/loss/files_left_out.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"

namespace wsferry::archive {

void MediaFiles::addRecord(std::string_view id, const strapi::EntityView& record) {
  const auto [hash, ext, formats, size] =
      strapi::valuesOf<4>(record, {"hash", "ext", "formats", "size"});
  std::vector<strapi::NamedFile> files = strapi::filesNamedBy(hash, ext, formats);
  sizes_.addRecord(strapi::rowIdOf(id), size, formats);
  owners_.addRecord(strapi::rowIdOf(id), jsonStringOf(hash).value_or(""), files);
  if (!looksForFiles_) {
    return;
  }
  records_.push_back({std::string(id), placeOf(record)});
  for (strapi::NamedFile& file : files) {
    if (!uploads_.contains(keyOf(file.name, {}))) {
      named_.push_back({std::move(file.name), records_.size() - 1});
    }
  }
}

std::size_t MediaFiles::placeOf(const strapi::EntityView& record) {
  // A server has a few. Of one that has a folder for each file, what is beyond tells no storage.
  constexpr std::size_t most = 100;
  strapi::FilePlace place = strapi::filePlaceOf(record);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].provider == place.provider && places_[i].storage == place.storage) {
      return i;
    }
  }
  if (places_.size() == most) {
    places_.push_back({place.provider, {}});
  } else if (places_.size() < most) {
    places_.push_back(std::move(place));
  }
  return places_.size() - 1;
}

void MediaFiles::addUpload(std::string_view name) {
  uploads_.insert(keyOf(name, {}));
  hasUploads_ = true;
}

bool MediaFiles::isThere(const Named& file) const {
  const auto& endings = strapi::missingExtensions;
  return uploads_.contains(keyOf(file.name, {})) ||
         std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
           return uploads_.contains(keyOf(file.name + std::string(ending), {}));
         });
}

std::vector<strapi::FilePlace> MediaFiles::placesElsewhere() const {
  std::set<std::size_t> found;
  for (const Named& file : named_) {
    const std::size_t place = records_[file.record].place;
    if (!places_[place].isLocal() && found.count(place) == 0 && !isThere(file)) {
      found.insert(place);
    }
  }
  std::vector<strapi::FilePlace> places;
  places.reserve(found.size());
  for (const std::size_t place : found) {
    places.push_back(places_[place]);
  }
  return places;
}

void MediaFiles::finish(Findings& findings) {
  sizes_.finish();
  if (!hasUploads_ && !named_.empty()) {
    findings.remark(strapi::filesLeftOut(named_.size()));
    return;
  }
  for (const Named& file : named_) {
    if (isThere(file)) {
      continue;
    }
    findings.loseFile(file.name, uploadPath(file.name) + " is missing, and plugin::upload.file " +
                                     records_[file.record].id + " names it");
  }
}

}  // namespace wsferry::archive
