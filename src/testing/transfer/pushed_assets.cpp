#include "testing/transfer/pushed_assets.hpp"

#include "testing/server/json_members.hpp"
#include "testing/transfer/conversation.hpp"
#include "wsferry/core/detail/json/json_cursor.hpp"

namespace wsferry::testing {

namespace {

using strapi::AssetItem;

// A server of version 4 takes `data.data` of an item, and fails when there is none.
void expectByteArrays(std::string_view items) {
  JsonCursor cursor(items);
  std::string_view key;
  for (bool more = cursor.enterArray(); more && cursor.nextElement();) {
    bool isStream = false;
    bool isArray = false;
    for (bool member = cursor.enterObject(); member && cursor.nextKey(key);) {
      const std::string_view value = cursor.skipValue();
      isStream = isStream || (key == "action" && value == R"("stream")");
      isArray = isArray || (key == "data" && value.front() == '{');
    }
    if (isStream && !isArray) {
      throw Refusal::plain(
          "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or "
          "Array or an Array-like Object. Received undefined");
    }
  }
}

}  // namespace

std::string idOf(std::string_view json) {
  const auto members = jsonMembers(json);
  const auto id = members.find("id");
  if (id == members.end()) {
    return "undefined";
  }
  return id->second.front() == '"' ? jsonStringMember(members, "id") : id->second;
}

void PushedAssets::receive(std::string_view items, strapi::AssetSink& sink,
                           StepStatistics& statistics) {
  if (legacy_) {
    expectByteArrays(items);
  }
  reader_.begin(items);
  AssetItem item;
  while (reader_.next(item)) {
    if (item.action == AssetItem::Action::start) {
      ++statistics.started;
      start(item, sink);
    } else if (item.action == AssetItem::Action::stream) {
      const auto asset = find(item, "stream");
      if (asset->second) {
        asset->second->update(item.bytes);
      }
      sink.write(item.assetID, item.bytes);
    } else {
      const auto asset = find(item, "end");
      verify(asset, item);
      sink.end(item.assetID);
      ++statistics.finished;
      open_.erase(asset);
    }
  }
}

void PushedAssets::start(const AssetItem& item, strapi::AssetSink& sink) {
  const std::string file = idOf(item.info.metadata);
  if (files_.count(file) == 0) {
    throw Refusal::plain("File ID not found for ID: " + file);
  }
  sink.begin(item.assetID, item.info);
  auto& hash = open_[std::string(item.assetID)];
  if (checksums_) {
    hash.emplace();
  }
}

PushedAssets::Open::iterator PushedAssets::find(const AssetItem& item, std::string_view action) {
  const auto asset = open_.find(item.assetID);
  if (asset == open_.end()) {
    throw Refusal::transfer("No asset \"" + std::string(item.assetID) + "\" for " +
                            std::string(action) + " action; send start before stream/end");
  }
  return asset;
}

void PushedAssets::verify(Open::iterator asset, const AssetItem& item) const {
  if (!asset->second) {
    return;
  }
  const std::string& id = asset->first;
  if (!item.checksum) {
    throw Refusal::transfer("Missing checksum for asset \"" + id + "\"");
  }
  if (item.checksum->algorithm != "sha256") {
    throw Refusal::transfer("Unsupported checksum algorithm \"" +
                            std::string(item.checksum->algorithm) + "\" for asset " + id);
  }
  const std::string value = asset->second->hex();
  if (value != item.checksum->value) {
    throw Refusal::transfer("Checksum mismatch for asset \"" + id + "\" (expected " +
                            std::string(item.checksum->value) + ", got " + value + ")");
  }
}

}  // namespace wsferry::testing
