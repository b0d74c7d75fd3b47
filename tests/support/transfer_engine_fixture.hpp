#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace support {

using namespace wsferry;
using namespace wsferry::strapi;

// A source and a destination that write down what happens to them, in one list.
struct Script {
  std::mutex mutex;
  std::vector<std::string> calls;
  std::map<TransferStage, std::vector<std::string>> records;
  std::string failAt;
  std::string version = "5.0.0";
  std::uint64_t announcedAssetBytes = 5;
  std::vector<Schema> schemas = {{"api::a.a", "{}"}};
  std::optional<Metadata> destination;
  std::optional<std::vector<Schema>> destinationSchemas;
  std::function<void(const std::string&)> onCall;

  void note(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex);  // cancel() comes from other threads.
    calls.push_back(name);
  }
  void call(const std::string& name) {
    note(name);
    if (onCall) {
      onCall(name);
    }
    if (name == failAt) {
      throw Error(Errc::dataMissing, "planned: " + name);
    }
  }
  bool has(const std::string& name) const {
    return std::find(calls.begin(), calls.end(), name) != calls.end();
  }

  /// The records that reached the destination.
  std::vector<std::string> moved() const {
    std::vector<std::string> records_;
    for (const std::string& name : calls) {
      if (name.compare(0, 7, "record ") == 0) {
        records_.push_back(name.substr(7));
      }
    }
    return records_;
  }
};

struct FakeSource final : Source {
  explicit FakeSource(Script& s) : script(s) {}
  void bootstrap() override { script.call("source bootstrap"); }
  Metadata getMetadata() override {
    script.call("getMetadata");
    return {"2026-01-01T00:00:00.000Z", script.version};
  }
  std::vector<Schema> getSchemas() override {
    script.call("getSchemas");
    return script.schemas;
  }
  void readRecords(TransferStage stage, RecordSink& sink) override {
    script.call("read " + std::string(toString(stage)));
    StageTotals totals;
    totals.count = script.records[stage].size();
    totals.bytes = 0;
    for (const std::string& record : script.records[stage]) {
      *totals.bytes += record.size();
    }
    sink.totals(totals);
    for (const std::string& record : script.records[stage]) {
      sink.record(record);
    }
  }
  void readAssets(AssetSink& sink) override {
    script.call("read assets");
    StageTotals totals;
    totals.bytes = script.announcedAssetBytes;
    sink.totals(totals);
    sink.begin("1", {"a.txt", 5, "{}"});
    sink.begin("2", {"b", 0, "{}"});
    sink.write("1", "hel");
    sink.write("1", "lo");
    sink.end("2");
    sink.end("1");
  }
  void close() override { script.call("source close"); }
  void cancel() noexcept override { script.note("source cancel"); }
  Script& script;
};

struct FakeDestination final : Destination, RecordSink, AssetSink {
  explicit FakeDestination(Script& s) : script(s) {}
  void bootstrap() override { script.call("destination bootstrap"); }
  std::optional<Metadata> getMetadata() override {
    script.call("destination getMetadata");
    return script.destination;
  }
  std::optional<std::vector<Schema>> getSchemas() override {
    script.call("destination getSchemas");
    return script.destinationSchemas;
  }
  void beforeTransfer(const TransferManifest& manifest) override {
    script.call("before transfer " + manifest.metadata.strapiVersion + " " +
                std::to_string(manifest.schemas.size()));
  }
  void beginStage(TransferStage stage) override {
    script.call("begin " + std::string(toString(stage)));
  }
  RecordSink& records() override { return *this; }
  AssetSink& assets() override { return *this; }
  void record(const Record& record) override {
    if (onRecord) {
      onRecord(record);
    }
    script.call("record " + std::string(record.text()));
  }
  void begin(std::string_view id, const AssetInfo& info) override {
    script.call("asset " + std::string(id) + " " + info.filename);
  }
  void write(std::string_view id, std::string_view bytes) override {
    written[std::string(id)] += bytes;
  }
  void end(std::string_view id) override { script.call("asset end " + std::string(id)); }
  void endStage() override { script.call("end stage"); }
  void close() override { script.call("destination close"); }
  void rollback() noexcept override { script.note("rollback"); }
  void cancel() noexcept override { script.note("destination cancel"); }
  Script& script;
  std::function<void(const Record&)> onRecord;
  std::map<std::string, std::string> written;
};

inline const std::string article = R"({"type":"api::a.a","id":1,"data":{}})";
inline const std::string admin = R"({"type":"admin::user","id":1,"data":{"password":"$2a$10$x"}})";
inline const std::string hiddenAdmin = R"({"type":"\u0061dmin::user","id":2,"data":{}})";
inline const std::string articleLink =
    R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::a.a","ref":1},"right":{"type":"api::a.a","ref":1}})";
inline const std::string adminLink =
    R"({"kind":"relation.basic","relation":"oneToOne","left":{"type":"api::a.a","ref":1},"right":{"type":"admin::user","ref":1}})";

struct Fixture {
  Script script;
  FakeSource source{script};
  FakeDestination destination{script};
};

}  // namespace support
