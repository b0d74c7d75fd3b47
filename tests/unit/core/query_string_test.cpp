#include "wsferry/core/detail/text/query_string.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

using wsferry::credentialsInQuery;
using wsferry::namesCredential;

TEST_CASE("credentials have many names") {
  for (const char* name : {"token", "access_token", "accessToken", "ACCESS-TOKEN", "jwt", "key",
                           "api_key", "apikey", "client_secret", "password", "auth", "signature"}) {
    CHECK(namesCredential(name));
  }
  for (const char* name : {"", "client_id", "keyboard", "tokens", "language", "monkey",
                           "streamConfigurationTemplateId", "author", "_"}) {
    CHECK_FALSE(namesCredential(name));
  }
}

TEST_CASE("credentials in a query are found decoded") {
  using Secrets = std::vector<std::string>;
  CHECK(credentialsInQuery("wss://host/path").empty());
  CHECK(credentialsInQuery("wss://host/path?language=ro&key=").empty());
  CHECK(credentialsInQuery("/path?api%5Fkey=a%2Fb&x=1") == Secrets{"a/b", "a/b"});
  CHECK(credentialsInQuery("/path?x=1&token=a+b#token=c") == Secrets{"a+b", "a b"});
}
