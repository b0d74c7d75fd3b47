#pragma once

#include <cstdlib>

namespace {

/// What holds for every input; libFuzzer reports what ends the process.
void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace
