// Pulls a Strapi's content into an archive:
//   STRAPI_TRANSFER_TOKEN=... pull https://example.org/admin backup.tar.gz
#include <wsferry/archive/archive_destination.hpp>
#include <wsferry/strapi/remote_source.hpp>
#include <wsferry/strapi/transfer_engine.hpp>

#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) try {
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc != 3 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... pull ADMIN_URL ARCHIVE\n";
    return 2;
  }
  wsferry::strapi::RemoteSourceOptions remote;
  remote.connection.bearerToken = token;
  wsferry::strapi::RemoteSource source(argv[1], remote);

  wsferry::archive::ArchiveDestinationOptions file;
  file.path = argv[2];
  wsferry::archive::ArchiveDestination destination(file);

  const auto result = wsferry::strapi::TransferEngine(source, destination).run();
  for (const auto& loss : result.losses) {
    std::cerr << "lost: " << describe(loss) << '\n';
  }
  std::cout << "sha256: " << destination.result().sha256 << '\n';
  return result.isWhole() ? 0 : 5;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
