#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::strapi {

/// A file that a record of the media library names.
struct NamedFile {
  std::string name;
  std::string format;  ///< Empty for the record's own.
};

/// All of a record: its own, then those of its formats. Given the values of its attributes as JSON
/// text, empty for one that it lacks. Of what has no hash there is no file. @throws Error as
/// JsonCursor.
std::vector<NamedFile> filesNamedBy(std::string_view hash, std::string_view ext,
                                    std::string_view formats);

/// What Strapi 4 makes the extension of a file that has none.
inline constexpr std::array<std::string_view, 2> missingExtensions = {"null", "undefined"};

}  // namespace wsferry::strapi
