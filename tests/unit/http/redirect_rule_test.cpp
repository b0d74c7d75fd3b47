#include "wsferry/http/detail/client/redirect_rule.hpp"

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/http/detail/client/public_address.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::http;
using support::contains;

namespace {

std::string refuse(const char* from, const char* to) {
  return RedirectRule(5).refuse(Url::parse(from), Url::parse(to));
}

}  // namespace

TEST_CASE("a redirect stays encrypted, or with its server") {
  CHECK(refuse("https://a.test/", "https://b.test/").empty());
  CHECK(refuse("http://a.test/", "https://b.test/").empty());
  CHECK(refuse("http://a.test/", "http://a.test/x").empty());
  CHECK(contains(refuse("https://a.test/", "http://a.test/"), "not encrypted"));
  CHECK(contains(refuse("http://a.test/", "http://b.test/"), "another server"));
  CHECK(contains(refuse("http://a.test/", "http://a.test:81/"), "another server"));
  CHECK(contains(refuse("https://a.test/", "https://localhost/"), "this machine"));
  CHECK(contains(refuse("https://a.test/", "https://127.0.0.1/"), "this machine"));
  CHECK(contains(refuse("https://a.test/", "https://localhost./"), "this machine"));
  CHECK(refuse("http://localhost/", "https://localhost/").empty());
}

TEST_CASE("credentials stay with scheme, host and port") {
  const auto same = [](const char* from, const char* to) {
    return RedirectRule::isSameServer(Url::parse(from), Url::parse(to));
  };
  CHECK(same("https://a.test/x", "https://A.test:443/y"));
  CHECK_FALSE(same("https://a.test/", "https://a.test:444/"));
  CHECK_FALSE(same("http://a.test/", "https://a.test/"));
  CHECK_FALSE(same("https://a.test/", "https://b.a.test/"));
}

TEST_CASE("a chain of redirects ends, and a circle is seen") {
  RedirectRule rule(2);
  const Url a = Url::parse("https://a.test/");
  const Url b = Url::parse("https://b.test/");
  const Url c = Url::parse("https://c.test/");
  CHECK(rule.refuse(a, b).empty());
  CHECK(contains(rule.refuse(b, a), "circle"));
  CHECK(rule.refuse(b, c).empty());
  CHECK(contains(rule.refuse(c, Url::parse("https://d.test/")), "more than 2 redirects"));
  CHECK(contains(RedirectRule(0).refuse(a, b), "not followed"));
}

TEST_CASE("addresses of the Internet are told from those of networks of one's own") {
  using V4 = std::array<std::uint8_t, 4>;
  for (const V4 a : {V4{8, 8, 8, 8}, V4{172, 15, 0, 1}, V4{172, 32, 0, 1}, V4{100, 63, 0, 1},
                     V4{100, 128, 0, 1}, V4{192, 0, 1, 1}, V4{223, 255, 255, 255}}) {
    CHECK(isPublicAddress(a));
  }
  for (const V4 a : {V4{0, 0, 0, 0}, V4{10, 1, 2, 3}, V4{127, 0, 0, 1}, V4{169, 254, 169, 254},
                     V4{172, 16, 0, 1}, V4{172, 31, 0, 1}, V4{192, 168, 0, 1}, V4{100, 64, 0, 1},
                     V4{198, 18, 0, 1}, V4{224, 0, 0, 1}, V4{255, 255, 255, 255}}) {
    CHECK_FALSE(isPublicAddress(a));
  }
  using V6 = std::array<std::uint8_t, 16>;
  CHECK(isPublicAddress(V6{0x20, 0x01, 0x48, 0x60}));
  CHECK(isPublicAddress(V6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8}));
  CHECK(isPublicAddress(V6{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8}));
  V6 loopback{};
  loopback[15] = 1;
  CHECK_FALSE(isPublicAddress(loopback));
  CHECK_FALSE(isPublicAddress(V6{}));
  CHECK_FALSE(isPublicAddress(V6{0xfe, 0x80}));
  CHECK_FALSE(isPublicAddress(V6{0xfd, 0x00}));
  CHECK_FALSE(isPublicAddress(V6{0xff, 0x02}));
  CHECK_FALSE(isPublicAddress(V6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}));
}

TEST_CASE("a host that is private is known as far as its text tells") {
  for (const char* host : {"localhost", "localhost.", "a.localhost.", "127.0.0.1", "127.0.0.1.",
                           "127.1", "0x7f000001", "10.0.0.1", "10.0.0.1.", "[::1]", "[fe80::1]"}) {
    CAPTURE(host);
    CHECK(isPrivateHost(Url::parse(std::string("https://") + host + "/x")));
  }
  for (const char* host : {"a.test", "a.test.", "8.8.8.8", "127.0.0.1.test", "[2001:4860::8888]"}) {
    CAPTURE(host);
    CHECK_FALSE(isPrivateHost(Url::parse(std::string("https://") + host + "/x")));
  }
}
