#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_format.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::archive {

/// What an entry of an archive is, from its path (protocol section 8).
enum class EntryKind {
  metadata,       ///< metadata.json
  records,        ///< A part of schemas, entities, links or configuration.
  asset,          ///< assets/uploads/NAME
  assetMetadata,  ///< assets/metadata/NAME.json
  checksums,      ///< A part of checksums/, which only archives of wsferry have.
  other,
  leftover  ///< What systems and editors leave behind, such as `._x` or `.DS_Store`.
};

struct Entry {
  EntryKind kind = EntryKind::other;
  /// The bytes as stored, but with slashes instead of backslashes, and without a leading "./" and
  /// the leading folder.
  std::string path;
  strapi::TransferStage stage = strapi::TransferStage::schemas;  ///< For records.
  std::string filename;  ///< For asset and assetMetadata: the asset's name.
  std::uint64_t size = 0;
};

/// Reads an export in one pass and bounded memory: ours, those of `strapi export`, old Windows
/// ones, pax and GNU long names, any part size, with a folder around everything; tar, gzip and
/// encryption are recognised from the content, not from the name. Blocking; not thread-safe; may be
/// moved to another thread.
class WSFERRY_API ArchiveReader {
 public:
  /// As soon as `cancelled`, which outlives the reader, is true, next() and read() throw
  /// Errc::cancelled, also while they run.
  /// @throws Error: fileFailed, keyRequired, wrongKey, invalidArchive.
  explicit ArchiveReader(const std::string& path, const std::string& key = {},
                         const std::atomic<bool>* cancelled = nullptr);
  ArchiveReader(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  const ArchiveFormat& format() const;

  /// The folder around everything, such as `backup/`; empty if there is none, and before the first
  /// entry of an export.
  const std::string& leadingFolder() const;

  /// The next entry, or nothing at a proper end. Skips the unread rest of the current one. @throws
  /// Error: invalidArchive or wrongKey, naming the place.
  [[nodiscard]] std::optional<Entry> next();

  /// How many bytes follow the archive's end without belonging to it, not counting zeros. Known
  /// once next() has returned nothing.
  std::uint64_t passedOver() const;

  /// The path of the first entry that follows the archive's end and is not read: of another archive
  /// that was appended, or of this one if its middle was blanked. Empty for none; known once next()
  /// has returned nothing.
  std::string entryBehindEnd() const;

  /// The next bytes of the current entry, valid until the next call; empty at its end.
  std::string_view read();

  /// The rest of the current entry. @throws Error with invalidArchive if it is over `limit` bytes.
  std::string readAll(std::uint64_t limit = 64u << 20);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
