#include "wsferry/strapi/detail/dispatch/answered_once.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

TEST_CASE("the last messages are known, as many as a window holds") {
  AnsweredOnce answered;
  const Uuid first = Uuid::random();
  CHECK_FALSE(answered.contains(first));
  answered.add(first);
  for (std::size_t i = 1; i < AnsweredOnce::most; ++i) {
    answered.add(Uuid::random());
  }
  CHECK(answered.contains(first));
  answered.add(Uuid::random());
  CHECK_FALSE(answered.contains(first));
}
