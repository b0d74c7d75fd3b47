// Replaces a Strapi's content by that of an archive:
//   STRAPI_TRANSFER_TOKEN=... push backup.tar.gz https://example.org/admin
#include <wsferry/archive/archive_source.hpp>
#include <wsferry/strapi/remote_destination.hpp>
#include <wsferry/strapi/transfer_engine.hpp>

#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) try {
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc != 3 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... push ARCHIVE ADMIN_URL\n";
    return 2;
  }
  wsferry::archive::ArchiveSourceOptions file;
  file.path = argv[1];
  wsferry::archive::ArchiveSource source(file);

  wsferry::strapi::RemoteDestinationOptions remote;
  remote.connection.bearerToken = token;
  wsferry::strapi::RemoteDestination destination(argv[2], remote);

  const auto result = wsferry::strapi::TransferEngine(source, destination).run();
  for (const auto& loss : result.losses) {
    std::cerr << "lost: " << describe(loss) << '\n';
  }
  return result.isWhole() ? 0 : 5;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
