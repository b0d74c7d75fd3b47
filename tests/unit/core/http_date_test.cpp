#include "wsferry/core/detail/text/http_date.hpp"

#include <chrono>
#include <ctime>
#include <string>

#include "catch.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/detail/text/iso_time.hpp"

using namespace std::chrono_literals;
using namespace wsferry;
using std::chrono::system_clock;

TEST_CASE("a moment of HTTP is read as the system's own functions tell it") {
  for (const std::time_t time : {0LL, 784'111'777LL, 951'782'400LL, 1'709'164'800LL,
                                 4'102'444'799LL, 13'569'465'600LL, 253'402'300'799LL}) {
    std::tm parts{};
    REQUIRE(::gmtime_r(&time, &parts) != nullptr);
    char text[40];
    REQUIRE(std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 29);
    INFO(text);
    CHECK(readHttpDate(text) == SystemSeconds(std::chrono::seconds(time)));
  }
}

TEST_CASE("a moment of JavaScript is read as the system's own functions tell it") {
  for (const std::time_t time : {0LL, 784'111'777LL, 1'709'164'800LL, 253'402'300'799LL}) {
    std::tm parts{};
    REQUIRE(::gmtime_r(&time, &parts) != nullptr);
    char text[40];
    REQUIRE(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) == 19);
    INFO(text);
    CHECK(readIsoTime(text + std::string("Z")) == SystemSeconds(std::chrono::seconds(time)));
    CHECK(readIsoTime(text + std::string(".987Z")) == SystemSeconds(std::chrono::seconds(time)));
    CHECK_FALSE(readIsoTime(text));
  }
  for (const char* text :
       {"", "Z", "2026-11-28T12:00:00.123", "2026-11-28T12:00:00+01:00Z", "2026-13-28T12:00:00Z",
        "2026-11-00T12:00:00Z", "2026-11-28 12:00:00Z", "2026-11-28T24:00:00Z", "2026-11-28T12:00Z",
        "+002026-11-28T12:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(readIsoTime(text));
  }
}

TEST_CASE("what is no moment of HTTP is none") {
  for (const char* text : {"", "120", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nev 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov -994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    INFO(text);
    CHECK_FALSE(readHttpDate(text));
  }
}

TEST_CASE("a pause that is wished until a moment is counted by the server's clock") {
  const system_clock::time_point own{784'111'700s};
  const std::string moment = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(wishedPause(moment, "Sun, 06 Nov 1994 08:49:07 GMT", own) == 30s);
  CHECK(wishedPause(moment, "Sun, 06 Nov 1994 08:50:07 GMT", own) == 0s);
  CHECK(wishedPause(moment, "", own) == 77s);
  CHECK(wishedPause(moment, "yesterday", own) == 77s);
  CHECK(wishedPause("Fri, 31 Dec 9999 23:59:59 GMT", "", own) > 24h * 365 * 8000);
  CHECK(wishedPause("120", "Sun, 06 Nov 1994 08:49:07 GMT", own) == 120s);
  CHECK(wishedPause("soon", "", own) == 0s);
}
