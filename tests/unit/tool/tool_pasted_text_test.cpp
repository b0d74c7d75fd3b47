#include "tool/options/pasted_text.hpp"

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::tool;

namespace {

std::string refusalOf(const std::string& text, SecretKind kind) {
  try {
    pastedSecret(text, kind, "--token");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalidOption);
    CHECK(error.info().message.find("s3cret") == std::string::npos);
    return error.info().message;
  }
  return {};
}

}  // namespace

TEST_CASE("what surely came with a URL is taken off") {
  const char* const url = "https://example.org/admin";
  for (const char* pasted :
       {"https://example.org/admin", "https://example.org/admin\r\n",
        "  https://example.org/admin ", "\"https://example.org/admin\"",
        "'https://example.org/admin'\n", "\xEF\xBB\xBFhttps://example.org/admin",
        "STRAPI_TRANSFER_URL=https://example.org/admin",
        "export URL=\"https://example.org/admin\"\r", "\" https://example.org/admin\r\" "}) {
    CAPTURE(pasted);
    CHECK(pastedUrl(pasted) == url);
  }
  CHECK(pastedUrl("https://example.org/?A=b").find("?A=b") != std::string::npos);
  CHECK(pastedUrl("").empty());
  CHECK(pastedUrl(" \r\n").empty());
}

TEST_CASE("the address of a transfer is as good as that of its admin panel") {
  CHECK(pastedAdminUrl("https://h/admin/transfer/runner/pull") == "https://h/admin");
  CHECK(pastedAdminUrl("https://h/admin/transfer/runner/push/\n") == "https://h/admin");
  CHECK(pastedAdminUrl("https://h/admin/transfer/runner/pull?x=1") == "https://h/admin");
  CHECK(pastedAdminUrl("https://h/transfer/runner/pull") == "https://h");
  CHECK(pastedAdminUrl("https://h/admin/transfer/runner/pull/x") ==
        "https://h/admin/transfer/runner/pull/x");
  CHECK(pastedAdminUrl("https://h/?q=/transfer/runner/pull") ==
        "https://h/?q=/transfer/runner/pull");
}

TEST_CASE("what surely came with a token is taken off") {
  for (const char* pasted :
       {"abc.DEF-1~2+3/4==", " abc.DEF-1~2+3/4==\r\n", "\"abc.DEF-1~2+3/4==\"",
        "'abc.DEF-1~2+3/4=='", "Bearer abc.DEF-1~2+3/4==", "bearer   abc.DEF-1~2+3/4==",
        "Authorization: Bearer abc.DEF-1~2+3/4==",
        "\xEF\xBB\xBF"
        "abc.DEF-1~2+3/4==",
        "STRAPI_TRANSFER_TOKEN=abc.DEF-1~2+3/4==", "export TOKEN='abc.DEF-1~2+3/4=='",
        "TOKEN=\"Bearer abc.DEF-1~2+3/4==\""}) {
    CAPTURE(pasted);
    CHECK(pastedSecret(pasted, SecretKind::token, "--token") == "abc.DEF-1~2+3/4==");
  }
  CHECK(pastedSecret("", SecretKind::token, "--token").empty());
  CHECK(pastedSecret("ABC=", SecretKind::token, "--token") == "ABC=");
  CHECK(pastedSecret("Bearer", SecretKind::token, "--token") == "Bearer");
}

TEST_CASE("what is no token is named, and not repeated") {
  CHECK(refusalOf("Basic s3cret", SecretKind::token).find("Basic") != std::string::npos);
  CHECK(refusalOf("s3cret other", SecretKind::token).find("blank") != std::string::npos);
  CHECK(refusalOf("s3cret\nother", SecretKind::token).find("line end") != std::string::npos);
  CHECK(refusalOf("token=s3cret", SecretKind::token).find("equals sign") != std::string::npos);
  CHECK(refusalOf("\"s3cret", SecretKind::token).find("quote") != std::string::npos);
  CHECK(refusalOf("\u201Cs3cret\u201D", SecretKind::token).find("text processor") !=
        std::string::npos);
  CHECK(refusalOf("Basic s3cret", SecretKind::token).rfind("--token ", 0) == 0);
}

TEST_CASE("an API key goes behind Basic as it is, so that this comes off, and Bearer does not") {
  CHECK(pastedSecret("Basic YWJj==", SecretKind::apiKey, "x") == "YWJj==");
  CHECK(pastedSecret("WS_GATEWAY_API_KEY=YWJj==\r", SecretKind::apiKey, "x") == "YWJj==");
  CHECK(refusalOf("Bearer s3cret", SecretKind::apiKey).find("--bearer-file") != std::string::npos);
}

TEST_CASE("a client secret may hold anything inside") {
  CHECK(pastedSecret(" a b='c' \n", SecretKind::clientSecret, "x") == "a b='c'");
  CHECK(pastedSecret("\"a b\"", SecretKind::clientSecret, "x") == "a b");
  CHECK(pastedSecret("SECRET=a b", SecretKind::clientSecret, "x") == "a b");
  CHECK(pastedSecret("Basic a", SecretKind::clientSecret, "x") == "Basic a");
}

TEST_CASE("a key of an archive may be anything, so that what is odd is only told") {
  CHECK(oddityOfKey("a key with = and 'quotes'").empty());
  CHECK(oddityOfKey("").empty());
  CHECK(oddityOfKey("'").empty());
  CHECK(oddityOfKey("key\n").find("white space") != std::string::npos);
  CHECK(oddityOfKey("\"key\"").find("quotes") != std::string::npos);
  CHECK(oddityOfKey("KEY=abc").find("equals sign") != std::string::npos);
}
