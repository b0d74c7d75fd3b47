#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsferry {

/// A peer's `text` with `***` in place of the `secrets` it repeats: as they are, percent-encoded,
/// or in a JSON string, however that escapes them. Empty secrets are nothing.
std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace wsferry
