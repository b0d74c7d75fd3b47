#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::strapi {

/// The names of the files that a record of the media library names: its own, then those of its
/// formats. Given the values of its attributes as JSON text, empty for one that it lacks. Of what
/// has no hash there is no file. @throws Error as JsonCursor.
std::vector<std::string> fileNamesOf(std::string_view hash, std::string_view ext,
                                     std::string_view formats);

/// What Strapi 4 makes the extension of a file that has none.
inline constexpr std::array<std::string_view, 2> missingExtensions = {"null", "undefined"};

}  // namespace wsferry::strapi
