#include "wsferry/strapi/detail/messages/server_words.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry::strapi;

TEST_CASE("The folder of the old files is read out of a diagnostic") {
  Diagnostic diagnostic;
  diagnostic.message = "created assets backup directory /srv/public/uploads_backup_1";
  CHECK(readFilesBackup(diagnostic) == "/srv/public/uploads_backup_1");
  diagnostic.message = "created assets backup directory /a\x1b[2Jb\n" + std::string(5000, 'x');
  const auto folder = readFilesBackup(diagnostic);
  REQUIRE(folder);
  CHECK(folder->substr(0, 8) == "/a [2Jb ");
  CHECK(folder->size() == 1000);
  diagnostic.message = "creating assets backup directory";
  CHECK_FALSE(readFilesBackup(diagnostic));
}
