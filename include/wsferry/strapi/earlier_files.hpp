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
  std::string path;         ///< Of a file on disk with the same bytes; empty for none.
  std::string sha256 = {};  ///< As AssetInfo::sha256.
};

/// Asks for unchanged files of an earlier transfer, and takes them.
class WSFERRY_API WantedFiles {
 public:
  virtual ~WantedFiles() = default;

  /// A record of the media library as it was. Comes before the files. Returns whether it is
  /// unchanged, so that its files can be reused.
  virtual bool earlierRecord(const EntityView& record) = 0;

  /// When the files were as the server had them, as ISO 8601: when the transfer that fetched or
  /// confirmed them began; empty if unknown. Comes before the files are taken. Default: ignored.
  virtual void earlierBegan(std::string_view time) { static_cast<void>(time); }

  /// Whether a file should be taken: its record is unchanged, the size fits, and it was not taken
  /// yet.
  virtual bool wants(std::string_view name, std::uint64_t size) = 0;

  /// A wanted, intact file. `read` returns its bytes piece by piece, empty at the end.
  virtual void take(const EarlierFile& file, const std::function<std::string_view()>& read) = 0;
};

/// What an earlier transfer has brought, such as an archive.
class WSFERRY_API EarlierFiles {
 public:
  virtual ~EarlierFiles() = default;

  /// Offers the records, and then those wanted files that prove to be intact. What cannot be read
  /// is reported elsewhere, and is not a failure. `wanted` must not know records of another
  /// offer(): a file of one transfer may differ from the record of another. @throws Error with
  /// Errc::cancelled, and what `wanted` throws.
  virtual void offer(WantedFiles& wanted) = 0;

  /// Makes offer() fail with Errc::cancelled. From any thread.
  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
