// Replaces a Strapi's content by that of an archive, after it has shown what will be deleted. Drops
// unpublished articles on the way.
//   STRAPI_TRANSFER_TOKEN=... push_archive backup.tar.gz https://example.org/admin [yes]
#include <rapidjson/document.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "wsferry/archive/archive_source.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/restore_scope.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace {

bool isWanted(std::string_view text) {
  rapidjson::Document record;
  record.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (!record.IsObject() || !record.HasMember("type") || !record["type"].IsString() ||
      std::string_view(record["type"].GetString()) != "api::article.article" ||
      !record.HasMember("data") || !record["data"].IsObject()) {
    return true;
  }
  const auto published = record["data"].FindMember("publishedAt");
  return published != record["data"].MemberEnd() && !published->value.IsNull();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace wsferry::strapi;
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc < 3 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... push_archive ARCHIVE ADMIN_URL [yes]\n";
    return 2;
  }
  wsferry::archive::ArchiveSourceOptions archive;
  archive.path = argv[1];
  wsferry::archive::ArchiveSource source(archive);
  RemoteDestinationOptions remote;
  remote.connection.bearerToken = token;
  RemoteDestination destination(argv[2], remote);
  TransferEngineOptions options;
  options.recordTransforms[TransferStage::entities].push_back({isWanted, {}});
  TransferEngine engine(source, destination, options);
  try {
    const TransferPlan plan = engine.plan();
    std::cout << describe(plan.schemaDifferences) << "to be deleted: "
              << restoreScope(options.filter, *plan.destinationSchemas).toJson() << '\n';
    if (argc > 3 && std::string(argv[3]) == "yes") {
      const TransferResult result = engine.run();
      for (const Loss& loss : result.losses) {
        std::cerr << "lost: " << describe(loss) << '\n';
      }
      std::cout << "done\n";
      return result.isWhole() ? 0 : 5;
    }
    return 0;
  } catch (const wsferry::Error& error) {
    std::cerr << error.what() << '\n';
    const auto effect = destination.effect();
    if (effect.files != PushEffect::Files::untouched) {
      std::cerr << "the old upload files are in " << effect.filesBackup << '\n';
    }
    return 1;
  }
}
