#pragma once

#include <set>
#include <string>
#include <string_view>

#include "wsferry/archive/content_comparison.hpp"

namespace wsferry::archive {

/// Which names of attributes are not to be shown.
struct HiddenNames {
  std::set<std::string, std::less<>> names;

  /// Of configuration: `key` and what is below `headers` too, as keys and headers of providers and
  /// webhooks are credentials there. In content `key` is a name like any other.
  bool isConfiguration = false;
};

/// The item `name` with the attributes in which two JSON texts differ.
/// @throws Error as JsonCursor does.
ItemChange itemChange(std::string name, std::string_view first, std::string_view second,
                      const HiddenNames& hidden);

}  // namespace wsferry::archive
