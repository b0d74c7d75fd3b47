#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file/spool.hpp"
#include "wsferry/http/detail/files/media_file.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::http {

/// The files of the records that came, in order. In memory up to 4 MiB of records, then in a
/// temporary file.
class FileList {
 public:
  FileList();

  /// A record of the media library, as JSON text.
  void add(std::string_view record);

  bool isEmpty() const { return records_.size() == 0; }

  /// Calls `take` with each record and its place. @throws Error as JsonCursor.
  void forEachRecord(
      const std::function<void(std::uint64_t place, const strapi::EntityView& record)>& take);

  /// The record at a place, as it was added.
  std::string recordAt(std::uint64_t place);

  /// The files of the record at a place.
  std::vector<MediaFile> filesAt(std::uint64_t place);

  /// next() passes over the files for which this is true.
  void leaveOut(std::function<bool(std::string_view name)> isLeftOut) {
    isLeftOut_ = std::move(isLeftOut);
  }

  /// next() begins anew.
  void rewind() {
    readUpTo_ = 0;
    files_.clear();
  }

  /// The next file. @throws Error as JsonCursor.
  [[nodiscard]] std::optional<MediaFile> next();

 private:
  std::string bytesAt(std::uint64_t place, std::uint64_t size);

  SpoolBudget budget_;
  Spool records_;
  std::uint64_t readUpTo_ = 0;
  std::deque<MediaFile> files_;  ///< Of the last record read.
  std::function<bool(std::string_view name)> isLeftOut_;
  strapi::RecordReader reader_;
};

}  // namespace wsferry::http
