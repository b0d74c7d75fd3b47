// Pulls a Strapi's content into an archive that `strapi import` takes.
//   STRAPI_TRANSFER_TOKEN=... pull_to_archive https://example.org/admin backup.tar.gz
#include <cstdlib>
#include <iostream>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

int main(int argc, char** argv) {
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc != 3 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... pull_to_archive ADMIN_URL FILE\n";
    return 2;
  }
  try {
    wsferry::strapi::RemoteSourceOptions remote;
    remote.connection.bearerToken = token;
    wsferry::strapi::RemoteSource source(argv[1], remote);

    wsferry::archive::ArchiveDestinationOptions file;
    file.path = argv[2];
    wsferry::archive::ArchiveDestination destination(file);

    const auto result = wsferry::strapi::TransferEngine(source, destination).run();
    for (const auto& [stage, progress] : result.stages) {
      std::cout << toString(stage) << ": " << progress.moved.count << '\n';
    }
    std::cout << "sha256: " << destination.result().sha256 << '\n';
    for (const auto& loss : result.losses) {
      std::cerr << "lost: " << describe(loss) << '\n';
    }
    return result.isWhole() ? 0 : 5;
  } catch (const wsferry::Error& error) {
    std::cerr << error.what() << '\n';
    return error.code() == wsferry::ErrorCondition::authentication ? 3 : 1;
  }
}
