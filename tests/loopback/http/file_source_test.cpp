#include "wsferry/http/file_source.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "support/http_calls.hpp"
#include "wsferry/http/detail/files/file_sample.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;
using testing::Content;
using testing::TransferServer;
using testing::TransferServerOptions;
using wsferry::http::FileSource;
using wsferry::http::FileSourceOptions;

namespace {

/// Of the server's own answers for files.
constexpr const char* lastModified = "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

struct Collected final : RecordSink, AssetSink {
  struct File {
    std::string name;
    std::string metadata;
    std::uint64_t size = 0;
    std::string bytes;
    bool hasEnded = false;
  };

  void totals(const StageTotals&) override {}
  void record(const Record&) override { ++records; }
  void omitted(const Omission& omission) override { omissions.push_back(omission.words); }
  void begin(std::string_view id, const AssetInfo& info) override {
    open.emplace(id, files.size());
    files.push_back({info.filename, info.metadata, info.size, {}, false});
  }
  void write(std::string_view id, std::string_view bytes) override {
    files[open.at(std::string(id))].bytes += bytes;
  }
  void end(std::string_view id) override {
    files[open.at(std::string(id))].hasEnded = true;
    open.erase(std::string(id));
  }

  std::size_t records = 0;
  std::vector<std::string> omissions;
  std::vector<File> files;
  std::map<std::string, std::size_t> open;
};

/// The first file that differs, for a message; empty if none does.
std::string difference(const std::vector<Collected::File>& a,
                       const std::vector<Collected::File>& b) {
  if (a.size() != b.size()) {
    return std::to_string(a.size()) + " files and " + std::to_string(b.size());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::string what = a[i].name != b[i].name           ? "name"
                             : a[i].metadata != b[i].metadata ? "metadata"
                             : a[i].size != b[i].size         ? "size"
                             : a[i].bytes != b[i].bytes       ? "bytes"
                             : a[i].hasEnded && b[i].hasEnded ? ""
                                                              : "end";
    if (!what.empty()) {
      return what + " of " + a[i].name + " " + a[i].metadata + "\nand " + b[i].name + " " +
             b[i].metadata;
    }
  }
  return {};
}

std::unique_ptr<Source> socketOf(const TransferServer& server,
                                 const std::string& token = "testing-token") {
  RemoteSourceOptions options;
  options.connection.bearerToken = token;
  return std::make_unique<RemoteSource>(server.adminUrl(), options);
}

/// A pull of entities and files, by HTTP or not.
struct Pull {
  explicit Pull(const TransferServer& server, FileSourceOptions options = {}, bool byHttp = true) {
    RemoteSourceOptions remote;
    remote.connection.bearerToken = "testing-token";
    RemoteSource socket(server.adminUrl(), remote);
    options.adminUrl = server.adminUrl();
    options.onDiagnostic = [this](const Diagnostic& diagnostic) {
      warnings += diagnostic.message + "\n";
    };
    FileSource files(socket, options);
    Source& source = byHttp ? static_cast<Source&>(files) : socket;
    source.bootstrap();
    source.readRecords(TransferStage::entities, collected);
    source.readAssets(collected);
    source.close();
    statistics = files.statistics();
  }

  Collected collected;
  http::FileSourceStatistics statistics;
  std::string warnings;
};

std::shared_ptr<const Content> content() {
  testing::SampleContentOptions options;
  options.images = 20;
  options.imageBytes = 150'000;
  return testing::sampleContent(options);
}

/// With which a file is among those that are compared.
std::uint64_t seedOf(const Content& content, const std::string& name, std::size_t most) {
  for (std::uint64_t seed = 0;; ++seed) {
    http::FileSample sample(most, seed);
    for (const auto& asset : content.assets()) {
      sample.add(asset.filename);
    }
    if (sample.names().count(name) != 0) {
      return seed;
    }
  }
}

/// Content with other entities and files.
class Altered final : public Content {
 public:
  explicit Altered(std::shared_ptr<const Content> base)
      : files(base->assets()), base_(std::move(base)) {
    const auto next = base_->records(TransferStage::entities);
    for (std::string record = next(); !record.empty(); record = next()) {
      entities.push_back(std::move(record));
    }
  }

  Metadata metadata() const override { return base_->metadata(); }
  std::vector<Schema> schemas() const override { return base_->schemas(); }
  NextRecord records(TransferStage stage) const override {
    if (stage != TransferStage::entities) {
      return base_->records(stage);
    }
    return [this, i = std::size_t{0}]() mutable {
      return i < entities.size() ? entities[i++] : std::string();
    };
  }
  std::vector<AssetInfo> assets() const override { return files; }
  NextBytes assetBytes(std::size_t index) const override { return base_->assetBytes(index); }

  /// The record of a file, by its hash.
  std::vector<std::string>::iterator recordOf(const std::string& hash) {
    return std::find_if(entities.begin(), entities.end(), [&hash](const std::string& record) {
      return contains(record, "\"hash\":\"" + hash + "\"");
    });
  }

  std::vector<std::string> entities;
  std::vector<AssetInfo> files;

 private:
  std::shared_ptr<const Content> base_;
};

void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  REQUIRE(place != std::string::npos);
  text.replace(place, from.size(), to);
}

/// All but the one of that name, of which there is one.
std::vector<Collected::File> without(std::vector<Collected::File> files, const std::string& name) {
  const auto end = std::remove_if(files.begin(), files.end(),
                                  [&name](const auto& file) { return file.name == name; });
  REQUIRE(files.end() - end == 1);
  files.erase(end, files.end());
  return files;
}

std::string bodyOf(const Content& content, std::size_t index) {
  std::string body;
  const auto next = content.assetBytes(index);
  for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
    body += bytes;
  }
  return body;
}

std::string answer(const std::string& status, const std::string& type, const std::string& body,
                   const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "Connection: close\r\n\r\n" + body;
}

std::vector<Collected::File> sorted(std::vector<Collected::File> files) {
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

TEST_CASE("files come by HTTP as they come over the socket, in the same order") {
  const TransferServer server(content());
  const Pull bySocket(server, {}, false);
  FileSourceOptions options;
  options.connections = GENERATE(1u, 3u, 8u);
  options.bufferBytes = GENERATE(1u, 100'000u, 16u << 20);
  const Pull byHttp(server, options);
  INFO(byHttp.warnings);
  REQUIRE(bySocket.collected.files.size() == 42);
  CHECK(byHttp.collected.records == bySocket.collected.records);
  CHECK(difference(byHttp.collected.files, bySocket.collected.files) == "");
  CHECK(byHttp.statistics.byHttp == 42);
  CHECK(byHttp.statistics.bySocket == 0);
  CHECK(byHttp.warnings.empty());
}

TEST_CASE("a testing server without a log keeps no names, and gives the file for no response") {
  const auto served = content();
  TransferServerOptions serverOptions;
  serverOptions.logMessages = false;
  serverOptions.fileResponses[served->assets().front().filename] = {};
  const TransferServer server(served, serverOptions);
  CHECK(Pull(server).statistics.byHttp == 42);
  CHECK(server.log().files.empty());
}

TEST_CASE("what is not the file of its record comes over the socket") {
  const auto served = content();
  const auto assets = served->assets();
  const std::string name = assets[6].filename;
  REQUIRE(contains(name, ".png"));
  const std::string body = bodyOf(*served, 6);
  const auto [response, reason] = GENERATE_COPY(table<std::string, std::string>({
      {answer("404 Not Found", "text/plain", "Not Found"), "status 404"},
      {answer("403 Forbidden", "application/xml", "<Error/>"), "status 403"},
      {answer("200 OK", "text/html; charset=utf-8", std::string(body.size(), 'x')), "another type"},
      {answer("200 OK", "image/png", body.substr(20)), "another size"},
      {answer("200 OK", "image/png", body + std::string(20, 'x')), "another size"},
      {answer("200 OK", "image/png", body, "Content-Encoding: gzip\r\n"), "compressed"},
      {"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + body, "length not stated"},
      {answer("302 Found", "text/html", "", "Location: http://login.test/\r\n"), "redirectRefused"},
      {answer("302 Found", "text/html", "", "Location: /admin/login\r\n"), "status 404"},
  }));
  TransferServerOptions options;
  options.fileResponses[name] = {response};
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(reason << "\n" << pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  CHECK(pull.statistics.byHttp == 41);
  CHECK(pull.statistics.bySocket == 1);
  CHECK(pull.statistics.reasons == std::map<std::string, std::uint64_t>{{reason, 1}});
  CHECK(pull.statistics.bytesTwice > 0);
  CHECK(contains(pull.warnings, "1 file did not come by HTTP"));
  CHECK(contains(pull.warnings, name));
}

TEST_CASE("a file that is cut is tried again, also as the first one, and then comes by socket") {
  const auto served = content();
  const std::string name = served->assets()[0].filename;
  TransferServerOptions options;
  options.fileResponses[name] = {"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " +
                                 std::to_string(served->assets()[0].size) +
                                 "\r\nConnection: close\r\n\r\nthe beginning"};
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  FileSourceOptions files;
  files.connections = 1;  // No other file comes before.
  const Pull pull(server, files);
  INFO(pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  const auto asked = server.log().files;
  CHECK(std::count(asked.begin(), asked.end(), name) == 4);
  CHECK(pull.statistics.reasons == std::map<std::string, std::uint64_t>{{"connectionLost", 1}});
}

TEST_CASE("a file that breaks is had in the end, whatever the server says in between") {
  const auto served = content();
  const auto assets = served->assets();
  const std::string cut =
      "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\nContent-Length: ";
  const std::string busy = answer("503 Service Unavailable", "image/png", std::string(5000, 'e'));
  TransferServerOptions options;
  for (const std::size_t index : {2u, 6u, 10u, 14u, 20u}) {
    options.fileResponses[assets[index].filename] = {cut + std::to_string(assets[index].size) +
                                                         "\r\n\r\n" +
                                                         bodyOf(*served, index).substr(0, 5000),
                                                     busy, ""};
  }
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  FileSourceOptions files;
  files.connections = GENERATE(2u, 8u);
  files.bufferBytes = 200'000;
  const Pull pull(server, files);
  INFO(pull.warnings);
  CHECK(difference(pull.collected.files, bySocket.collected.files) == "");
  CHECK(pull.statistics.byHttp == 42);
  CHECK(pull.warnings.empty());
}

TEST_CASE("a long file goes on where it broke, as often as it comes further") {
  testing::SampleContentOptions sizes;
  sizes.images = 1;
  sizes.imageBytes = 4'000'000;
  const auto served = testing::sampleContent(sizes);
  const AssetInfo picture = served->assets().front();
  const std::string body = bodyOf(*served, 0);
  // Each attempt brings some more; none repeats what was there.
  TransferServerOptions options;
  auto& responses = options.fileResponses[picture.filename];
  const std::size_t step = body.size() / 7;
  for (std::size_t first = 0; first + step < body.size(); first += step) {
    const std::string range = "Content-Range: bytes " + std::to_string(first) + "-" +
                              std::to_string(body.size() - 1) + "/" + std::to_string(body.size());
    responses.push_back("HTTP/1.1 " + std::string(first == 0 ? "200 OK" : "206 Partial Content") +
                        "\r\nContent-Type: image/png\r\nConnection: close\r\n" + range + "\r\n" +
                        lastModified + "Content-Length: " + std::to_string(body.size() - first) +
                        "\r\n\r\n" + body.substr(first, step));
  }
  responses.emplace_back();
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(pull.warnings);
  CHECK(difference(pull.collected.files, bySocket.collected.files) == "");
  CHECK(pull.statistics.bySocket == 0);
}

TEST_CASE("a long file goes on only where it is known to be the same") {
  testing::SampleContentOptions sizes;
  sizes.images = 1;
  sizes.imageBytes = 4'000'000;
  const auto served = testing::sampleContent(sizes);
  const AssetInfo picture = served->assets().front();
  const std::string body = bodyOf(*served, 0);
  struct Row {
    std::string first;
    std::string second;
    bool goesOn;
  };
  const auto row = GENERATE(values<Row>({
      {"", "", false},
      {"ETag: W/\"1\"\r\n", "ETag: W/\"1\"\r\n", false},
      {"ETag: \"1\"\r\n", "ETag: \"2\"\r\n", false},
      {"ETag: \"1\"\r\n", "", false},
      {"ETag: \"1\"\r\n", "ETag: \"1\"\r\n", true},
      {std::string(lastModified) + "ETag: W/\"1\"\r\n",
       std::string(lastModified) + "ETag: W/\"2\"\r\n", true},
  }));
  const bool isPartial = GENERATE(true, false);
  const std::size_t half = body.size() / 2;
  const std::string common = "Content-Type: image/png\r\nConnection: close\r\n";
  TransferServerOptions options;
  options.fileResponses[picture.filename] = {
      "HTTP/1.1 200 OK\r\n" + common + row.first +
          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, half),
      isPartial ? "HTTP/1.1 206 Partial Content\r\n" + common + row.second +
                      "Content-Range: bytes " + std::to_string(half) + "-" +
                      std::to_string(body.size() - 1) + "/" + std::to_string(body.size()) +
                      "\r\nContent-Length: " + std::to_string(body.size() - half) + "\r\n\r\n" +
                      body.substr(half)
                : "HTTP/1.1 200 OK\r\n" + common + row.second +
                      "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
  const TransferServer server(served, options);
  INFO(row.first << row.second << isPartial);
  CHECK(errorOf([&] {
          const Pull pull(server);
          CHECK(pull.statistics.bySocket == 0);
        }) == (row.goesOn ? std::error_code() : make_error_code(Errc::connectionLost)));
}

TEST_CASE("a sink that is slow makes the server of a long file wait") {
  testing::SampleContentOptions sizes;
  sizes.images = 1;
  sizes.imageBytes = 64'000'000;
  const auto served = testing::sampleContent(sizes);
  std::promise<void> sentMost;
  bool isTold = false;
  ScriptedServer storage([&](tcp::socket& socket) {
    while (true) {
      const std::string head = readHead(socket);
      const auto assets = served->assets();
      const auto asked = std::find_if(
          assets.begin(), assets.end(),
          [&head](const AssetInfo& asset) { return contains(head, "/" + asset.filename + " "); });
      writeAll(socket,
               "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(asked->size) + "\r\n\r\n");
      const auto next = served->assetBytes(static_cast<std::size_t>(asked - assets.begin()));
      std::uint64_t sent = 0;
      for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
        writeAll(socket, bytes);
        sent += bytes.size();
        if (sent >= asked->size / 2 && !std::exchange(isTold, true)) {
          sentMost.set_value();
        }
      }
    }
  });
  struct Slow final : AssetSink {
    void begin(std::string_view, const AssetInfo&) override {}
    void write(std::string_view, std::string_view bytes) override {
      if (received == 0) {
        waited = most.wait_for(std::chrono::milliseconds(500));
      }
      received += bytes.size();
    }
    void end(std::string_view) override { ++files; }
    std::future<void> most;
    std::future_status waited = std::future_status::ready;
    std::uint64_t received = 0;
    std::size_t files = 0;
  } sink;
  sink.most = sentMost.get_future();
  const TransferServer server(served);
  const auto socket = socketOf(server);
  FileSourceOptions options;
  options.adminUrl = server.adminUrl();
  options.filesUrl = "http://" + storage.authority();
  options.connections = options.mostConnections = 1;
  options.bufferBytes = GENERATE(1u, 5u << 20);
  FileSource source(*socket, options);
  source.bootstrap();
  Collected records;
  source.readRecords(TransferStage::entities, records);
  source.readAssets(sink);
  CHECK(sink.waited == std::future_status::timeout);
  CHECK(sink.files == served->assets().size());
  CHECK(source.statistics().byHttp == served->assets().size());
}

TEST_CASE("a file that comes by drops is left to the socket") {
  const auto served = content();
  const AssetInfo picture = served->assets()[0];
  const std::string body = bodyOf(*served, 0);
  TransferServerOptions options;
  for (std::size_t first = 0; first < 100; first += 10) {
    const std::string range = "Content-Range: bytes " + std::to_string(first) + "-" +
                              std::to_string(body.size() - 1) + "/" + std::to_string(body.size());
    options.fileResponses[picture.filename].push_back(
        "HTTP/1.1 " + std::string(first == 0 ? "200 OK" : "206 Partial Content") +
        "\r\nContent-Type: image/png\r\nConnection: close\r\n" + range + "\r\n" + lastModified +
        "Content-Length: " + std::to_string(body.size() - first) + "\r\n\r\n" +
        body.substr(first, 10));
  }
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  const auto asked = server.log().files;
  CHECK(std::count(asked.begin(), asked.end(), picture.filename) == 4);
  CHECK(pull.statistics.bySocket == 1);
}

TEST_CASE("a server that wants a file to wait for an hour is not waited for") {
  const auto served = content();
  const std::string name = served->assets()[0].filename;
  TransferServerOptions options;
  options.fileResponses[name] = {
      answer("429 Too Many Requests", "text/plain", "", "Retry-After: 3600\r\n"), ""};
  const TransferServer server(served, options);
  const Pull pull(server);
  CHECK(pull.collected.files.size() == 42);
  CHECK(pull.statistics.reasons == std::map<std::string, std::uint64_t>{{"status 429", 1}});
  CHECK(contains(pull.warnings, name + ": status 429, Retry-After: 3600"));
}

TEST_CASE("what is waited for by HTTP is told, and why") {
  const auto served = content();
  std::promise<void> told;
  bool isTold = false;
  bool isRefused = false;
  ScriptedServer storage([&](tcp::socket& socket) {
    while (true) {
      const std::string head = readHead(socket);
      const auto assets = served->assets();
      const auto asked = std::find_if(
          assets.begin(), assets.end(),
          [&head](const AssetInfo& asset) { return contains(head, "/" + asset.filename + " "); });
      if (!std::exchange(isRefused, true)) {
        writeAll(socket, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        continue;
      }
      if (!isTold) {
        told.get_future().wait();
        isTold = true;
      }
      const auto index = static_cast<std::size_t>(asked - assets.begin());
      writeAll(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(asked->size) +
                           "\r\n\r\n" + bodyOf(*served, index));
    }
  });
  const TransferServer server(served);
  const auto socket = socketOf(server);
  FileSourceOptions options;
  options.adminUrl = server.adminUrl();
  options.filesUrl = "http://" + storage.authority();
  options.connections = options.mostConnections = 1;
  options.connection.stallTimeout = Duration{700};  // Longer than the pause behind the refusal.
  std::string waiting;
  options.onDiagnostic = [&](const Diagnostic& diagnostic) {
    if (diagnostic.kind == "waiting" && std::exchange(waiting, diagnostic.message).empty()) {
      told.set_value();
    }
  };
  FileSource source(*socket, options);
  source.bootstrap();
  Collected collected;
  source.readRecords(TransferStage::entities, collected);
  source.readAssets(collected);
  CHECK(source.statistics().byHttp == 42);
  CHECK(contains(waiting, served->assets()[0].filename + " by HTTP, for "));
  CHECK(contains(waiting, "status 503"));
}

TEST_CASE("a long file that was begun comes to its end although HTTP is given up") {
  testing::SampleContentOptions sizes;
  sizes.images = 6;
  sizes.imageBytes = 4'000'000;
  const auto served = testing::sampleContent(sizes);
  const auto assets = served->assets();
  TransferServerOptions options;
  for (const AssetInfo& asset : assets) {
    options.fileResponses[asset.filename] = {answer("404 Not Found", "text/plain", "")};
  }
  options.fileResponses[assets.front().filename] = {
      "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n" +
          std::string(lastModified) + "Content-Length: " + std::to_string(assets.front().size) +
          "\r\n\r\n" + bodyOf(*served, 0).substr(0, 2'000'000),
      ""};
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  CHECK(pull.statistics.byHttp == 1);
}

TEST_CASE("a server without files by HTTP is asked for a few, unless each is to be tried") {
  TransferServerOptions serverOptions;
  const auto served = content();
  for (const AssetInfo& asset : served->assets()) {
    serverOptions.fileResponses[asset.filename] = {answer("404 Not Found", "text/plain", "")};
  }
  const TransferServer server(served, serverOptions);
  const Pull bySocket(server, {}, false);
  FileSourceOptions options;
  options.connections = 2;
  options.giveUpEarly = GENERATE(true, false);
  const Pull pull(server, options);
  INFO(pull.warnings);
  CHECK(difference(pull.collected.files, bySocket.collected.files) == "");
  CHECK(pull.statistics.byHttp == 0);
  CHECK(pull.statistics.bySocket == 42);
  CHECK((server.log().files.size() < 10) == options.giveUpEarly);
  CHECK(contains(pull.warnings, "42 files did not come"));
  CHECK(contains(pull.warnings, "given up") == options.giveUpEarly);
}

TEST_CASE("files that are had both ways are compared, and HTTP is left alone if one differs") {
  const auto served = content();
  // The last one: those that the server sends first prove nothing of it.
  const std::string name = served->assets().back().filename;
  const std::string other(static_cast<std::size_t>(served->assets().back().size), 'x');
  const bool differs = GENERATE(false, true);
  TransferServerOptions options;
  if (differs) {
    options.fileResponses[name] = {answer("200 OK", "application/octet-stream", other)};
  }
  const TransferServer server(served, options);
  const Pull bySocket(server, {}, false);
  FileSourceOptions compared;
  compared.compareFiles = 3;
  compared.compareSeed = seedOf(*served, name, 3);
  compared.comparedSource = [&server] { return socketOf(server); };
  const Pull pull(server, compared);
  INFO(pull.warnings);
  CHECK(difference(pull.collected.files, bySocket.collected.files) == "");
  CHECK(pull.statistics.compared == 3);
  CHECK(pull.statistics.comparedFiles.size() == 3);
  CHECK(contains(pull.statistics.comparedFiles.back() + pull.statistics.comparedFiles[0] +
                     pull.statistics.comparedFiles[1],
                 name));
  CHECK(pull.statistics.differing == (differs ? 1 : 0));
  CHECK(pull.statistics.bySocket == (differs ? 42 : 0));
  CHECK(contains(pull.warnings, name) == differs);
}

TEST_CASE("a comparison that compares nothing is told, and HTTP is left alone") {
  const auto served = content();
  const std::string name = served->assets().back().filename;
  TransferServerOptions options;
  options.fileResponses[name] = {answer("404 Not Found", "text/plain", "gone"), ""};
  const TransferServer server(served, options);
  FileSourceOptions compared;
  compared.compareFiles = 1;
  compared.compareSeed = seedOf(*served, name, 1);
  compared.comparedSource = [&server] { return socketOf(server); };
  const Pull pull(server, compared);
  CHECK(pull.statistics.compared == 0);
  CHECK(pull.statistics.bySocket == 42);
  CHECK(contains(pull.warnings,
                 "Only 0 of 1 file could be compared, because the others did not come both ways: "
                 "all files are requested over the socket."));
}

TEST_CASE("a credential that a file's answer repeats is not told") {
  const auto served = content();
  const std::string name = served->assets().back().filename;
  TransferServerOptions options;
  const std::string other(static_cast<std::size_t>(served->assets().back().size), 'x');
  options.fileResponses[name] = {answer("200 OK", "text/KEY-of-a-proxy-4711", other)};
  options.fileResponses[served->assets()[0].filename] = {
      answer("429 Too Many Requests", "text/plain", "", "Retry-After: KEY-of-a-proxy-4711\r\n")};
  const TransferServer server(served, options);
  FileSourceOptions keyed;
  keyed.connection.headers = {{"X-Proxy-Key", "KEY-of-a-proxy-4711"}};
  const Pull pull(server, keyed);
  INFO(pull.warnings);
  CHECK(pull.statistics.bySocket >= 1);
  CHECK(contains(pull.warnings, "***"));
  CHECK_FALSE(contains(pull.warnings, "4711"));
}

TEST_CASE("other files are compared each time, and the same ones with the same seed") {
  const auto served = content();
  const TransferServer server(served);
  FileSourceOptions options;
  options.compareFiles = 2;
  options.comparedSource = [&server] { return socketOf(server); };
  std::set<std::vector<std::string>> chosen;
  for (const std::uint64_t seed : {1U, 2U, 3U, 3U}) {
    options.compareSeed = seed;
    chosen.insert(Pull(server, options).statistics.comparedFiles);
  }
  CHECK(chosen.size() == 3);
}

TEST_CASE("a comparison that the server breaks off tells of what it leaves out") {
  const auto served = content();
  const std::string name = served->assets().back().filename;
  TransferServerOptions options;
  options.gaps.unreachableFile = served->assets()[20].filename;
  const TransferServer server(served, options);
  FileSourceOptions compared;
  compared.keepGoing = true;
  compared.compareFiles = 1;
  compared.compareSeed = seedOf(*served, name, 1);
  compared.comparedSource = [&server] { return socketOf(server); };
  const Pull pull(server, compared);
  CHECK(pull.statistics.comparedFiles.empty());
  CHECK(
      contains(pull.warnings, "Only 0 of 1 file could be compared, because the server broke off"));
}

TEST_CASE("a comparison asks for no more than there is, and ends with its source") {
  const TransferServer server(content());
  FileSourceOptions options;
  options.compareFiles = 1000;
  SECTION("of all files") {
    options.comparedSource = [&server] { return socketOf(server); };
    const Pull pull(server, options);
    CHECK(pull.statistics.compared == 42);
    CHECK(pull.statistics.byHttp == 42);
  }
  SECTION("of a source that fails") {
    options.comparedSource = [&server] { return socketOf(server, "wrong-token"); };
    CHECK(errorOf([&] { const Pull pull(server, options); }) ==
          make_error_code(Errc::notAuthenticated));
  }
  SECTION("of no source") {
    CHECK(errorOf([&] { const Pull pull(server, options); }) ==
          make_error_code(Errc::invalidOption));
  }
}

TEST_CASE("what came by HTTP is compared with what the socket sends again") {
  const auto served = content();
  const auto assets = served->assets();
  const std::string body = bodyOf(*served, 0);
  TransferServerOptions options;
  const std::string notFound = answer("404 Not Found", "text/plain", "");
  // An original, whose size its record rounds.
  const std::string other = GENERATE_COPY(std::string(body.size(), '\0'), body);
  options.fileResponses[assets[0].filename] = {answer("200 OK", "image/png", other)};
  const bool isGivenUp = GENERATE(false, true);
  for (std::size_t i = 1; i < assets.size(); ++i) {
    if (isGivenUp || i == 5) {
      options.fileResponses[assets[i].filename] = {notFound};
    }
  }
  const TransferServer server(served, options);
  const auto socket = socketOf(server);
  FileSourceOptions files;
  files.adminUrl = server.adminUrl();
  files.connections = files.mostConnections = 1;
  FileSource source(*socket, files);
  source.bootstrap();
  Collected collected;
  source.readRecords(TransferStage::entities, collected);
  std::string message;
  try {
    source.readAssets(collected);
    source.close();
  } catch (const Error& error) {
    CHECK(error.code() == make_error_code(http::HttpErrc::filesDiffer));
    message = error.info().message;
  }
  INFO(message);
  const bool differs = other != body;
  CHECK(contains(message, "1 file of") == differs);
  CHECK(contains(message, assets[0].filename) == differs);
  CHECK(source.statistics().compared == (isGivenUp ? 1 : 41));
  CHECK(source.statistics().differing == (differs ? 1 : 0));
}

TEST_CASE("where the storage refuses a file, all others come if that is wanted") {
  const auto served = content();
  TransferServerOptions options;
  options.gaps.unreachableFile = served->assets()[20].filename;
  const TransferServer server(served, options);
  FileSourceOptions going;
  SECTION("it is wanted") {
    going.keepGoing = true;
    const Pull pull(server, going);
    CHECK(pull.collected.files.size() == 41);
    REQUIRE(pull.collected.omissions.size() == 1);
    CHECK(contains(pull.collected.omissions.front(), options.gaps.unreachableFile));
  }
  SECTION("it is not") {
    CHECK(errorOf([&] { const Pull pull(server, going); }) == make_error_code(Errc::remoteFailed));
  }
}

TEST_CASE("without the records of files all come over the socket") {
  const TransferServer server(content());
  RemoteSourceOptions remote;
  remote.connection.bearerToken = "testing-token";
  RemoteSource socket(server.adminUrl(), remote);
  FileSourceOptions options;
  options.adminUrl = server.adminUrl();
  FileSource source(socket, options);
  source.bootstrap();
  Collected collected;
  source.readAssets(collected);
  source.close();
  CHECK(collected.files.size() == 42);
  CHECK(source.statistics().bySocket == 42);
  CHECK(server.log().files.empty());
}

TEST_CASE("a sink that throws ends the fetching, and cancel() does, and nothing is left of it") {
  const TransferServer server(content());
  RemoteSourceOptions remote;
  remote.connection.bearerToken = "testing-token";
  RemoteSource socket(server.adminUrl(), remote);
  FileSourceOptions options;
  options.adminUrl = server.adminUrl();
  options.connection.rateLimit = std::make_shared<RateLimit>(1'000'000'000);
  FileSource source(socket, options);
  source.bootstrap();
  Collected collected;
  source.readRecords(TransferStage::entities, collected);
  const auto holders = options.connection.rateLimit.use_count();
  SECTION("by the sink") {
    struct Full final : AssetSink {
      void begin(std::string_view, const AssetInfo&) override {}
      void write(std::string_view, std::string_view) override {
        throw Error(Errc::fileFailed, "full");
      }
      void end(std::string_view) override {}
    } full;
    try {
      source.readAssets(full);
      FAIL("it went on");
    } catch (const Error& error) {
      CHECK(error.code() == make_error_code(Errc::fileFailed));
    }
  }
  SECTION("by cancel()") {
    struct Cancelling final : AssetSink {
      explicit Cancelling(FileSource& cancelled) : source(cancelled) {}
      void begin(std::string_view, const AssetInfo&) override { source.cancel(); }
      void write(std::string_view, std::string_view) override {}
      void end(std::string_view) override {}
      FileSource& source;
    } sink(source);
    try {
      source.readAssets(sink);
      FAIL("it went on");
    } catch (const Error& error) {
      CHECK(error.code() == make_error_code(Errc::cancelled));
    }
  }
  // Each connection holds it.
  CHECK(options.connection.rateLimit.use_count() == holders);
}

TEST_CASE("files come although no record of them did, as where a server failed to read these") {
  const auto altered = std::make_shared<Altered>(content());
  altered->entities.erase(std::remove_if(altered->entities.begin(), altered->entities.end(),
                                         [](const std::string& record) {
                                           return contains(record, "\"plugin::upload.file\"");
                                         }),
                          altered->entities.end());
  const TransferServer server(altered);
  const Pull bySocket(server, {}, false);
  FileSourceOptions options;
  options.compareFiles = GENERATE(0u, 3u);
  options.comparedSource = [&server] { return socketOf(server); };
  const Pull pull(server, options);
  CHECK(pull.collected.files.size() == 42);
  CHECK(difference(pull.collected.files, bySocket.collected.files) == "");
  CHECK(pull.statistics.bySocket == 42);
  CHECK(server.log().files.empty());
}

TEST_CASE("a file that no record names comes with those that are had from the socket") {
  const auto altered = std::make_shared<Altered>(content());
  altered->entities.erase(altered->recordOf(altered->files.back().filename));
  TransferServerOptions options;
  options.fileResponses[altered->files[6].filename] = {
      answer("404 Not Found", "text/plain", "Not Found")};
  const TransferServer server(altered, options);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  CHECK(pull.statistics.bySocket == 2);
}

TEST_CASE("a file of a record without a hash is had from the socket, which makes up its name") {
  const auto altered = std::make_shared<Altered>(content());
  AssetInfo& file = altered->files.back();
  const std::string hash = "\"hash\":\"" + file.filename + "\"";
  replace(*altered->recordOf(file.filename), hash, "\"hash\":null");
  replace(file.metadata, hash, "\"hash\":null");
  file.filename = "null";
  const TransferServer server(altered);
  const Pull bySocket(server, {}, false);
  const Pull pull(server);
  INFO(pull.warnings);
  CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
  CHECK(pull.statistics.byHttp == 41);
  CHECK(pull.statistics.reasons == std::map<std::string, std::uint64_t>{{"name not told", 1}});
  CHECK(contains(pull.warnings, "a file of plugin::upload.file 22"));
}

TEST_CASE("a file without an extension is the same one by HTTP and over the socket of Strapi 4") {
  const auto altered = std::make_shared<Altered>(content());
  const std::size_t last = altered->files.size() - 1;
  AssetInfo& file = altered->files[last];
  const std::string name = file.filename;
  const std::string ending = GENERATE("null", "undefined");
  replace(*altered->recordOf(name), "\"ext\":\"\"", "\"ext\":null");
  replace(file.metadata, "\"ext\":\"\"", "\"ext\":null");
  file.filename += ending;
  const std::string body = bodyOf(*altered, last);
  const std::string type = "application/octet-stream";
  const std::string notFound = answer("404 Not Found", "text/plain", "Not Found");
  TransferServerOptions serverOptions;
  FileSourceOptions options;
  SECTION("HTTP does not give it") {
    serverOptions.fileResponses[name] = {notFound};
    const TransferServer server(altered, serverOptions);
    const Pull bySocket(server, {}, false);
    const Pull pull(server, options);
    INFO(pull.warnings);
    CHECK(difference(sorted(pull.collected.files), sorted(bySocket.collected.files)) == "");
    CHECK(pull.statistics.bySocket == 1);
    CHECK(pull.statistics.compared == 41);
  }
  SECTION("it came by HTTP, and another one did not") {
    serverOptions.fileResponses[name] = {answer("200 OK", type, body)};
    serverOptions.fileResponses[altered->files[6].filename] = {notFound};
    const TransferServer server(altered, serverOptions);
    const Pull bySocket(server, {}, false);
    const Pull pull(server, options);
    INFO(pull.warnings);
    CHECK(difference(without(sorted(pull.collected.files), name),
                     without(sorted(bySocket.collected.files), file.filename)) == "");
    CHECK(pull.statistics.compared == 41);
  }
  SECTION("it is among those that are compared") {
    const bool differs = GENERATE(false, true);
    serverOptions.fileResponses[name] = {
        answer("200 OK", type, differs ? std::string(body.size(), 'x') : body)};
    const TransferServer server(altered, serverOptions);
    options.compareFiles = 1000;
    options.comparedSource = [&server] { return socketOf(server); };
    const Pull pull(server, options);
    INFO(pull.warnings);
    CHECK(pull.statistics.compared == 42);
    CHECK(pull.statistics.differing == (differs ? 1 : 0));
  }
}

TEST_CASE("a file is read on when another one, which held all the room, begins anew") {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  constexpr std::size_t size = 24 * mebibyte;
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  std::promise<void> broken;
  std::promise<void> begunAnew;
  std::promise<void> drained;
  ScriptedServer first([&](tcp::socket& socket) {
    readHead(socket);
    writeAll(socket, head);
    broken.get_future().wait_for(patience);
    writeAll(socket, std::string(size, 'a'));
    readToEnd(socket);
  });
  bool isBroken = false;
  const auto breaking = [&](tcp::socket& socket) {
    socket.set_option(asio::socket_base::send_buffer_size(1 << 16));
    readHead(socket);
    writeAll(socket, head);
    if (!std::exchange(isBroken, true)) {
      writeAll(socket, std::string(9 * mebibyte, 'b'));
      socket.close();
      broken.set_value();
      return;
    }
    // The room that is free now is for the other file as well: it may take all of it.
    begunAnew.set_value();
    writeAll(socket, std::string(6 * mebibyte, 'b'));
    drained.get_future().wait_for(patience);
    writeAll(socket, std::string(size - 6 * mebibyte, 'b'));
    readToEnd(socket);
  };
  ScriptedServer second(breaking, 2);
  const auto recordOf = [&](const std::string& id, const ScriptedServer& storage) {
    return R"({"type":"plugin::upload.file","id":)" + id + R"(,"data":{"hash":"file)" + id +
           R"(","ext":null,"mime":"text/plain","sizeInBytes":)" + std::to_string(size) +
           R"(,"url":"http://)" + storage.authority() + R"(/x"}})";
  };
  const auto altered = std::make_shared<Altered>(content());
  altered->entities = {recordOf("1", first), recordOf("2", second)};
  struct Waiting final : AssetSink {
    void begin(std::string_view, const AssetInfo&) override {
      if (files == 0) {
        begunAnew.wait_for(patience);
      }
    }
    void write(std::string_view, std::string_view bytes) override {
      const bool wasDrained = std::exchange(received, received + bytes.size()) >= mebibyte;
      if (!wasDrained && received >= mebibyte) {
        drained->set_value();
      }
    }
    void end(std::string_view) override { ++files; }
    std::future<void> begunAnew;
    std::promise<void>* drained = nullptr;
    std::size_t received = 0;
    std::size_t files = 0;
  } sink;
  sink.begunAnew = begunAnew.get_future();
  sink.drained = &drained;
  const TransferServer server(altered);
  const auto socket = socketOf(server);
  FileSourceOptions options;
  options.adminUrl = server.adminUrl();
  options.connections = options.mostConnections = 2;
  options.bufferBytes = 10 * mebibyte;
  FileSource source(*socket, options);
  source.bootstrap();
  Collected records;
  source.readRecords(TransferStage::entities, records);
  auto done = std::async(std::launch::async, [&] { source.readAssets(sink); });
  if (done.wait_for(patience) != std::future_status::ready) {
    source.cancel();
  }
  CHECK(errorOf([&] { done.get(); }) == std::error_code());
  CHECK(sink.files == 2);
  CHECK(sink.received == 2 * size);
  CHECK(source.statistics().bySocket == 0);
}
