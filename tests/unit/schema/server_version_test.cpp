#include "wsferry/strapi/detail/schema/server_version.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry::strapi;

TEST_CASE("Each ability begins with a release, for the decision and for the words alike") {
  struct Row {
    ServerAbility ability;
    const char* last;   // Without it.
    const char* first;  // With it.
    const char* words;
  };
  const Row rows[] = {
      {ServerAbility::remembersMessages, "4.11.0", "4.11.1", "Strapi before 4.11.1"},
      {ServerAbility::stepStats, "5.19.9", "5.20.0", "Strapi before 5.20"},
      {ServerAbility::checksums, "5.42.1", "5.43.0", "Strapi before 5.43"},
      {ServerAbility::survivesHangUp, "5.42.1", "5.43.0", "Strapi before 5.43"},
      {ServerAbility::base64Assets, "5.48.0", "5.48.1", "Strapi before 5.48.1"},
      {ServerAbility::messagesInFlight, "5.52.3", "5.53.0", "Strapi before 5.53"},
      {ServerAbility::omissionWarnings, "5.53.1", "5.54.0", "Strapi before 5.54"},
  };
  for (const Row& row : rows) {
    INFO(row.words);
    CHECK_FALSE(hasAbility(row.last, row.ability));
    CHECK_FALSE(hasAbility(row.first + std::string("-beta.1"), row.ability));
    CHECK(hasAbility(row.first, row.ability));
    CHECK_FALSE(hasAbility("4.10.8", row.ability));
    CHECK(hasAbility("5.54.0", row.ability));
    CHECK(serversWithout(row.ability) == row.words);
  }
}

TEST_CASE("Only servers from 5.53.0 on take several messages") {
  constexpr auto ability = ServerAbility::messagesInFlight;
  for (const char* version : {"5.53.0", "5.53.1", "5.54.0", "5.100.2", "6.0.0", "10.0.0-beta.1"}) {
    INFO(version);
    CHECK(hasAbility(version, ability));
  }
  for (const char* version :
       {"5.52.3", "4.26.2", "5.6.0", "5.53.0-beta.1", "5.53", "", "5", "v5.54.0", "latest", "5.x.0",
        "-5.54.0", "99999999999999999999.0.0"}) {
    INFO(version);
    CHECK_FALSE(hasAbility(version, ability));
  }
}
