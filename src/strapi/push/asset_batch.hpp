#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "strapi/messages/stream_message.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// How a push's server takes the bytes of assets (protocol section 5).
enum class AssetEncoding { base64, byteArray };

/// Gathers the flow items of assets (protocol section 5) into messages of about 1 MiB of their
/// bytes.
class AssetBatch {
 public:
  static constexpr std::size_t maxBytes = 1 << 20;

  AssetBatch(std::string_view transferID, AssetEncoding encoding);

  bool isEmpty() const { return message_.isEmpty(); }

  /// Whether what is there has to be sent before this asset is begun: large metadata go alone.
  bool isDue(const AssetInfo& next) const {
    return !isEmpty() && bytes_ + next.metadata.size() > maxBytes;
  }

  /// Whether the batch has to be sent now.
  bool isFull() const { return bytes_ >= maxBytes; }

  /// Begins an asset. `wireID` is its id in the items: letters, digits and hyphens.
  /// @throws Error with Errc::invalidArchive if its metadata or name cannot be sent as JSON.
  void start(std::string_view wireID, const AssetInfo& info);

  /// Adds as many of the bytes as have a place, at least one if it is not full. Returns how many.
  std::size_t add(std::string_view wireID, std::string_view filename, std::string_view bytes);

  /// Ends an asset; `checksum` is its SHA-256 in hex, empty to send none.
  void end(std::string_view wireID, std::string_view filename, std::string_view checksum);

  Batch take();

 private:
  std::string& beginItem(std::string_view action, std::string_view wireID,
                         std::string_view filename);

  const AssetEncoding encoding_;
  StreamMessage message_;
  std::size_t bytes_ = 0;
  std::string first_;
  std::string last_;
};

}  // namespace wsferry::strapi
