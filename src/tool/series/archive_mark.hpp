#pragma once

#include <optional>
#include <string>

namespace wsferry::tool {

// A hidden file beside an archive, `.NAME.incomplete`, keeps it from counting as whole. It is empty
// if the archive may lack content, which its own content may not show; damage that was found is its
// text.

/// Damage that a run has found.
struct DamageMark {
  std::string text;
  /// Whether it is still what was marked; else only reading it tells. Always false for a folder,
  /// whose parts may have been replaced one by one.
  bool isCurrent = false;
};

/// Notes that an archive may lack content. @throws Error with Errc::fileFailed, as the next two.
void markIncomplete(const std::string& archive);

/// Notes what is damaged, so that a later run need not read the archive to know.
void markDamaged(const std::string& archive, const std::string& damage);

/// Takes either back.
void markComplete(const std::string& archive);

/// Whether it is noted that the archive may lack content, or is damaged as it is now.
bool isMarkedIncomplete(const std::string& archive);

/// The damage that is noted; nothing where there is none.
std::optional<DamageMark> damageMarkOf(const std::string& archive);

}  // namespace wsferry::tool
