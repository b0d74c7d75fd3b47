// Whole transfers from one testing server into another.
#include <filesystem>
#include <memory>
#include <string>

#include "catch.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/testing/transfer_server.hpp"

using namespace wsferry;
using namespace wsferry::strapi;
using namespace wsferry::testing;

namespace {

struct Folder {
  Folder() { std::filesystem::create_directory(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }

  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("wsferry-test-" + Uuid::random().toString());
};

struct Sides {
  explicit Sides(const TransferServerOptions& options)
      : sourceServer(sampleContent()), destinationServer(sampleContent(), options) {
    RemoteSourceOptions from;
    from.connection.bearerToken = "testing-pull-token";
    source = std::make_unique<RemoteSource>(sourceServer.adminUrl(), from);
    RemoteDestinationOptions to;
    to.connection.bearerToken = "testing-push-token";
    destination = std::make_unique<RemoteDestination>(destinationServer.adminUrl(), to);
  }

  TransferResult run() {
    TransferEngineOptions options;
    options.versionStrategy = VersionStrategy::ignore;
    return TransferEngine(*source, *destination, options).run();
  }

  TransferServer sourceServer;
  TransferServer destinationServer;
  std::unique_ptr<RemoteSource> source;
  std::unique_ptr<RemoteDestination> destination;
};

TransferServerOptions into(const Folder& folder) {
  TransferServerOptions options;
  options.pushTarget.emplace();
  options.pushTarget->path = (folder.path / "pushed.tar").string();
  return options;
}

}  // namespace

TEST_CASE("a whole transfer arrives at a new server and at an old one") {
  const bool isLegacy = GENERATE(false, true);
  const Folder folder;
  TransferServerOptions options = into(folder);
  options.legacy = isLegacy;
  options.strapiVersion = isLegacy ? "4.26.2" : "";
  Sides sides(options);
  const TransferResult result = sides.run();
  CHECK(result.stages.at(TransferStage::entities).moved.count > 0);
  CHECK(result.stages.at(TransferStage::assets).moved.count > 0);
  CHECK(result.stages.at(TransferStage::links).moved.count > 0);
  CHECK(sides.destination->effect().database == PushEffect::Database::committed);
  CHECK(sides.destination->checksumsNegotiated() == !isLegacy);
  const TransferServerLog log = sides.destinationServer.log();
  CHECK(log.commits == 1);
  CHECK(log.rollbacks == 0);
  if (isLegacy) {
    CHECK(log.overlapping == 0);
  }
  CHECK(std::filesystem::file_size(folder.path / "pushed.tar") > 0);
}

TEST_CASE("files that the server did not finish are missing data") {
  const Folder folder;
  TransferServerOptions options = into(folder);
  options.faults.kind =
      GENERATE(TransferFaults::Kind::fewerStarted, TransferFaults::Kind::fewerFinished);
  options.faults.step = TransferStage::assets;
  Sides sides(options);
  try {
    sides.run();
    FAIL("nothing failed");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::dataMissing);
    CHECK(error.info().stage == "assets");
  }
  CHECK(sides.destination->effect().database == PushEffect::Database::rolledBack);
  CHECK(sides.destination->effect().files == PushEffect::Files::replaced);
  CHECK(sides.destinationServer.log().commits == 0);
}

TEST_CASE("a transfer that the server spoils is rolled back") {
  struct Case {
    TransferFaults::Kind kind;
    Errc code;
  };
  const auto spoilt =
      GENERATE(Case{TransferFaults::Kind::refuseRecord, Errc::remoteFailed},
               Case{TransferFaults::Kind::fewerStarted, Errc::dataMissing},
               Case{TransferFaults::Kind::fewerFinished, Errc::dataMissing},
               Case{TransferFaults::Kind::failedEnd, Errc::remoteFailed},
               Case{TransferFaults::Kind::answersOutOfOrder, Errc::protocolViolation},
               Case{TransferFaults::Kind::duplicateAnswer, Errc::protocolViolation},
               Case{TransferFaults::Kind::reset, Errc::connectionLost},
               Case{TransferFaults::Kind::close, Errc::connectionClosed},
               Case{TransferFaults::Kind::notJson, Errc::protocolViolation},
               Case{TransferFaults::Kind::binary, Errc::protocolViolation});
  const Folder folder;
  TransferServerOptions options = into(folder);
  options.faults.kind = spoilt.kind;
  options.faults.step = TransferStage::links;
  Sides sides(options);
  try {
    sides.run();
    FAIL("nothing failed");
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(error.code() == spoilt.code);
  }
  REQUIRE(sides.destinationServer.waitUntilIdle(Duration(20'000)));
  const TransferServerLog log = sides.destinationServer.log();
  CHECK(log.commits == 0);
  const auto database = sides.destination->effect().database;
  CHECK((database == PushEffect::Database::rolledBack) == (log.rollbacks == 1));
  CHECK((database == PushEffect::Database::rolledBack ||
         database == PushEffect::Database::rollbackExpected));
  CHECK(sides.destination->effect().files == PushEffect::Files::replaced);
  CHECK_FALSE(std::filesystem::exists(folder.path / "pushed.tar"));
}

TEST_CASE("answers to nothing and with more than is known do no harm") {
  const auto kind = GENERATE(TransferFaults::Kind::wrongUuid, TransferFaults::Kind::unknownMembers);
  const Folder folder;
  TransferServerOptions options = into(folder);
  options.faults.kind = kind;
  options.faults.step = TransferStage::links;
  Sides sides(options);
  sides.run();
  CHECK(sides.destinationServer.log().commits == 1);
}
