#include "wsferry/strapi/detail/dispatch/waiting_notices.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

constexpr TimePoint start{Duration(100'000)};

}  // namespace

TEST_CASE("a notice is due after the interval, and then silence as long") {
  WaitingNotices notices(Duration(5'000));
  CHECK_FALSE(notices.isLong(start, start + Duration(4'999)));
  CHECK(notices.isLong(start, start + Duration(5'000)));
  CHECK(notices.next(start) == start + Duration(5'000));
  const TimePoint first = start + Duration(5'000);
  CHECK(notices.take(first));
  CHECK_FALSE(notices.take(first + Duration(4'999)));
  CHECK(notices.next(start) == first + Duration(5'000));
  CHECK(notices.take(first + Duration(5'000)));
}

TEST_CASE("the interval between notices is a second at least") {
  WaitingNotices notices(Duration(10));
  CHECK(notices.take(start));
  CHECK_FALSE(notices.take(start + Duration(999)));
  CHECK(notices.take(start + Duration(1'000)));
}
