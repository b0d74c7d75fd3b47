#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace wsferry::testing {

/// What a push has deleted before it begins (protocol section 2, `restore`).
struct RestoreRequest {
  using Types = std::set<std::string, std::less<>>;

  /// Reads a `restore` parameter. @throws Error when it is no JSON.
  static RestoreRequest parse(std::string_view restore);

  /// The scope of a push without beforeTransfer.
  static RestoreRequest nothing();

  bool deletesType(std::string_view uid) const;
  bool deletesConfiguration(std::string_view type) const;

  std::optional<Types> included;  ///< Nothing means all.
  Types excluded;
  bool assets = false;
  bool coreStore = true;
  bool webhook = true;
};

}  // namespace wsferry::testing
