#include "testing/transfer/asset_batches.hpp"

#include <algorithm>
#include <utility>

#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::testing {

namespace {

// What a server of this protocol reads from a file at a time.
constexpr std::size_t chunkBytes = std::size_t{64} << 10;

void appendItem(std::string& items, std::string_view action, const std::string& id) {
  if (!items.empty()) {
    items += ',';
  }
  items.append(R"({"action":")").append(action).append(R"(","assetID":")").append(id).append("\"");
}

void appendByteArray(std::string_view chunk, std::string& items) {
  items += R"({"type":"Buffer","data":[)";
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (i > 0) {
      items += ',';
    }
    items += std::to_string(static_cast<unsigned char>(chunk[i]));
  }
  items += "]}";
}

}  // namespace

AssetBatches::AssetBatches(std::shared_ptr<const Content> content,
                           const TransferServerOptions& options, bool withChecksums,
                           std::string unknownMembers, Warn warn)
    : content_(std::move(content)),
      options_(options),
      withChecksums_(withChecksums),
      unknownMembers_(std::move(unknownMembers)),
      warn_(std::move(warn)),
      assets_(content_->assets()) {}

strapi::StageTotals AssetBatches::totals() const {
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  std::string missingHash;
  for (const auto& asset : assets_) {
    if (!isMissing(asset, missingHash)) {
      bytes += announcedSize(asset);
      ++count;
    }
  }
  strapi::StageTotals totals;
  totals.bytes = bytes;
  totals.count = count;
  return totals;
}

// With a file its formats; `missingHash` is that of the last missing file.
bool AssetBatches::isMissing(const strapi::AssetInfo& asset, std::string& missingHash) const {
  const auto members = jsonMembers(asset.metadata);
  const std::string original = jsonStringMember(members, "mainHash");  // Of a format.
  if (!original.empty() && original == missingHash) {
    return true;
  }
  const auto& missing = options_.gaps.missingFiles;
  if (std::find(missing.begin(), missing.end(), asset.filename) == missing.end()) {
    return false;
  }
  if (original.empty()) {
    missingHash = jsonStringMember(members, "hash");
  }
  return true;
}

std::string AssetBatches::next() {
  std::string items;
  std::size_t bytes = 0;
  const std::size_t together = options_.interleaveAssets ? 2 : 1;
  for (;;) {
    while (open_.size() < together && nextIndex_ < assets_.size()) {
      if (!skipNext()) {
        openNext(items);
      }
    }
    if (open_.empty()) {
      return items.empty() ? std::string() : message(items);
    }
    const std::size_t current = turn_++ % open_.size();
    const std::string chunk = readChunk(open_[current]);
    if (chunk.empty()) {
      appendEnd(open_[current], items);
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(current));
      if (!items.empty()) {
        return message(items);
      }
      continue;
    }
    if (open_[current].checksum) {
      open_[current].checksum->update(chunk);
    }
    appendChunk(open_[current], chunk, items);
    bytes += chunk.size();
    if (bytes >= options_.batchBytes) {
      return message(items);
    }
  }
}

bool AssetBatches::skipNext() {
  const strapi::AssetInfo& asset = assets_[nextIndex_];
  const auto members = jsonMembers(asset.metadata);
  const std::string original = jsonStringMember(members, "mainHash");  // Of a format.
  if (asset.filename == options_.gaps.unreachableFile) {
    throw Error(Errc::fileFailed, "Request failed with status code 404");
  }
  const bool goesWithOriginal = !original.empty() && original == missingHash_;
  if (!isMissing(asset, missingHash_)) {
    return false;
  }
  if (goesWithOriginal) {
    ++nextIndex_;
    return true;
  }
  const std::string path = "/srv/public/uploads/" + asset.filename;
  if (options_.legacy) {
    throw Error(Errc::fileFailed, "ENOENT: no such file or directory, stat '" + path + "'");
  }
  const std::string hash = original.empty() ? jsonStringMember(members, "hash") : original;
  warn_("[Data transfer] Media item (hash: " + hash +
        ") exists in database but no corresponding file was found to transfer" +
        (original.empty() ? "" : " (format: " + jsonStringMember(members, "type") + ")") +
        ". Path: " + path);
  ++nextIndex_;
  return true;
}

void AssetBatches::openNext(std::string& items) {
  const std::size_t index = nextIndex_++;
  Open asset;
  asset.id = Uuid::random().toString();
  asset.nextBytes = content_->assetBytes(index);
  if (withChecksums_) {
    asset.checksum.emplace();
  }
  appendStart(asset, assets_[index], items);
  open_.push_back(std::move(asset));
}

std::string AssetBatches::readChunk(Open& asset) const {
  const std::size_t size =
      std::max<std::size_t>(1, std::min<std::size_t>(chunkBytes, options_.batchBytes));
  while (!asset.exhausted && asset.buffer.size() < size) {
    const std::string piece = asset.nextBytes();
    asset.exhausted = piece.empty();
    asset.buffer += piece;
  }
  std::string chunk = asset.buffer.substr(0, size);
  asset.buffer.erase(0, chunk.size());
  return chunk;
}

void AssetBatches::appendStart(const Open& asset, const strapi::AssetInfo& info,
                               std::string& items) const {
  appendItem(items, "start", asset.id);
  items.append(R"(,"data":{"metadata":)").append(info.metadata);
  items.append(R"(,"filepath":)").append(encodeJsonString("/srv/public/uploads/" + info.filename));
  items.append(R"(,"filename":)").append(encodeJsonString(info.filename));
  items.append(R"(,"stats":{"size":)").append(std::to_string(announcedSize(info)));
  items.append(unknownMembers_).append("}").append(unknownMembers_).append("}");
  items.append(unknownMembers_).append("}");
}

void AssetBatches::appendChunk(const Open& asset, std::string_view chunk,
                               std::string& items) const {
  appendItem(items, "stream", asset.id);
  if (options_.legacy) {
    items += R"(,"data":)";
    appendByteArray(chunk, items);
  } else {
    items += R"(,"encoding":"base64","data":")";
    encodeBase64(chunk, items);
    items += '"';
  }
  items.append(unknownMembers_).append("}");
}

void AssetBatches::appendEnd(Open& asset, std::string& items) {
  if (takeFault(TransferFaults::Kind::missingEnd)) {
    return;
  }
  appendItem(items, "end", asset.id);
  if (asset.checksum && !takeFault(TransferFaults::Kind::missingChecksum)) {
    std::string value = asset.checksum->hex();
    if (takeFault(TransferFaults::Kind::wrongChecksum)) {
      value[0] = value[0] == '0' ? '1' : '0';
    }
    items.append(R"(,"checksum":{"algorithm":"sha256","value":")").append(value).append("\"}");
  }
  items.append(unknownMembers_).append("}");
}

bool AssetBatches::takeFault(TransferFaults::Kind kind) {
  if (faultDone_ || options_.faults.kind != kind || messages_ < options_.faults.afterMessages) {
    return false;
  }
  faultDone_ = true;
  return true;
}

std::uint64_t AssetBatches::announcedSize(const strapi::AssetInfo& info) const {
  switch (options_.faults.kind) {
    case TransferFaults::Kind::wrongSize:
      return info.size + 1;
    case TransferFaults::Kind::zeroSize:
      return 0;
    default:
      return info.size;
  }
}

std::string AssetBatches::message(const std::string& items) {
  ++messages_;
  return options_.flatAssets ? "[" + items + "]" : "[[" + items + "]]";
}

}  // namespace wsferry::testing
