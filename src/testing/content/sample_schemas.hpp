#pragma once

#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::testing {

/// The schemas of everything in the sample content, in the shape of a real server's.
std::vector<strapi::Schema> sampleSchemas();

}  // namespace wsferry::testing
