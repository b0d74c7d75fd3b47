// How many files are asked for at a time, when, and with what.
#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "support/http/file_server.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::strapi;
using testing::Content;
using testing::TransferServer;
using wsferry::http::FileSource;
using wsferry::http::FileSourceOptions;
using Asked = FileServer::Asked;

namespace {

constexpr std::size_t allFiles = 42;

std::shared_ptr<const Content> content() {
  testing::SampleContentOptions options;
  options.images = 20;
  options.imageBytes = 20'000;
  return testing::sampleContent(options);
}

struct Counted final : RecordSink, AssetSink {
  void totals(const StageTotals&) override {}
  void record(const Record&) override {}
  void begin(std::string_view, const AssetInfo&) override {}
  void write(std::string_view, std::string_view) override {}
  void end(std::string_view) override { ++files; }
  void omitted(const Omission&) override {}
  std::size_t files = 0;
};

/// So many files at a time, whatever the way.
FileSourceOptions atATime(unsigned connections) {
  FileSourceOptions options;
  options.connections = options.mostConnections = connections;
  return options;
}

/// A pull whose files stand on a server of their own.
struct Pull {
  Pull(const std::shared_ptr<const Content>& content, const FileServer& files,
       FileSourceOptions options)
      : server(content) {
    RemoteSourceOptions remote;
    remote.connection.bearerToken = "testing-token";
    RemoteSource socket(server.adminUrl(), remote);
    options.adminUrl = options.adminUrl.empty() ? server.adminUrl() : options.adminUrl;
    options.filesUrl = files.url();
    options.onDiagnostic = [this](const Diagnostic& diagnostic) {
      told += diagnostic.message + "\n";
    };
    FileSource source(socket, options);
    source.bootstrap();
    source.readRecords(TransferStage::entities, sink);
    source.readAhead({TransferStage::links, TransferStage::configuration});
    source.readAssets(sink);
    source.readRecords(TransferStage::links, sink);
    source.readRecords(TransferStage::configuration, sink);
    source.close();
    statistics = source.statistics();
  }

  TransferServer server;
  Counted sink;
  http::FileSourceStatistics statistics;
  std::string told;
};

using Reasons = std::map<std::string, std::uint64_t>;

/// Content with other entities.
class Altered final : public Content {
 public:
  using Change = std::function<void(std::string& record)>;
  /// `onLinks` is called when the first link is asked for.
  Altered(std::shared_ptr<const Content> base, Change change, std::function<void()> onLinks = {})
      : base_(std::move(base)), change_(std::move(change)), onLinks_(std::move(onLinks)) {}

  Metadata metadata() const override { return base_->metadata(); }
  std::vector<Schema> schemas() const override { return base_->schemas(); }
  NextRecord records(TransferStage stage) const override {
    return [this, stage, next = base_->records(stage), isFirst = true]() mutable {
      if (std::exchange(isFirst, false) && stage == TransferStage::links && onLinks_) {
        onLinks_();
      }
      std::string record = next();
      if (stage == TransferStage::entities && change_) {
        change_(record);
      }
      return record;
    };
  }
  std::vector<AssetInfo> assets() const override { return base_->assets(); }
  NextBytes assetBytes(std::size_t index) const override { return base_->assetBytes(index); }

 private:
  const std::shared_ptr<const Content> base_;
  const Change change_;
  const std::function<void()> onLinks_;
};

std::string busy(const std::string& headers = "") {
  return httpAnswer("", "503 Service Unavailable", headers);
}

}  // namespace

TEST_CASE("the token goes with no file, and headers go to the server of the admin URL only") {
  const auto served = content();
  const FileServer files(served);
  const bool isServers = GENERATE(false, true);
  FileSourceOptions options;
  options.adminUrl = isServers ? files.url() + "/admin" : "";
  options.connection.bearerToken = "testing-token";
  options.connection.headers = {{"X-Proxy-Key", "KEY-4711"}};
  const Pull pull(served, files, options);
  CHECK(pull.statistics.byHttp == allFiles);
  for (const Asked& asked : files.asked()) {
    INFO(asked.head);
    CHECK_FALSE(contains(asked.head, "testing-token"));
    CHECK(contains(asked.head, "KEY-4711") == isServers);
  }
}

TEST_CASE("as many files are asked for at a time as is wanted, and no more") {
  const auto served = content();
  const unsigned most = GENERATE(1u, 2u, 5u);
  const FileServer files(served, [&](const Asked& asked, FileServer& server) {
    if (asked.index < most) {
      server.awaitRequests(most + 1, std::chrono::milliseconds(300));  // Which does not come.
    }
    return std::string();
  });
  const Pull pull(served, files, atATime(most));
  CHECK(pull.statistics.byHttp == allFiles);
  CHECK(files.mostAtATime() == most);
}

TEST_CASE("fewer files are asked for at a time of a server that is busy, and then more again") {
  constexpr std::size_t usual = 8;
  constexpr std::size_t again = 36;
  const auto served = content();
  std::promise<std::size_t> second;
  const FileServer files(served, [&](const Asked& asked, FileServer& server) {
    if (asked.index < usual) {
      server.awaitRequests(usual);
      return busy();
    }
    if (asked.index < usual + 3) {  // What is first of all files may be asked for at any time.
      const std::size_t came = server.awaitRequests(usual + 3, std::chrono::milliseconds(500));
      if (asked.index == usual) {
        second.set_value(came);
      }
    }
    if (asked.index >= again) {
      server.awaitRequests(again + 3);
    }
    return std::string();
  });
  const Pull pull(served, files, atATime(usual));
  CHECK(pull.statistics.byHttp == allFiles);
  CHECK(second.get_future().get() <= usual + 2);
  CHECK(files.mostAtATime(again) >= 3);
}

TEST_CASE("a server that wants to be asked later is asked for nothing until then") {
  constexpr std::size_t usual = 8;
  const std::string wish = GENERATE(
      "Retry-After: 1\r\n",
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
  const auto served = content();
  std::promise<TimePoint> refused;
  const FileServer files(served, [&](const Asked& asked, FileServer& server) {
    server.awaitRequests(usual);
    if (asked.index == 0) {
      refused.set_value(Clock::now());
      return busy(wish);
    }
    server.awaitAnswers(std::min(asked.index, usual - 1));  // One after the other, after that.
    return std::string();
  });
  const Pull pull(served, files, atATime(usual));
  CHECK(pull.statistics.byHttp == allFiles);
  const TimePoint until = refused.get_future().get() + std::chrono::seconds(1);
  const auto asked = files.asked();
  CHECK(asked.size() == allFiles + 1);
  // Before the client has read what is wished it may ask for one more or two; without being told it
  // asks for twice as many as at a time.
  CHECK(std::count_if(asked.begin(), asked.end(),
                      [&](const Asked& file) { return file.at < until; }) <= 11);
}

TEST_CASE("a server that only ever wants to be asked later is left alone") {
  const auto served = content();
  const FileServer files(served, [&](const Asked& asked, FileServer&) {
    return asked.index == 0 ? std::string() : busy("Retry-After: 1\r\n");
  });
  FileSourceOptions options = atATime(2);
  options.giveUpEarly = false;
  const Pull pull(served, files, options);
  INFO(pull.told);
  CHECK(pull.sink.files == allFiles);
  CHECK(pull.statistics.byHttp == 1);
  CHECK(files.asked().size() < 12);
  CHECK(contains(pull.told, "given up"));
}

TEST_CASE("files are on their way before links and configuration have come") {
  // Each waits for the other.
  std::promise<void> asked;
  std::promise<void> begun;
  const auto linksBegun = begun.get_future().share();
  const auto served =
      std::make_shared<Altered>(content(), Altered::Change(), [&, isFirst = true]() mutable {
        if (std::exchange(isFirst, false)) {
          begun.set_value();
          CHECK(asked.get_future().wait_for(patience) == std::future_status::ready);
        }
      });
  const FileServer files(served, [&](const Asked& file, FileServer&) {
    if (file.index == 0) {
      asked.set_value();
    }
    const bool isReady = linksBegun.wait_for(patience) == std::future_status::ready;
    return isReady ? std::string() : httpAnswer("", "404 Not Found");
  });
  const Pull pull(served, files, FileSourceOptions());
  CHECK(pull.statistics.byHttp == allFiles);
}

TEST_CASE(
    "of URLs that are never fetched none is asked for, and their files come over the socket") {
  const auto base = content();
  const std::vector<std::string> urls = {"file:///etc/passwd",  "gopher://127.0.0.1/x",
                                         "/uploads/../admin/x", "/uploads/%2e%2e/x",
                                         "/uploads/a\\u0001b",  "/uploads/a\\r\\nX: y",
                                         "ftp://127.0.0.1/x",   "http://user@127.0.0.1/x"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    names.push_back(base->assets()[4 * i].filename);
  }
  const auto served = std::make_shared<Altered>(base, [&](std::string& record) {
    for (std::size_t i = 0; i < urls.size(); ++i) {
      const std::string url = R"("url":"/uploads/)" + names[i] + '"';
      if (const auto place = record.find(url); place != std::string::npos) {
        record.replace(place, url.size(), R"("url":")" + urls[i] + '"');
      }
    }
  });
  const FileServer files(base);
  FileSourceOptions options;
  options.giveUpEarly = false;
  const Pull pull(served, files, options);
  INFO(pull.told);
  CHECK(pull.sink.files == allFiles);
  CHECK(pull.statistics.reasons == Reasons{{"URL not fetched", urls.size()}});
  CHECK(pull.statistics.bySocket == urls.size());
  CHECK(contains(pull.told, "8 files did not come by HTTP"));
  const auto asked = files.asked();
  CHECK(asked.size() == allFiles - urls.size());
  for (const Asked& file : asked) {
    CHECK(std::find(names.begin(), names.end(), file.name) == names.end());
  }
}

TEST_CASE("a file that stalls, or is not answered for, is asked for twice and comes by socket") {
  const auto served = content();
  const std::string name = served->assets()[6].filename;
  const bool isAnswered = GENERATE(false, true);
  const FileServer files(served, [&](const Asked& asked, FileServer& server) {
    if (asked.name != name) {
      return std::string();
    }
    if (!isAnswered) {
      server.awaitRequests(1'000);  // The end of the test.
    }
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(served->assets()[6].size) +
           "\r\n\r\nthe beginning";
  });
  FileSourceOptions options;
  options.connection.stallTimeout = options.connection.responseTimeout = Duration{300};
  const Pull pull(served, files, options);
  INFO(pull.told);
  CHECK(pull.sink.files == allFiles);
  CHECK(pull.statistics.bySocket == 1);
  CHECK(pull.statistics.reasons == Reasons{{"timedOut", 1}});
  const auto asked = files.asked();
  CHECK(std::count_if(asked.begin(), asked.end(),
                      [&](const Asked& file) { return file.name == name; }) == 2);
}

TEST_CASE("a server that wants to be asked behind the deadline is not waited for") {
  const auto served = content();
  const std::string name = served->assets()[6].filename;
  const FileServer files(served, [&](const Asked& asked, FileServer&) {
    return asked.name == name ? busy("Retry-After: 30\r\n") : std::string();
  });
  FileSourceOptions options;
  options.deadline = Clock::now() + std::chrono::seconds(25);
  const Pull pull(served, files, options);
  INFO(pull.told);
  CHECK(pull.statistics.byHttp == allFiles - 1);
  CHECK(pull.statistics.reasons == Reasons{{"status 503", 1}});
  CHECK(files.asked().size() == allFiles);
}
