#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/error_of.hpp"
#include "support/push_server.hpp"
#include "support/tool_process.hpp"
#include "tool/push/copy_ends.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/source.hpp"

using namespace support;
using namespace wsferry;
using strapi::TransferStage;
using testing::Content;
using testing::TransferFaults;
using testing::TransferServer;
using testing::TransferServerOptions;

namespace {

std::shared_ptr<const Content> smallContent() {
  testing::SampleContentOptions options;
  options.articles = 3;
  return testing::sampleContent(options);
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

/// The record, if it is one of a file, of a file in a bucket.
std::string inBucket(std::string record, const std::string& place) {
  if (contains(record, R"("type":"plugin::upload.file")")) {
    replace(record, R"("provider":"local")", R"("provider":"aws-s3")");
    replace(record, R"("url":"/uploads/)", R"("url":"https://)" + place + "/");
  }
  return record;
}

const std::string bucket = "bucket.example.org/uploads";

/// Other content, with its files in a bucket.
class BucketContent final : public Content {
 public:
  BucketContent(std::shared_ptr<const Content> content, std::string place)
      : content_(std::move(content)), bucket_(std::move(place)) {}

  strapi::Metadata metadata() const override { return content_->metadata(); }
  std::vector<strapi::Schema> schemas() const override { return content_->schemas(); }
  NextRecord records(TransferStage stage) const override {
    return [this, next = content_->records(stage)] { return inBucket(next(), bucket_); };
  }
  std::vector<strapi::AssetInfo> assets() const override { return content_->assets(); }
  NextBytes assetBytes(std::size_t index) const override { return content_->assetBytes(index); }

 private:
  std::shared_ptr<const Content> content_;
  std::string bucket_;
};

/// Content whose configuration somebody changes after it was read once.
class ChangingContent final : public Content {
 public:
  strapi::Metadata metadata() const override { return content_->metadata(); }
  std::vector<strapi::Schema> schemas() const override { return content_->schemas(); }
  NextRecord records(TransferStage stage) const override {
    if (stage == TransferStage::configuration && reads_++ == 0) {
      return [] { return std::string(); };
    }
    return content_->records(stage);
  }
  std::vector<strapi::AssetInfo> assets() const override { return content_->assets(); }
  NextBytes assetBytes(std::size_t index) const override { return content_->assetBytes(index); }

 private:
  std::shared_ptr<const Content> content_ = smallContent();
  mutable std::atomic<int> reads_{0};
};

/// A server that is not reached.
class Unreachable final : public strapi::Source {
 public:
  explicit Unreachable(Error failure) : failure_(std::move(failure)) {}

  void bootstrap() override { throw failure_; }
  strapi::Metadata getMetadata() override { return {}; }
  std::vector<strapi::Schema> getSchemas() override { return {}; }
  void readRecords(TransferStage, strapi::RecordSink&) override {}
  void readAssets(strapi::AssetSink&) override {}
  void close() override {}
  void cancel() noexcept override {}

 private:
  Error failure_;
};

/// A copy between two servers of one content each, or of a server into itself.
struct Copy {
  Tool tool;
  std::string toToken = "testing-token";

  TransferServerOptions accepting(TransferServerOptions options = {}) const {
    options.pushTarget.emplace();
    options.pushTarget->path = tool.folder / "pushed.tar";
    options.pushTarget->overwrite = true;
    return options;
  }

  Tool::Run run(const std::string& from, const std::string& to,
                const std::vector<std::string>& more = {}) {
    tool.variables = {"STRAPI_TRANSFER_FROM_TOKEN=testing-pull-token",
                      "STRAPI_TRANSFER_TO_TOKEN=" + toToken};
    std::vector<std::string> arguments = {"copy", from, to, "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tool.run(arguments);
  }
};

}  // namespace

TEST_CASE_METHOD(Copy, "a server that is reached by another address is not copied into itself") {
  TransferServerOptions options = accepting();
  options.address = "0.0.0.0";
  const bool changes = GENERATE(false, true);
  const TransferServer server(changes ? std::make_shared<const ChangingContent>() : smallContent(),
                              options);
  const std::string port = std::to_string(server.port());
  const std::string one = "http://127.0.0.1:" + port + "/admin";
  const std::string other = "http://127.0.0.2:" + port + "/admin";
  const Tool::Run refused = run(one, other, {"--insecure"});
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "look like one server"));
  CHECK(contains(refused.errors, "--force-same"));
  CHECK_FALSE(wasReceived(server, "beforeTransfer"));
  CHECK(run(one, other, {"--insecure", "--dry-run"}).exitCode == 6);
  CHECK(contains(run(one, other, {"--insecure", "--dry-run", "--json"}).output,
                 R"("likeness":"alike")"));
}

TEST_CASE_METHOD(Copy, "two servers on copies of one database are copied when that is said") {
  const TransferServer source(smallContent(), {});
  const TransferServer destination(smallContent(), accepting());
  CHECK(run(source.adminUrl(), destination.adminUrl()).exitCode == 6);
  const Tool::Run forced = run(source.adminUrl(), destination.adminUrl(), {"--force-same"});
  INFO(forced.errors);
  CHECK(forced.exitCode == 0);
  CHECK(destination.log().commits == 1);
}

TEST_CASE_METHOD(Copy, "what a token cannot read is not checked, and the plan says so") {
  const TransferServer source(smallContent(), {});
  const TransferServer destination(smallContent(), accepting());
  toToken = "testing-push-token";
  const Tool::Run run = this->run(source.adminUrl(), destination.adminUrl());
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "was not checked: the destination's token is of type Push"));
  const Tool::Run quiet = this->run(source.adminUrl(), destination.adminUrl(), {"-q"});
  CHECK(quiet.exitCode == 0);
  CHECK(contains(quiet.errors, "was not checked: the destination's token is of type Push"));
  CHECK(contains(
      this->run(source.adminUrl(), destination.adminUrl(), {"-q", "--json"}).output,
      R"("kind":"note","message":"whether source and destination are one server was not checked)"));
}

TEST_CASE("a destination that is not reached is not one that cannot be read") {
  tool::Interruption interruption;
  ErrorInfo busy;
  busy.httpStatus = 503;
  const Error failure =
      GENERATE_COPY(Error(Errc::connectTimedOut, "too late"), Error(Errc::connectionLost, "gone"),
                    Error(Errc::upgradeRefused, busy));
  const tool::OpenServer server = [&] { return std::make_shared<Unreachable>(failure); };
  CHECK(errorOf([&] { tool::examineEnds(server, server, {}, interruption); }) == failure.code());
  CHECK(errorOf([&] {
          tool::examineDestination({{"aws-s3", "bucket"}}, true, server, interruption);
        }) == failure.code());
  // Where it is only counted, the push goes on.
  CHECK(
      contains(tool::examineDestination({}, true, server, interruption).unread, "cannot be read"));
}

TEST_CASE_METHOD(Copy, "files in one bucket are refused before anything is deleted") {
  const TransferServer source(std::make_shared<BucketContent>(testing::sampleContent(), bucket),
                              {});
  const TransferServer destination(std::make_shared<BucketContent>(smallContent(), bucket),
                                   accepting());
  const std::vector<std::string> flag = {"--allow-shared-storage"};
  SECTION("as the records of both say") {
    const Tool::Run refused = run(source.adminUrl(), destination.adminUrl());
    INFO(refused.errors);
    CHECK(refused.exitCode == 6);
    CHECK(contains(refused.errors, "(aws-s3, at " + bucket + ")"));
    CHECK(contains(refused.errors, "--allow-shared-storage"));
    CHECK(contains(run(source.adminUrl(), destination.adminUrl(), {"--json"}).output,
                   R"("sharedStorage":true)"));
  }
  SECTION("as those of the destination cannot be read") {
    toToken = "testing-push-token";
    const Tool::Run refused = run(source.adminUrl(), destination.adminUrl());
    INFO(refused.errors);
    CHECK(refused.exitCode == 6);
    CHECK(contains(refused.errors, "it is not known that the destination's are elsewhere"));
    CHECK(contains(refused.errors, "of type Full access"));
  }
  CHECK_FALSE(wasReceived(destination, "beforeTransfer"));
  CHECK(run(source.adminUrl(), destination.adminUrl(), {"--exclude", "media-library"}).exitCode ==
        0);
  CHECK(run(source.adminUrl(), destination.adminUrl(), flag).exitCode == 0);
  CHECK(destination.log().commits == 2);
}

TEST_CASE_METHOD(Copy, "files in different places are copied") {
  const TransferServer source(std::make_shared<BucketContent>(testing::sampleContent(), bucket),
                              {});
  std::shared_ptr<const Content> content = smallContent();
  SECTION("another bucket") {
    content = std::make_shared<BucketContent>(content, "other.example.org/uploads");
  }
  SECTION("a folder of the destination") {}
  const TransferServer destination(content, accepting());
  const Tool::Run run = this->run(source.adminUrl(), destination.adminUrl());
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "the destination's are elsewhere"));
}

TEST_CASE_METHOD(Copy, "a server without files deletes none, wherever it will store them") {
  const TransferServer source(std::make_shared<BucketContent>(testing::sampleContent(), bucket),
                              {});
  testing::SampleContentOptions noFiles;
  noFiles.images = 0;
  const TransferServer destination(testing::sampleContent(noFiles), accepting());
  const Tool::Run run = this->run(source.adminUrl(), destination.adminUrl());
  INFO(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.errors, "has no files, and deletes none"));
  CHECK(contains(run.errors, "both servers then share them"));
  // Whether it has none is not known.
  toToken = "testing-push-token";
  CHECK(this->run(source.adminUrl(), destination.adminUrl()).exitCode == 6);
}

TEST_CASE_METHOD(Copy, "a storage that no URL names may be the same") {
  const TransferServer source(std::make_shared<BucketContent>(testing::sampleContent(), ""), {});
  const TransferServer destination(
      std::make_shared<BucketContent>(smallContent(), "other.example.org/uploads"), accepting());
  CHECK(run(source.adminUrl(), destination.adminUrl()).exitCode == 6);
}

namespace {

/// The sample content as a folder, whose records say that files are in a bucket.
std::string bucketFolder(Tool& tool) {
  const std::string folder = sampleFolder(tool);
  const std::string path = folder + "/entities/entities_00001.jsonl";
  std::ifstream in(path);
  std::string moved;
  for (std::string line; std::getline(in, line);) {
    moved += inBucket(line, bucket) + "\n";
  }
  std::ofstream(path) << moved;
  return folder;
}

void removeOneFile(const std::string& folder) {
  const auto first = *std::filesystem::directory_iterator(folder + "/assets/uploads");
  const std::string name = first.path().filename().string();
  std::filesystem::remove(first.path());
  std::filesystem::remove(folder + "/assets/metadata/" + name + ".json");
}

}  // namespace

TEST_CASE_METHOD(Copy, "an archive that lacks files of a bucket is not pushed into its server") {
  const std::string folder = bucketFolder(tool);
  const TransferServer shared(std::make_shared<BucketContent>(smallContent(), bucket), accepting());
  const TransferServer local(smallContent(), accepting());
  const auto push = [&](const TransferServer& server, const std::string& token,
                        const std::string& option) {
    tool.variables = {"STRAPI_TRANSFER_TOKEN=" + token};
    return tool.run({"push", folder, server.adminUrl(), option});
  };
  CHECK(push(shared, "testing-token", "--force").exitCode == 0);

  removeOneFile(folder);
  const Tool::Run refused = push(shared, "testing-token", "--force");
  INFO(refused.errors);
  CHECK(refused.exitCode == 6);
  CHECK(contains(refused.errors, "that the archive names but does not have"));
  CHECK(contains(refused.errors, "(aws-s3, at " + bucket + ")"));
  const Tool::Run dry = push(shared, "testing-token", "--dry-run");
  CHECK(dry.exitCode == 6);
  CHECK(contains(dry.output, "the destination's are there, too"));
  CHECK(push(local, "testing-push-token", "--force").exitCode == 6);
  CHECK(local.log().commits == 0);
  CHECK(push(local, "testing-token", "--force").exitCode != 6);
  CHECK(local.log().commits == 1);
  tool.variables = {"STRAPI_TRANSFER_TOKEN=testing-push-token"};
  CHECK(
      tool.run({"push", folder, shared.adminUrl(), "--force", "--allow-shared-storage"}).exitCode !=
      6);
  CHECK(shared.log().commits == 2);
}

TEST_CASE_METHOD(Copy, "the report of a failed copy tells what may have become of the source") {
  const TransferServer source(std::make_shared<BucketContent>(testing::sampleContent(), bucket),
                              {});
  TransferServerOptions options = accepting();
  options.faults.kind = TransferFaults::Kind::refuseRecord;
  options.faults.step = TransferStage::links;
  const TransferServer destination(std::make_shared<BucketContent>(smallContent(), bucket),
                                   options);
  const Tool::Run failed =
      run(source.adminUrl(), destination.adminUrl(), {"--allow-shared-storage", "--json"});
  INFO(failed.errors);
  CHECK(failed.exitCode == 1);
  CHECK(contains(failed.errors, "The source may also have lost files"));
  CHECK(contains(failed.errors, bucket));
  CHECK(contains(failed.output, R"("sourceAtRisk":true)"));
}
