#pragma once

/// The library's version, the same as in its CMake package.
#define WSFERRY_VERSION_MAJOR 0
#define WSFERRY_VERSION_MINOR 1
#define WSFERRY_VERSION_PATCH 0

/// As one number to compare in `#if`: 10000 for each major version, 100 for each minor one.
#define WSFERRY_VERSION_NUMBER \
  (WSFERRY_VERSION_MAJOR * 10000 + WSFERRY_VERSION_MINOR * 100 + WSFERRY_VERSION_PATCH)
