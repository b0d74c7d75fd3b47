#include "wsferry/core/url.hpp"

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;

TEST_CASE("A URL is split into what a connection needs") {
  const Url url = Url::parse("HTTPS://Example.ORG:8443/cms/admin?x=1#part");
  CHECK(url.secure);
  CHECK(url.host == "example.org");
  CHECK(url.port == 8443);
  CHECK(url.target == "/cms/admin?x=1");
  CHECK(url.authority() == "example.org:8443");
  CHECK(url.display() == "https://example.org:8443/cms/admin");
}

TEST_CASE("Each scheme has its port, and a missing path is a slash") {
  CHECK(Url::parse("http://a").port == 80);
  CHECK(Url::parse("ws://a").port == 80);
  CHECK(Url::parse("https://a").port == 443);
  CHECK(Url::parse("wss://a").authority() == "a");
  CHECK(Url::parse("ws://a").target == "/");
  CHECK(Url::parse("ws://a?q").target == "/?q");
}

TEST_CASE("IPv6 addresses stand in brackets") {
  const Url url = Url::parse("ws://[2001:db8::1]:1337/admin");
  CHECK(url.host == "2001:db8::1");
  CHECK(url.authority() == "[2001:db8::1]:1337");
}

TEST_CASE("An interface stays in an IPv6 address, and a whole URL is one of HTTP") {
  CHECK(Url::parse("http://[fe80::1%25eth0]/").host == "fe80::1%25eth0");
  CHECK(Url::parse("wss://a.test/x?y=z").httpText() == "https://a.test/x?y=z");
  CHECK(Url::parse("http://a.test:81").httpText() == "http://a.test:81/");
}

TEST_CASE("What is not a usable URL is refused") {
  const auto text = GENERATE(as<std::string>{}, "", "example.org", "ftp://a", "http://",
                             "http://:80", "http://a:0", "http://a:65536", "http://a:x",
                             "http://user:pw@a/admin", "http://a/b c", "http://a/\n", "http://[::1",
                             "http://[::1]x", "https://%31%32%37.0.0.1/x", "https://a%2eb/x",
                             "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/x",
                             "https://a\xe3\x80\x82test/x", std::string("http://a/\0", 10));
  CAPTURE(text);
  try {
    static_cast<void>(Url::parse(text));
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidUrl);
    // Credentials that someone put into the URL are not repeated.
    CHECK(std::string(error.what()).find("pw") == std::string::npos);
  }
}

TEST_CASE("Loopback is this machine and nothing that looks like it") {
  for (const char* host : {"localhost", "api.localhost", "127.0.0.1", "127.9.9.9", "[::1]",
                           "localhost.", "api.localhost.", "127.0.0.1."}) {
    CAPTURE(host);
    CHECK(Url::parse(std::string("http://") + host).isLoopback());
  }
  for (const char* host : {"example.org", "127.0.0.1.example.org", "localhost.example.org",
                           "notlocalhost", "10.0.0.1", "[::2]", "127.1", ".", "localhost.org."}) {
    CAPTURE(host);
    CHECK_FALSE(Url::parse(std::string("http://") + host).isLoopback());
  }
}
