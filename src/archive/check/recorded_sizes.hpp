#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/check/asset_metadata.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/strapi/detail/loss/asset_size.hpp"

namespace wsferry::archive {

/// The sizes that records of the media library tell of their files. Keeps some 16 to 32 bytes of
/// each.
class RecordedSizes {
 public:
  /// The values of a record's attributes as JSON text, empty for one that it lacks. @throws Error
  /// as JsonCursor.
  void addRecord(std::optional<std::uint64_t> id, std::string_view size, std::string_view formats) {
    if (!id) {
      return;
    }
    if (isJsonNumber(size)) {
      sizes_.push_back({keyOfFile(*id, {}), jsonNumberOf(size)});
    }
    if (!isJsonObject(formats)) {
      return;
    }
    JsonCursor cursor(formats);
    forEachMember(cursor, [&](std::string_view format) {
      const auto told = strapi::readAnnouncedSize(cursor.skipValue()).kilobytes;
      if (told) {
        sizes_.push_back({keyOfFile(*id, format), *told});
      }
    });
  }

  /// Everything has come.
  void finish() {
    std::sort(sizes_.begin(), sizes_.end(),
              [](const Size& left, const Size& right) { return left.file < right.file; });
  }

  /// An upload that is of another size than its metadata tell, or its record. Only after finish().
  std::optional<strapi::SizeProblem> problemOf(const AssetMetadata& asset,
                                               std::uint64_t size) const {
    if (auto problem = strapi::sizeProblem(asset.size, size)) {
      return problem;
    }
    const auto known = asset.id ? find(*asset.id, asset.type) : sizes_.end();
    if (known == sizes_.end()) {
      return std::nullopt;
    }
    strapi::AnnouncedSize told;
    told.kilobytes = known->kilobytes;
    auto problem = strapi::sizeProblem(told, size);
    if (problem) {
      problem->text =
          "has " + counted(size, "byte", "bytes") + ", which is not the size in its record";
    }
    return problem;
  }

 private:
  struct Size {
    std::uint64_t file;
    double kilobytes;
  };

  static std::uint64_t keyOfFile(std::uint64_t id, std::string_view format) {
    return keyOf(std::to_string(id), format);
  }

  std::vector<Size>::const_iterator find(std::uint64_t id, std::string_view format) const {
    const std::uint64_t file = keyOfFile(id, format);
    const auto found =
        std::lower_bound(sizes_.begin(), sizes_.end(), file,
                         [](const Size& size, std::uint64_t key) { return size.file < key; });
    return found == sizes_.end() || found->file != file ? sizes_.end() : found;
  }

  std::vector<Size> sizes_;
};

}  // namespace wsferry::archive
