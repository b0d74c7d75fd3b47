#include "tool/options/proxy_choice.hpp"

#include <map>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::tool;

namespace {

using Variables = std::map<std::string, std::string>;

std::string choose(const Variables& variables, const std::string& url = "https://example.org/admin",
                   const std::string& typed = "") {
  return chooseProxy(typed, Url::parse(url), [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

bool exempt(const std::string& list, const std::string& url = "https://api.example.org/admin") {
  return isExempt(list, Url::parse(url));
}

}  // namespace

TEST_CASE("the environment names a proxy as other programs read it") {
  CHECK(choose({}).empty());
  CHECK(choose({{"HTTPS_PROXY", "http://a:1"}}) == "http://a:1");
  CHECK(choose({{"HTTPS_PROXY", "http://a:1"}, {"https_proxy", "http://b:1"}}) == "http://b:1");
  CHECK(choose({{"HTTPS_PROXY", "http://a:1"}}, "wss://example.org") == "http://a:1");
  CHECK(choose({{"HTTPS_PROXY", "http://a:1"}}, "http://example.org").empty());
  CHECK(choose({{"HTTP_PROXY", "http://a:1"}}, "ws://example.org") == "http://a:1");
  CHECK(choose({{"HTTP_PROXY", "http://a:1"}}).empty());
  CHECK(choose({{"ALL_PROXY", "http://a:1"}}) == "http://a:1");
  CHECK(choose({{"all_proxy", "http://b:1"}, {"ALL_PROXY", "http://a:1"}}) == "http://b:1");
  CHECK(choose({{"ALL_PROXY", "http://a:1"}, {"HTTPS_PROXY", "http://c:1"}}) == "http://c:1");
  CHECK(choose({{"HTTPS_PROXY", "a:1"}}) == "http://a:1");
  CHECK(choose({{"HTTPS_PROXY", " \"http://a:1\"\r\n"}}) == "http://a:1");
  CHECK(choose({{"HTTPS_PROXY", " "}, {"ALL_PROXY", "http://a:1"}}) == "http://a:1");
}

TEST_CASE("a client of a CGI program sets HTTP_PROXY, which does not count there") {
  const Variables variables = {{"HTTP_PROXY", "http://a:1"}, {"REQUEST_METHOD", "GET"}};
  CHECK(choose(variables, "http://example.org").empty());
}

TEST_CASE("this machine and what no_proxy names are reached without a proxy") {
  const Variables variables = {{"ALL_PROXY", "http://a:1"}};
  for (const char* url : {"http://localhost:1337/admin", "http://127.0.0.1:1337/admin",
                          "https://[::1]/admin", "http://strapi.localhost/admin"}) {
    CHECK(choose(variables, url).empty());
  }
  CHECK(choose({{"ALL_PROXY", "http://a:1"}, {"NO_PROXY", "example.org"}}).empty());
  CHECK(choose({{"ALL_PROXY", "http://a:1"}, {"no_proxy", "other"}, {"NO_PROXY", "example.org"}}) ==
        "http://a:1");
}

TEST_CASE("what is typed wins over the environment, for this machine too") {
  const Variables variables = {{"ALL_PROXY", "http://a:1"}, {"NO_PROXY", "*"}};
  CHECK(choose(variables, "https://example.org", "http://b:1") == "http://b:1");
  CHECK(choose(variables, "http://localhost", "http://b:1") == "http://b:1");
  CHECK(choose({{"ALL_PROXY", "http://a:1"}}, "https://example.org", "none").empty());
  CHECK(choose({{"ALL_PROXY", "http://a:1"}}, "https://example.org", "NONE").empty());
}

TEST_CASE("a kind of proxy that is not supported is named with its variable, without a password") {
  const std::string proxy = GENERATE("https://u:s3cret@a:1", "socks5://u:s3cret@a:1");
  try {
    choose({{"ALL_PROXY", proxy}});
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    CHECK(error.info().message.find("ALL_PROXY") != std::string::npos);
    CHECK(error.info().message.find(proxy.substr(0, proxy.find(':'))) != std::string::npos);
    CHECK(error.info().message.find("--proxy none") != std::string::npos);
    CHECK(error.info().message.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("a kind of proxy that is not supported is named with the option, without a password") {
  try {
    choose({}, "https://example.org", "socks5://u:s3cret@a:1");
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    CHECK(error.info().message.find("--proxy names a proxy of the kind socks5://") == 0);
    CHECK(error.info().message.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("lists of exempt hosts") {
  CHECK(exempt("*"));
  CHECK(exempt("example.org"));
  CHECK(exempt(".example.org"));
  CHECK(exempt("*.example.org"));
  CHECK(exempt("EXAMPLE.org."));
  CHECK(exempt("api.example.org"));
  CHECK(exempt("other, example.org"));
  CHECK(exempt("other example.org"));
  CHECK(exempt("other,,example.org,"));
  CHECK(exempt("example.org:443"));
  CHECK_FALSE(exempt("example.org:8443"));
  CHECK(exempt("example.org:8443", "https://example.org:8443"));
  CHECK_FALSE(exempt(""));
  CHECK_FALSE(exempt("."));
  CHECK_FALSE(exempt("ample.org"));
  CHECK_FALSE(exempt("www.example.org"));
  CHECK_FALSE(exempt("example.org.evil"));
}

TEST_CASE("addresses and networks are exempt as such") {
  CHECK(exempt("10.1.2.3", "http://10.1.2.3"));
  CHECK(exempt("10.1.2.3:80", "http://10.1.2.3"));
  CHECK_FALSE(exempt("10.1.2.3:81", "http://10.1.2.3"));
  CHECK(exempt("10.0.0.0/8", "http://10.1.2.3"));
  CHECK_FALSE(exempt("10.0.0.0/8", "http://11.1.2.3"));
  CHECK_FALSE(exempt("2.3", "http://10.1.2.3"));
  CHECK(exempt("fe80::1", "http://[FE80:0::1]"));
  CHECK(exempt("[fe80::1]:80", "http://[fe80::1]"));
  CHECK_FALSE(exempt("[fe80::1]:81", "http://[fe80::1]"));
  CHECK(exempt("fe80::/10", "http://[fe80::1]"));
  CHECK_FALSE(exempt("fe80::/10", "http://[2001::1]"));
  CHECK_FALSE(exempt("10.0.0.0/8", "http://example.org"));
  CHECK_FALSE(exempt("10.0.0.0/8", "http://[::2]"));
  CHECK_FALSE(exempt("10.0.0.0/99", "http://10.1.2.3"));
}
