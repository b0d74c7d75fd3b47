#include <ctime>
#include <optional>
#include <string>

#include "catch.hpp"
#include "tool/series/name_template.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::tool;

namespace {

std::tm partsOf(int year, int month, int day, int hour, int minute, int second) {
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  return parts;
}

std::time_t timeOf(std::tm parts) {
  return timegm(&parts);
}

}  // namespace

TEST_CASE("names sort as the times that they are of") {
  const NameTemplate name("{host}_{date}{time}.tar");
  const std::string first = name.path("h", partsOf(2026, 9, 30, 23, 59, 59));
  CHECK(first == "h_20260930235959.tar");
  CHECK(first < name.path("h", partsOf(2026, 10, 1, 0, 0, 0)));
  CHECK(name.path("h", partsOf(999, 1, 2, 3, 4, 5)) == "h_09990102030405.tar");
}

TEST_CASE("a name that was made matches, and says its time and host") {
  const std::tm when = partsOf(2026, 2, 28, 23, 5, 9);
  for (const char* text : {"{host}_{date}{time}.tar", "x/{date}T{time}Z-{host}", "{time}{date}",
                           "{host}{date}{time}/", "{date}", "a{date}b{host}c.tar.gz"}) {
    INFO(text);
    const NameTemplate name(text);
    const std::string made = name.path("example.org-1337", when).substr(name.folder().size());
    const auto match = name.match(made.substr(0, made.find_last_not_of('/') + 1));
    REQUIRE(match);
    CHECK(match->host == (name.hasHost() ? "example.org-1337" : ""));
    const bool hasTime = std::string(text).find("{time}") != std::string::npos;
    CHECK(match->time == timeOf(hasTime ? when : partsOf(2026, 2, 28, 0, 0, 0)));
    const auto own = name.ofHost("example.org-1337");
    CHECK(own.match(made.substr(0, made.find_last_not_of('/') + 1)).has_value());
    CHECK(own.ofHost("other").name() == own.name());
    CHECK(name.ofHost("other").match(made).has_value() == !name.hasHost());
  }
}

TEST_CASE("other names do not match") {
  const NameTemplate name("b/export_{host}_{date}{time}.tar.gz");
  CHECK(name.folder() == "b/");
  CHECK(name.name() == "export_{host}_{date}{time}.tar.gz");
  CHECK(name.match("export_a_20260228230509.tar.gz"));
  for (const char* other :
       {"", "export_a_20260228230509.tar", "export_a_20260228230509.tar.gz.enc",
        "export_a_20260228230509.tar.gz.part", ".export_a_20260228230509.tar.gz",
        "export_a_2026022823050.tar.gz", "export_a_202602282305099.tar.gz",
        "export__20260228230509.tar.gz", "export_A_20260228230509.tar.gz",
        "export_a_20260229230509.tar.gz", "export_a_20261301230509.tar.gz",
        "export_a_20260228240509.tar.gz", "export_a_20260228236009.tar.gz",
        "export_a_20260200230509.tar.gz", "export_a_2026022823050x.tar.gz"}) {
    INFO(other);
    CHECK_FALSE(name.match(other));
  }
  CHECK_FALSE(NameTemplate("x.tar").match("x.tar"));
  CHECK_FALSE(NameTemplate("{time}.tar").match("000000.tar"));
  CHECK_FALSE(NameTemplate("x.tar").hasDate());
}

TEST_CASE("a name with a date may be of some template, and another one of none") {
  for (const char* name : {"20260228", "export_a_20260228230509.tar.gz", "x2026022820260228"}) {
    INFO(name);
    CHECK(NameTemplate::tellsDate(name));
  }
  for (const char* name : {"", "content.tar.gz", "x-2026-02-28.tar", "20261399", "2026022"}) {
    INFO(name);
    CHECK_FALSE(NameTemplate::tellsDate(name));
  }
}
