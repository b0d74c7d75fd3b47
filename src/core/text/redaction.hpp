#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsferry {

/// A peer's `text` with `***` in place of the `secrets` it repeats: as they are, percent-encoded,
/// or in a JSON string, however that escapes them. Empty secrets are nothing, and one of less than
/// four bytes counts where it stands alone: it is a part of too many words.
std::string blankSecrets(std::string_view text, const std::vector<std::string>& secrets);

/// The same for a text that has words of our own, which short secrets leave as they are: what a
/// peer says in it has been through blankSecrets().
std::string blankLongSecrets(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace wsferry
