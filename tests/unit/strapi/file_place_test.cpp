#include "wsferry/strapi/file_place.hpp"

#include <string>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

FilePlace placeOf(const std::string& data) {
  const auto place = readFilePlace(R"({"type":"plugin::upload.file","id":1,"data":)" + data + "}");
  REQUIRE(place);
  return *place;
}

std::string storageOf(const std::string& url) {
  return placeOf(R"({"provider":"aws-s3","url":")" + url + "\"}").storage;
}

}  // namespace

TEST_CASE("A storage is a host and its first folder") {
  CHECK(storageOf("https://bucket.example.org/a1b2.png") == "bucket.example.org");
  CHECK(storageOf("https://s3.example.org/bucket/a1b2.png") == "s3.example.org/bucket");
  CHECK(storageOf("https://s3.example.org/bucket/root/deep/a1b2.png") == "s3.example.org/bucket");
  CHECK(storageOf("https://res.example.org/cloud/image/upload/v17/a1.png") ==
        "res.example.org/cloud");
  CHECK(storageOf("//Bucket.Example.ORG/Folder/a1b2.png") == "bucket.example.org/Folder");
  CHECK(storageOf("https://bucket.example.org/f/a.png?X-Amz-Signature=0/1#x") ==
        "bucket.example.org/f");
  CHECK(storageOf(R"(https:\/\/bucket.example.org\/f\/a.png)") == "bucket.example.org/f");
  CHECK(storageOf("/uploads/a1b2.png").empty());
  CHECK(storageOf("").empty());
}

TEST_CASE("What is local says so, or has neither provider nor host") {
  CHECK(placeOf(R"({"provider":"local","url":"/uploads/a.png"})").isLocal());
  CHECK(placeOf(R"({"provider":"local","url":"https://cdn.example.org/uploads/a.png"})").isLocal());
  CHECK(placeOf(R"({"provider":null,"url":"/uploads/a.png"})").isLocal());
  CHECK(placeOf("{}").isLocal());
  CHECK_FALSE(placeOf(R"({"provider":"aws-s3","url":"/a.png"})").isLocal());
  CHECK_FALSE(placeOf(R"({"url":"https://bucket.example.org/a.png"})").isLocal());
}

TEST_CASE("Only records of files have a place") {
  CHECK_FALSE(readFilePlace(R"({"type":"plugin::upload.folder","id":1,"data":{"url":"x"}})"));
  CHECK_FALSE(readFilePlace(R"({"id":1,"data":{"provider":"local"}})"));
  CHECK(readFilePlace(R"({"data":{"provider":"a"},"type":"plugin::upl\u006fad.file"})")->provider ==
        "a");
  CHECK(readFilePlace(R"({"type":"plugin::upload.file","data":7})")->isLocal());
  CHECK_THROWS_AS(readFilePlace("{"), Error);
}
