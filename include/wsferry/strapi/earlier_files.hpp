#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"
#include "wsferry/strapi/record.hpp"

namespace wsferry::strapi {

/// A file that an earlier transfer has brought.
struct EarlierFile {
  std::string name;  ///< `{hash}{ext}`.
  std::uint64_t size = 0;
  std::string path;  ///< Of a file on disk with the same bytes; empty for none.
};

/// Asks for files of an earlier transfer that are as they were, and takes them.
class WSFERRY_API WantedFiles {
 public:
  virtual ~WantedFiles() = default;

  /// A record of the media library as it was. Before the files. Returns whether that is how it is
  /// now, so that its files would do.
  virtual bool earlierRecord(const EntityView& record) = 0;

  /// Whether a file is to be taken: its record is as it was, the size fits, and it was not taken
  /// yet.
  virtual bool wants(std::string_view name, std::uint64_t size) = 0;

  /// A file that is wanted, and whole. `read` gives its bytes, piece by piece, empty at the end.
  virtual void take(const EarlierFile& file, const std::function<std::string_view()>& read) = 0;
};

/// What an earlier transfer has brought, such as an archive.
class WSFERRY_API EarlierFiles {
 public:
  virtual ~EarlierFiles() = default;

  /// Gives the records, and then what is wanted of the files and proves to be whole. What cannot be
  /// read is told somewhere, and no failure. `wanted` knows no records of another offer(): a file
  /// of one transfer may differ from the record of another. @throws Error with Errc::cancelled, and
  /// what `wanted` throws.
  virtual void offer(WantedFiles& wanted) = 0;

  /// Makes offer() fail with Errc::cancelled. From any thread.
  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
