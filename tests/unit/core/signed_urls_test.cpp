#include "wsferry/core/detail/secrets/signed_urls.hpp"

#include <string>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;

TEST_CASE("A URL loses its signature, and keeps all else") {
  struct Case {
    std::string url;
    std::string expected;
  };
  const auto each = GENERATE(values<Case>({
      {"https://b.s3.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256="
       "UNSIGNED-PAYLOAD&X-Amz-Credential=A%2F20260101&X-Amz-Date=20260101T000000Z&X-Amz-Expires="
       "900"
       "&X-Amz-Security-Token=t&X-Amz-Signature=0123&X-Amz-SignedHeaders=host&x-id=GetObject",
       "https://b.s3.amazonaws.com/a.png"},
      {"https://b.test/a?versionId=7&x-amz-signature=1&X-AMZ-DATE=2&v=%20#top",
       "https://b.test/a?versionId=7&v=%20#top"},
      {"https://b.test/a?AWSAccessKeyId=A&Expires=1&Signature=s%3D&response-content-type=a",
       "https://b.test/a?response-content-type=a"},
      {"https://d.cloudfront.net/a?Expires=1&Signature=s&Key-Pair-Id=K",
       "https://d.cloudfront.net/a"},
      {"https://d.cloudfront.net/a?Policy=p&Signature=s&Key-Pair-Id=K&w=1",
       "https://d.cloudfront.net/a?w=1"},
      {"https://storage.googleapis.com/b/a?X-Goog-Algorithm=g&X-Goog-Credential=c&X-Goog-Date=d&"
       "X-Goog-Expires=900&X-Goog-SignedHeaders=host&X-Goog-Signature=s&generation=1",
       "https://storage.googleapis.com/b/a?generation=1"},
      {"https://storage.googleapis.com/b/a?GoogleAccessId=g&Expires=1&Signature=s",
       "https://storage.googleapis.com/b/a"},
      {"https://x.blob.core.windows.net/c/a?sv=2021&st=1&se=2&sr=b&sp=r&sig=s%3D&snapshot=3",
       "https://x.blob.core.windows.net/c/a?snapshot=3"},
      {"https://b.oss.aliyuncs.com/a?OSSAccessKeyId=o&Expires=1&Signature=s&security-token=t",
       "https://b.oss.aliyuncs.com/a"},
      {"https://b.oss.aliyuncs.com/a?x-oss-signature=1&x-oss-date=2",
       "https://b.oss.aliyuncs.com/a"},
      {"https://b.cos.test/a?q-sign-algorithm=sha1&q-ak=a&q-sign-time=1;2&q-signature=s&w=1",
       "https://b.cos.test/a?w=1"},
      {"https://x.supabase.co/sign/a?token=eyJhbGciOi", "https://x.supabase.co/sign/a"},
      {"https://x.b-cdn.net/a?token=t&expires=1", "https://x.b-cdn.net/a"},
      {"https://x.akamaized.net/a?hdnts=exp=1~hmac=2", "https://x.akamaized.net/a"},
      // No signatures.
      {"/uploads/a.png", "/uploads/a.png"},
      {"https://b.test/a?", "https://b.test/a?"},
      {"https://b.test/a?&b=1&&", "https://b.test/a?&b=1&&"},
      {"https://b.test/a?signature=drawing.png", "https://b.test/a?signature=drawing.png"},
      {"https://b.test/a?expires=never&token_path=x",
       "https://b.test/a?expires=never&token_path=x"},
      {"https://b.test/a?sp=1&sig=2", "https://b.test/a?sp=1&sig=2"},
      {"https://b.test/a?alt=media&token=5f3a", "https://b.test/a?alt=media&token=5f3a"},
      {"https://b.test/a#?X-Amz-Signature=1", "https://b.test/a#?X-Amz-Signature=1"},
  }));
  CAPTURE(each.url);
  CHECK(withoutSignature(each.url) == each.expected);
  CHECK(withoutSignature(each.expected) == each.expected);
}

TEST_CASE("URLs in a text lose their signatures, and the text keeps all else") {
  const std::string signature = "?X-Amz-Date=1&X-Amz-Signature=2";
  const std::string url = "https://b.test/a.png";
  CHECK(withoutSignaturesInText("no file. Path: " + url + signature) == "no file. Path: " + url);
  CHECK(withoutSignaturesInText(url + signature + " and <" + url + "?w=1>, '" + url + signature +
                                "': gone?") ==
        url + " and <" + url + "?w=1>, '" + url + "': gone?");
  CHECK(withoutSignaturesInText("{\"m\":\"" + url + signature + "\\n" + url + signature + "\"}") ==
        "{\"m\":\"" + url + "\\n" + url + "\"}");
  CHECK(withoutSignaturesInText("<Url>" + url + "?w=1&amp;X-Amz-Signature=2</Url>") ==
        "<Url>" + url + "?w=1</Url>");
  for (const std::string text : {"", "://", "a?X-Amz-Signature=1", "why?://"}) {
    CHECK(withoutSignaturesInText(text) == text);
  }
}

TEST_CASE("URLs lose their signatures however JSON escapes them") {
  struct Case {
    std::string text;
    std::string expected;
  };
  const auto c = GENERATE(values<Case>({
      {R"({"m":"at https://b.test/a?w=1\u0026X-Amz-Signature=s3cret"})", ""},
      {R"({"m":"at https://b.test/a?w=1\u0026X-Amz-Signature\u003ds3cret now"})", ""},
      {R"({"m":"at https:\/\/b.test\/a?X-Amz-Signature=s3cret"})", ""},
      {R"({"m":"{\"u\":\"https:\\/\\/b.test\\/a?X-Amz-Signature=s3cret\"}"})", ""},
      {R"({"m":"{\"u\":\"https://b.test/a?w=1\\u0026X-Amz-Signature=s3cret\"}"})", ""},
      // Nothing else is touched.
      {R"({"m":"at https:\/\/b.test\/a?w=1\u0026v=2 \q"})",
       R"({"m":"at https:\/\/b.test\/a?w=1\u0026v=2 \q"})"},
  }));
  CAPTURE(c.text);
  const std::string clean = withoutSignaturesInText(c.text);
  CHECK(clean.find("s3cret") == std::string::npos);
  CHECK(clean.find("b.test") != std::string::npos);
  if (!c.expected.empty()) {
    CHECK(clean == c.expected);
  }
}

TEST_CASE("Metadata of files lose the signatures of their URLs, and nothing else") {
  const std::string signedUrl = "https:\\/\\/b.test/a?X-Amz-Signature=1\\u0026w=2";
  const std::string metadata = "{ \"id\": 1,\"url\":\"" + signedUrl + "\", \"caption\":\"" +
                               signedUrl + "\",\"formats\":{\"small\":{\"url\" : \"" + signedUrl +
                               "\",\"size\":1.50}},"
                               "\"previewUrl\":null,\"provider_metadata\":[\"" +
                               signedUrl + "\"]}\n";
  const std::string clean = "https://b.test/a?w=2";
  CHECK(withoutSignatures(metadata) == "{ \"id\": 1,\"url\":\"" + clean + "\", \"caption\":\"" +
                                           signedUrl + "\",\"formats\":{\"small\":{\"url\" : \"" +
                                           clean +
                                           "\",\"size\":1.50}},"
                                           "\"previewUrl\":null,\"provider_metadata\":[\"" +
                                           signedUrl + "\"]}\n");
  const std::string unsignedMetadata =
      "{\"url\":\"https:\\/\\/b.test\\/a?w=\\u0031\",\"previewUrl\":\"/p\"}";
  CHECK(withoutSignatures(unsignedMetadata) == unsignedMetadata);
  CHECK(withoutSignatures(R"({"url":"https:\/\/b.test\/a\u003FX-Amz-Signature=1"})") ==
        R"({"url":"https://b.test/a"})");
  CHECK_THROWS_AS(withoutSignatures("{\"url\":\"?"), Error);
}
