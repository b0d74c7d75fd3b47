#include "wsferry/core/detail/text/sha256.hpp"

#include <string>
#include <utility>

#include "catch.hpp"

using wsferry::Sha256;

TEST_CASE("SHA-256 gives the published digests") {
  Sha256 sha;
  CHECK(sha.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  sha.update("abc");
  CHECK(sha.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("SHA-256 is the same however the bytes arrive, and starts anew after each digest") {
  const std::string million(1000000, 'a');
  const std::string expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
  Sha256 sha;
  sha.update(million);
  CHECK(sha.hex() == expected);
  for (std::size_t at = 0; at < million.size(); at += 1237) {
    sha.update(std::string_view(million).substr(at, 1237));
  }
  CHECK(sha.hex() == expected);
}

TEST_CASE("a running SHA-256 can be moved") {
  Sha256 first;
  first.update("a");
  Sha256 second(std::move(first));
  second.update("b");
  Sha256 third;
  third = std::move(second);
  third.update("c");
  CHECK(third.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
