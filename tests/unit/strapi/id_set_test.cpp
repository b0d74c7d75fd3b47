#include "wsferry/strapi/detail/loss/id_set.hpp"

#include <cstddef>
#include <cstdint>

#include "catch.hpp"

using wsferry::strapi::IdSet;

TEST_CASE("ids are found again, and no others") {
  IdSet ids;
  std::size_t budget = 10;
  CHECK(ids.isEmpty());
  for (const std::uint64_t id : {0u, 1u, 4095u, 4096u, 12'000u, 1u}) {
    CHECK(ids.insert(id, budget));
  }
  CHECK_FALSE(ids.isEmpty());
  CHECK(budget == 7);
  for (const std::uint64_t id : {0u, 1u, 4095u, 4096u, 12'000u}) {
    CHECK(ids.contains(id));
  }
  for (const std::uint64_t id : {2u, 4094u, 4097u, 8192u, 100'000u}) {
    CHECK_FALSE(ids.contains(id));
  }
  CHECK_FALSE(ids.contains(~std::uint64_t{0}));
}

TEST_CASE("without a page left an id is not kept, and what is there stays") {
  IdSet ids;
  std::size_t budget = 2;
  CHECK(ids.insert(5, budget));
  CHECK_FALSE(ids.contains(1u << 20));  // Looks at a page that is not there.
  CHECK(ids.insert(1u << 20, budget));
  CHECK_FALSE(ids.insert(1u << 30, budget));
  CHECK_FALSE(ids.contains(1u << 30));
  CHECK(ids.insert(6, budget));
  CHECK(ids.contains(5));
  CHECK(ids.contains(6));
  CHECK(ids.contains(1u << 20));
}
