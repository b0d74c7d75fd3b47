#include <chrono>
#include <set>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "wsferry/http/detail/files/brought_files.hpp"
#include "wsferry/http/detail/files/fetch_pace.hpp"
#include "wsferry/http/detail/files/fetch_retry.hpp"
#include "wsferry/http/detail/files/file_address.hpp"
#include "wsferry/http/detail/files/file_answer.hpp"
#include "wsferry/http/detail/files/file_request.hpp"
#include "wsferry/http/detail/files/file_sample.hpp"
#include "wsferry/http/detail/files/media_file.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

using namespace std::chrono_literals;
using namespace support;
using namespace wsferry;
using namespace wsferry::http;

namespace {

std::vector<MediaFile> filesOf(const std::string& data) {
  strapi::RecordReader reader;
  const std::string record = R"({"type":"plugin::upload.file","id":7,"data":)" + data + "}";
  return mediaFilesOf(reader.look(strapi::TransferStage::entities, record).entity);
}

std::string fetched(const FileAddresses& addresses, std::string_view url) {
  const auto address = addresses.find(url);
  return !address ? "never" : (address->isServers ? "server " : "other ") + address->url.display();
}

}  // namespace

TEST_CASE(
    "a record names its file and those of its formats, with the metadata of the assets step") {
  const auto files = filesOf(
      R"({"name":"a","formats":{"small":{"hash":"small_h","ext":".png","mime":"image/png","size":1.5,)"
      R"("sizeInBytes":1500,"url":"/uploads/small_h.png"}},"hash":"h","ext":".jpg","mime":"image/jpeg",)"
      R"("size":146.3,"url":"/uploads/h.jpg"})");
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "h.jpg");
  CHECK(files[0].url == "/uploads/h.jpg");
  CHECK(files[0].mime == "image/jpeg");
  CHECK(contains(files[0].metadata, R"({"id":7,"name":"a","formats":)"));
  CHECK(files[1].name == "small_h.png");
  CHECK(contains(files[1].metadata,
                 R"("url":"/uploads/small_h.png","type":"small","id":7,"mainHash":"h"})"));
}

TEST_CASE("of a file without a hash the name is missing, as URL and size may be") {
  for (const char* const record : {R"({"hash":null,"ext":".png","url":"/uploads/h","size":1})",
                                   R"({"hash":"","url":"/uploads/h"})", R"({"hash":7})", "{}"}) {
    INFO(record);
    const auto files = filesOf(record);
    REQUIRE(files.size() == 1);
    CHECK(files[0].name.empty());
    CHECK(files[0].shown() == "a file of plugin::upload.file 7");
  }
  const auto files = filesOf(R"({"hash":"h","formats":{"x":{"ext":".png","url":"/uploads/x"}}})");
  REQUIRE(files.size() == 2);
  CHECK(files[1].name.empty());
  CHECK(files[0].shown() == "h");
  CHECK(filesOf(R"({"hash":"h","url":null,"size":1,"mime":"a/b"})").at(0).url.empty());
  CHECK(!filesOf(R"({"hash":"h","url":"/uploads/h","mime":"a/b"})").at(0).size.kilobytes);
  CHECK(filesOf(R"({"hash":"h","ext":null,"url":"/uploads/h","size":1,"formats":null})").size() ==
        1);
  CHECK(filesOf(R"({"hash":"h","url":"/uploads/h","size":1,"formats":{"x":"y","z":{}}})").size() ==
        1);
  CHECK(filesOf(R"({"hash":"h","url":"/h","size":1})").at(0).recordId == "7");
}

TEST_CASE("what is no file among the formats is passed over") {
  for (const char* const format :
       {R"([{"hex":"#fff"}])", "[[]]", R"([1,{"a":{}}])", R"("}")", R"("text")", "null", "7",
        "true", "{}", R"({"hex":"#fff","more":[{"hex":"#fff"}]})"}) {
    INFO(format);
    const auto files = filesOf(R"({"formats":{"colors":)" + std::string(format) +
                               R"(,"small":{"hash":"small_h","size":1.5}},"hash":"h"})");
    REQUIRE(files.size() == 2);
    CHECK(files[0].name == "h");
    CHECK(files[1].name == "small_h");
    CHECK(files[1].size.kilobytes == 1.5);
  }
}

TEST_CASE("a format's metadata are JSON also where its record has no hash at all") {
  const auto files = filesOf(R"({"formats":{"small":{"hash":"small_h","size":1}}})");
  REQUIRE(files.size() == 2);
  CHECK(files[1].metadata == R"({"hash":"small_h","size":1,"type":"small","id":7})");
}

TEST_CASE("a file has the name that its record gives it, whatever Strapi 4 makes of it") {
  const auto name = [](std::string_view filename, std::string_view metadata) {
    return strapi::nameInRecord(filename, metadata);
  };
  CHECK(name("hnull", R"({"hash":"h","ext":null})") == "h");
  CHECK(name("hundefined", R"({"hash":"h"})") == "h");
  CHECK(name("hnull", R"({"hash":"hnull","ext":null})") == "hnull");
  CHECK(name("hnullnull", R"({"hash":"hnull","ext":null})") == "hnull");
  CHECK(name("hnull", R"({"hash":"h","ext":"null"})") == "hnull");
  CHECK(name("null", R"({"hash":null})") == "null");
  CHECK(name("hnull", "{}") == "hnull");
  CHECK(name("hnull", "") == "hnull");
  CHECK(name("h.png", R"({"hash":"other"})") == "h.png");
}

TEST_CASE("URLs of files stand below the server's root, or on a host of their own") {
  const FileAddresses plain("https://a.test/cms/admin/", "");
  CHECK(fetched(plain, "/uploads/x.png") == "server https://a.test/cms/uploads/x.png");
  CHECK(fetched(plain, "https://cdn.test/x.png") == "other https://cdn.test/x.png");
  CHECK(fetched(plain, "//cdn.test/x.png") == "other https://cdn.test/x.png");
  CHECK(fetched(plain, "https://a.test/x.png") == "server https://a.test/x.png");
  CHECK(fetched(plain, "https://a.test:444/x.png") == "other https://a.test:444/x.png");
  CHECK(fetched(FileAddresses("https://a.test/admin", ""), "/uploads/x") ==
        "server https://a.test/uploads/x");
  CHECK(fetched(FileAddresses("https://panel.test/", "https://files.test/base/"), "/uploads/x") ==
        "other https://files.test/base/uploads/x");
  CHECK(fetched(FileAddresses("https://panel.test/", "https://files.test/base/"),
                "https://panel.test/x") == "server https://panel.test/x");
}

TEST_CASE("some URLs are never fetched") {
  const FileAddresses addresses("https://a.test/admin", "");
  for (const char* const url :
       {"/uploads/../secret", "/uploads/%2e%2E/secret", "/uploads/..%2fsecret", "/uploads/..\\x",
        "file:///etc/passwd", "gopher://a.test/x", "ftp://a.test/x", "http://cdn.test/x.png",
        "https://user:password@cdn.test/x.png", "/uploads/a\r\nHost: b", "", "relative.png",
        "ws://a.test/x", "https://%31%32%37.0.0.1/x", "//a%2etest/x", "/uploads/a%00b",
        "/uploads/a%41.png"}) {
    INFO(url);
    CHECK(fetched(addresses, url) == "never");
  }
  CHECK(fetched(FileAddresses("http://a.test/admin", ""), "http://cdn.test/x") ==
        "other http://cdn.test/x");
  CHECK(fetched(addresses, "/uploads/a.png?x=%41") == "server https://a.test/uploads/a.png");
  CHECK(fetched(addresses, "https://cdn.test/a%41.png") == "other https://cdn.test/a%41.png");
  CHECK(fetched(addresses, "/uploads/a..b.png?x=../y") == "server https://a.test/uploads/a..b.png");
}

TEST_CASE("in the open is fetched only what stands on the host that was given") {
  const FileAddresses addresses("https://a.test/admin", "http://10.0.0.5:1337/base");
  CHECK(fetched(addresses, "/uploads/x") == "other http://10.0.0.5:1337/base/uploads/x");
  CHECK(fetched(addresses, "http://10.0.0.5:1337/x") == "other http://10.0.0.5:1337/x");
  CHECK(fetched(addresses, "https://cdn.test/x") == "other https://cdn.test/x");
  CHECK(fetched(addresses, "//cdn.test/x") == "never");
  CHECK(fetched(addresses, "http://cdn.test/x") == "never");
  CHECK(fetched(addresses, "http://10.0.0.5/x") == "never");
}

TEST_CASE("a private address is fetched where it was given, or the server itself has one") {
  const FileAddresses addresses("https://a.test/admin", "http://10.0.0.5:1337");
  const auto isAllowed = [&](std::string_view url, bool isServerPublic) {
    return fileRequest(*addresses.find(url), {}, isServerPublic).allowPrivateAddress;
  };
  CHECK(isAllowed("/uploads/x", true));
  CHECK(isAllowed("https://a.test/x", true));
  CHECK_FALSE(isAllowed("https://10.0.0.6/x", true));
  CHECK_FALSE(isAllowed("https://10.0.0.5:1337/x", true));
  CHECK(isAllowed("https://10.0.0.6/x", false));
}

TEST_CASE("credentials are for the server's own files") {
  const FileAddresses addresses("https://a.test/admin", "https://files.test");
  ClientOptions connection;
  connection.headers = {{"X-Option", "secret"}};
  const Request own = fileRequest(*addresses.find("https://a.test/x"), connection, true);
  CHECK_FALSE(own.withoutCredentials);
  CHECK(own.headers.back().second == "secret");
  for (const char* url : {"/uploads/x", "https://cdn.test/x"}) {
    const Request other = fileRequest(*addresses.find(url), connection, true);
    CHECK(other.withoutCredentials);
    CHECK(other.headers.size() == 1);
  }
}

TEST_CASE("behind a proxy a server is public unless its URL tells otherwise") {
  ClientOptions connection;
  ResponseHead head;
  const auto isPublic = [&](const char* url, const std::error_code& error) {
    return countsAsPublic(Url::parse(url), connection, error, head);
  };
  CHECK_FALSE(isPublic("https://a.test/", {}));
  CHECK(isPublic("https://a.test/", Errc::connectionLost));
  head.isPublicPeer = true;
  CHECK(isPublic("https://a.test/", {}));
  connection.proxy = "http://proxy.test";
  head.isPublicPeer = false;
  CHECK(isPublic("https://a.test/", {}));
  CHECK_FALSE(isPublic("https://10.0.0.1/", {}));
  CHECK_FALSE(isPublic("https://localhost/", Errc::connectionLost));
}

TEST_CASE("an answer is the file if length and type agree with the record") {
  MediaFile file = filesOf(R"({"hash":"h","url":"/h","size":146.3,"mime":"image/JPEG"})").at(0);
  ResponseHead head;
  head.status = 200;
  head.headers = {{"Content-Length", "146304"}, {"Content-Type", "image/jpeg; charset=x"}};
  CHECK(!mismatchOf(file, head, {"super/secret"}));
  head.headers[0].second = "146310";
  CHECK(mismatchOf(file, head, {"super/secret"})->kind == "another size");
  head.headers = {{"Content-Length", "146304"}, {"Content-Type", "application/octet-stream"}};
  CHECK(!mismatchOf(file, head, {"super/secret"}));
  head.headers[1].second = "text/html";
  CHECK(mismatchOf(file, head, {"super/secret"})->kind == "another type");
  head.headers[1].second = "SUPER/secret, super/secret";
  CHECK(mismatchOf(file, head, {"SUPER/secret"})->detail ==
        "***, super/secret in place of image/JPEG");
  head.status = 206;
  CHECK(mismatchOf(file, head, {"super/secret"})->kind == "status 206");
}

TEST_CASE("the number of connections follows the server") {
  FetchPace pace(8, 8);
  CHECK(pace.connections() == 8);
  pace.slowDown();
  pace.slowDown();
  CHECK(pace.connections() == 2);
  pace.came(1ms, 2ms);
  pace.came(1ms, 2ms);
  CHECK(pace.connections() == 3);
  for (int i = 0; i < 100; ++i) {
    pace.came(1ms, 2ms);
  }
  CHECK(pace.connections() == 8);
  for (int i = 0; i < 10; ++i) {
    pace.slowDown();
  }
  CHECK(pace.connections() == 1);
}

TEST_CASE("more connections than usual are for a long way to a willing server") {
  const auto after = [](FetchPace pace, int files, auto wait, auto total) {
    for (int i = 0; i < files; ++i) {
      pace.came(wait, total);
    }
    return pace.connections();
  };
  const FetchPace pace(8, 16);
  CHECK(after(pace, 3, 20ms, 40ms) == 11);
  CHECK(after(pace, 100, 20ms, 40ms) == 16);
  CHECK(after(pace, 100, 19ms, 20ms) == 8);  // a short way
  CHECK(after(pace, 100, 20ms, 41ms) == 8);  // The bytes are what takes long.
  FetchPace busy = pace;
  busy.came(2ms, 3ms);
  CHECK(after(busy, 100, 900ms, 900ms) == 8);  // The server is what takes long.
  FetchPace complained = pace;
  complained.slowDown();
  CHECK(after(complained, 1000, 20ms, 20ms) == 8);
  CHECK(after(FetchPace(3, 2), 100, 20ms, 20ms) == 3);
}

TEST_CASE("a server that wants to be asked later is held until then, and others are not") {
  const TimePoint start{1h};
  FetchHold hold;
  CHECK(hold.left("a", start) == 0s);
  hold.hold("a", start, start, 10s);
  hold.hold("a", start, start + 1s, 2s);
  CHECK(hold.left("a", start + 1s) == 9s);
  CHECK(hold.left("a", start + 10s) == 0s);
  CHECK(hold.left("b", start) == 0s);
  hold.passOver("b");
  CHECK(hold.left("b", start) == 0s);
}

TEST_CASE("a server that wants to be asked later again and again is not waited for any more") {
  TimePoint now{1h};
  FetchHold hold;
  for (unsigned i = 1; i < FetchHold::mostInARow; ++i, now += 20s) {
    hold.hold("a", now, now, 10s);
    hold.hold("a", now, now + 12s, 1s);  // Of a request that was under way, answered late.
  }
  hold.came("a");
  for (unsigned i = 1; i < FetchHold::mostInARow; ++i, now += 10s) {
    hold.hold("a", now, now, 10s);
  }
  CHECK_FALSE(hold.isLost("a"));
  hold.passOver("a");  // For longer than there is.
  CHECK(hold.isLost("a"));
  CHECK_FALSE(hold.isLost("b"));
}

TEST_CASE("HTTP is given up early, or after many failures in a row") {
  FetchTrust trust(true);
  trust.disagreed();
  trust.disagreed();
  CHECK_FALSE(trust.isLost());
  trust.disagreed();
  CHECK(trust.isLost());
  const bool endsEarly = GENERATE(true, false);
  FetchTrust later(endsEarly);
  for (int i = 0; i < 200; ++i) {
    later.agreed();
  }
  for (unsigned i = 1; i < FetchTrust::mostInARow; ++i) {
    later.disagreed();
  }
  later.agreed();
  for (unsigned i = 1; i < FetchTrust::mostInARow; ++i) {
    later.disagreed();
  }
  CHECK_FALSE(later.isLost());
  later.disagreed();
  CHECK(later.isLost());
}

TEST_CASE("a file is asked for again a few times, and begins to count anew when it comes further") {
  FetchRetry retry;
  CHECK(retry.pauseAfter(true, false, {}) == Duration{500});
  CHECK(retry.pauseAfter(true, false, {}) == Duration{1'000});
  retry.cameFurther(FetchRetry::leastBytes);
  CHECK(retry.failures() == 0);
  CHECK(retry.pauseAfter(true, false, {}) == Duration{500});
  CHECK(retry.pauseAfter(true, false, {}) == Duration{1'000});
  CHECK(retry.pauseAfter(true, false, {}) == Duration{2'000});
  CHECK_FALSE(retry.pauseAfter(true, false, {}));
}

TEST_CASE("what hangs, or is not known to be given by HTTP, is asked for twice") {
  FetchRetry hanging;
  CHECK(hanging.pauseAfter(true, true, {}));
  CHECK_FALSE(hanging.pauseAfter(true, true, {}));
  FetchRetry unproven;
  CHECK(unproven.pauseAfter(false, false, {}));
  CHECK_FALSE(unproven.pauseAfter(false, false, {}));
}

TEST_CASE("an attempt that brings almost nothing does not begin the count anew") {
  FetchRetry retry;
  unsigned attempts = 1;
  for (; retry.pauseAfter(true, true, {}) && attempts < 10; ++attempts) {
    retry.cameFurther(FetchRetry::leastBytes - 1);
  }
  CHECK(attempts == 2);
}

TEST_CASE("a server is obeyed that wants a minute, and not waited for if it wants more") {
  FetchRetry obeying;
  CHECK(obeying.pauseAfter(true, false, 60s) == Duration{60'000});
  FetchRetry leaving;
  CHECK_FALSE(leaving.pauseAfter(true, false, 61s));
  FetchRetry leavingForLong;
  CHECK_FALSE(leavingForLong.pauseAfter(true, false, 3600s));
  FetchRetry late;
  CHECK(late.pauseAfter(true, false, 60s, Duration{61'000}) == Duration{60'000});
  CHECK_FALSE(late.pauseAfter(true, false, 60s, Duration{60'000}));
  FetchRetry tooLate;
  CHECK_FALSE(tooLate.pauseAfter(true, false, {}, Duration{-1}));
}

TEST_CASE("files are compared with what was brought of them, in any order") {
  const std::string one(64, '1');
  const std::string two = std::string(32, '1') + std::string(32, '2');
  const std::string other = std::string(31, '1') + std::string(33, '2');
  BroughtFiles brought;
  brought.add("b", one);
  brought.add("a", two);
  brought.add("never", other);
  brought.close();
  brought.sent("a", two);
  brought.sent("missed", one);
  CHECK(brought.has("b"));
  CHECK_FALSE(brought.has("missed"));
  CHECK(brought.compared() == 1);
  CHECK(brought.differing().count() == 0);
  brought.sent("b", other);
  CHECK(brought.compared() == 2);
  CHECK(brought.differing().text() == "b");
}

TEST_CASE("of many names the first five are told") {
  FirstNames names;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    names.add(name);
  }
  CHECK(names.text() == "a, b, c, d, e");
  names.add("f");
  CHECK(names.text() == "a, b, c, d, e, ...");
  CHECK(names.count() == 6);
}

TEST_CASE("a file whose record tells no size or type is not taken by HTTP") {
  ResponseHead head;
  head.status = 200;
  head.headers = {{"Content-Length", "3"}, {"Content-Type", "image/png"}};
  const auto answered = [&head](const std::string& members) {
    const auto mismatch =
        mismatchOf(filesOf(R"({"hash":"h","url":"/h",)" + members + "}")[0], head, {});
    return mismatch ? mismatch->kind : "";
  };
  CHECK(answered(R"("size":0,"mime":"image/png")").empty());
  CHECK(answered(R"("size":null,"mime":"image/png")") == "no size in its record");
  CHECK(answered(R"("mime":"image/png")") == "no size in its record");
  CHECK(answered(R"("size":0,"mime":null)") == "no type in its record");
}

TEST_CASE("a sample has its size, whatever the order, and each file is in one of some runs") {
  const auto sampled = [](std::uint64_t seed, bool isBackwards, int times = 1) {
    FileSample sample(4, seed);
    for (int i = 0; i < 40 * times; ++i) {
      sample.add(std::to_string((isBackwards ? 39 - i % 40 : i % 40)) + ".png");
    }
    return sample.names();
  };
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto names = sampled(seed, false);
    REQUIRE(names.size() == 4);
    CHECK(names == sampled(seed, true));
    CHECK(names == sampled(seed, false, 2));  // A file that two records name.
    seen.insert(names.begin(), names.end());
  }
  CHECK(seen.size() == 40);
  FileSample few(4, 0);
  few.add("only.png");
  CHECK(few.names().size() == 1);
  CHECK(FileSample(4, 0).names().empty());
}
