#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::testing {

/// What a TransferServer serves. Its functions may be called from several threads at once.
class WSFERRY_API Content {
 public:
  virtual ~Content() = default;

  virtual strapi::Metadata metadata() const = 0;
  virtual std::vector<strapi::Schema> schemas() const = 0;

  /// Pulls records one by one: each call of the returned function returns the next, empty at the
  /// end.
  using NextRecord = std::function<std::string()>;
  virtual NextRecord records(strapi::TransferStage stage) const = 0;

  /// The assets, and one asset's bytes in pieces: empty at the end.
  virtual std::vector<strapi::AssetInfo> assets() const = 0;
  using NextBytes = std::function<std::string()>;
  virtual NextBytes assetBytes(std::size_t index) const = 0;
};

/// Size of generated content.
struct SampleContentOptions {
  unsigned articles = 40;  ///< Rows. Three make a document: draft, publication, translation.
  unsigned authors = 8;
  unsigned tags = 12;
  unsigned images = 6;              ///< Each with a thumbnail. If there are any, then also an empty
                                    ///< file and one without an extension.
  std::size_t imageBytes = 40'000;  ///< About; sizes vary.
  bool withSecrets = true;  ///< Also `admin::user` and other records that must not be transferred,
                            ///< with the hash `secretHash` in them.
};

/// A known password hash in the sample content, to search archives for.
WSFERRY_API extern const std::string_view secretHash;

/// Generated content: several types with relations, many scripts, files that are images by name and
/// noise by content. The same bytes for the same options, on every machine, but for `createdAt` of
/// the metadata, which is the time of the call, as with a real server.
[[nodiscard]] WSFERRY_API std::shared_ptr<const Content> sampleContent(
    const SampleContentOptions& options = {});

/// Whose time `createdAt` of the metadata is.
enum class CreatedAt {
  ofArchive,  ///< As the archive has it: a server can play another night.
  ofCall      ///< The time of the call, as with a real server that has taken the archive in.
};

/// An archive as content; assets are read from it in order. @throws Error as ArchiveReader.
[[nodiscard]] WSFERRY_API std::shared_ptr<const Content> archiveContent(
    const std::string& path, std::string key = {}, CreatedAt createdAt = CreatedAt::ofArchive);

}  // namespace wsferry::testing
