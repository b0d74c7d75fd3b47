#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/messages/batch_text.hpp"
#include "wsferry/strapi/detail/push/sendable_text.hpp"
#include "wsferry/strapi/transfer_error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// How a push's server accepts the bytes of assets (protocol section 5).
enum class AssetEncoding { base64, byteArray };

/// Gathers the flow items of assets (protocol section 5) into messages of about 1 MiB of their
/// bytes.
class AssetBatch {
 public:
  static constexpr std::size_t maxBytes = 1 << 20;

  AssetBatch(std::string_view transferID, AssetEncoding encoding);

  bool isEmpty() const { return text_.isEmpty(); }

  /// Whether the batch must be sent before this asset begins: large metadata go alone.
  bool isDue(const AssetInfo& next) const {
    return !isEmpty() && bytes_ + next.metadata.size() > maxBytes;
  }

  /// Whether the batch must be sent now.
  bool isFull() const { return bytes_ >= maxBytes; }

  /// Begins an asset. `wireID` is its id in the items: letters, digits and hyphens.
  /// @throws Error with TransferErrc::invalidRecord if its metadata or name cannot be sent as JSON.
  void start(std::string_view wireID, const AssetInfo& info);

  /// Adds as many of the bytes as fit, at least one if it is not full. Returns how many.
  std::size_t add(std::string_view wireID, std::string_view filename, std::string_view bytes);

  /// Ends an asset; `checksum` is its SHA-256 in hex, empty to send none.
  void end(std::string_view wireID, std::string_view filename, std::string_view checksum);

  Batch take();

 private:
  std::string& beginItem(std::string_view action, std::string_view wireID,
                         std::string_view filename);

  const AssetEncoding encoding_;
  BatchText text_;
  std::size_t bytes_ = 0;
  std::string first_;
  std::string last_;
};

namespace detail {

// Read size of Node.js: what servers that take byte arrays know.
inline constexpr std::size_t byteArrayChunk = std::size_t{64} << 10;

struct Decimal {
  std::array<char, 4> text{};  // with a comma behind
  std::uint8_t size = 0;
};

inline constexpr std::array<Decimal, 256> makeDecimals() {
  std::array<Decimal, 256> decimals{};
  for (unsigned value = 0; value < decimals.size(); ++value) {
    Decimal& decimal = decimals[value];
    if (value >= 100) {
      decimal.text[decimal.size++] = static_cast<char>('0' + value / 100);
    }
    if (value >= 10) {
      decimal.text[decimal.size++] = static_cast<char>('0' + value / 10 % 10);
    }
    decimal.text[decimal.size++] = static_cast<char>('0' + value % 10);
    decimal.text[decimal.size++] = ',';
  }
  return decimals;
}

inline constexpr std::array<Decimal, 256> decimals = makeDecimals();

inline void encodeByteArray(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    const Decimal& decimal = decimals[static_cast<unsigned char>(byte)];
    out.append(decimal.text.data(), decimal.size);
  }
  if (!bytes.empty()) {
    out.pop_back();
  }
}

}  // namespace detail

inline AssetBatch::AssetBatch(std::string_view transferID, AssetEncoding encoding)
    : encoding_(encoding), text_(transferID, TransferStage::assets) {}

inline void AssetBatch::start(std::string_view wireID, const AssetInfo& info) {
  std::string_view metadata = "{}";
  try {
    detail::expectSendableText(info.filename);
    metadata = info.metadata.empty() ? metadata : detail::sendableObject(info.metadata);
  } catch (const Error& error) {
    throw Error(TransferErrc::invalidRecord,
                std::string("The file's name or metadata cannot be sent: ") + error.what())
        .at({}, SubjectKind::asset, printable(info.filename, 400));
  }
  const std::string name = encodeJsonString(info.filename);
  std::string& text = beginItem("start", wireID, info.filename);
  const std::size_t before = text.size();
  text.append(R"(,"data":{"filename":)").append(name);
  // Servers do not use it; the official client sends the archive's.
  text.append(R"(,"filepath":)").append(encodeJsonString("assets/uploads/" + info.filename));
  text.append(R"(,"stats":{"size":)").append(std::to_string(info.size));
  text.append(R"(},"metadata":)").append(metadata).append("}}");
  bytes_ += text.size() - before;
}

inline std::size_t AssetBatch::add(std::string_view wireID, std::string_view filename,
                                   std::string_view bytes) {
  const bool isBase64 = encoding_ == AssetEncoding::base64;
  const std::size_t place = maxBytes - std::min(bytes_, maxBytes);
  bytes = bytes.substr(0, isBase64 ? place : std::min(place, detail::byteArrayChunk));
  if (bytes.empty()) {
    return 0;
  }
  if (isBase64) {
    // The text grows to this anyway unless little follows; what is not written takes no memory.
    text_.reserve(maxBytes / 3 * 4 + maxBytes / 16);
    std::string& text =
        beginItem("stream", wireID, filename).append(R"(,"encoding":"base64","data":")");
    encodeBase64(bytes, text);
    text.append("\"}");
  } else {
    std::string& text =
        beginItem("stream", wireID, filename).append(R"(,"data":{"type":"Buffer","data":[)");
    detail::encodeByteArray(bytes, text);
    text.append("]}}");
  }
  bytes_ += bytes.size();
  return bytes.size();
}

inline void AssetBatch::end(std::string_view wireID, std::string_view filename,
                            std::string_view checksum) {
  std::string& text = beginItem("end", wireID, filename);
  if (!checksum.empty()) {
    text.append(R"(,"checksum":{"algorithm":"sha256","value":")").append(checksum).append("\"}");
  }
  text.append("}");
}

inline Batch AssetBatch::take() {
  Batch batch;
  batch.stage = TransferStage::assets;
  batch.contents = first_ == last_ ? first_ : first_ + " to " + last_;
  batch.message = text_.take();
  bytes_ = 0;
  first_.clear();
  last_.clear();
  return batch;
}

inline std::string& AssetBatch::beginItem(std::string_view action, std::string_view wireID,
                                          std::string_view filename) {
  constexpr std::size_t frame = 32;  // about what the item has around its data
  bytes_ += frame + wireID.size();
  last_ = printable(filename, 400);
  if (first_.empty()) {
    first_ = last_;
  }
  return text_.beginItem()
      .append(R"({"action":")")
      .append(action)
      .append(R"(","assetID":")")
      .append(wireID)
      .append("\"");
}

}  // namespace wsferry::strapi
