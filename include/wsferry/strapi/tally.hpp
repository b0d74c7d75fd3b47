#pragma once

#include <cstdint>

namespace wsferry::strapi {

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

}  // namespace wsferry::strapi
