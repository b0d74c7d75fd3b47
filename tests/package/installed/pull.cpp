// Pulls the sample content from a server in this process and reads the archive back.

#include <cstdio>
#include <exception>
#include <iostream>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

int main() try {
  const wsferry::testing::TransferServer server(wsferry::testing::sampleContent());

  wsferry::strapi::RemoteSourceOptions sourceOptions;
  sourceOptions.connection.bearerToken = "testing-token";
  wsferry::strapi::RemoteSource source(server.adminUrl(), sourceOptions);

  wsferry::archive::ArchiveDestinationOptions destinationOptions;
  destinationOptions.path = "export.tar.gz";
  destinationOptions.overwrite = true;
  wsferry::archive::ArchiveDestination destination(destinationOptions);

  wsferry::strapi::TransferEngine engine(source, destination);
  const bool isWhole = engine.run().isWhole();

  unsigned records = 0;
  unsigned assets = 0;
  wsferry::archive::ArchiveReader reader("export.tar.gz");
  while (const auto entry = reader.next()) {
    records += entry->kind == wsferry::archive::EntryKind::records ? 1 : 0;
    assets += entry->kind == wsferry::archive::EntryKind::asset ? 1 : 0;
  }
  std::cout << records << " parts of records, " << assets << " assets\n";
  return isWhole && records > 0 && assets > 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
