#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// How alike the versions of two Strapis must be (protocol section 7). Each strategy also accepts
/// what the ones before it in this list accept.
enum class VersionStrategy {
  exact,  ///< The same version. Build metadata (after `+`) does not count.
  patch,  ///< Only pre-releases of the same version may differ: 5.54.0-beta.1, 5.54.0-beta.2.
  minor,  ///< Patches may differ: 5.54.0, 5.54.1.
  major,  ///< Minor versions may differ: 5.53.0, 5.54.0. A pre-release differs from its release at
          ///< the level that the release changes: 5.54.0-beta.1 and 5.54.0 are a minor version
          ///< apart.
  ignore  ///< Everything may differ.
};

/// How alike two sets of schemas must be (protocol section 7).
enum class SchemaStrategy {
  exact,   ///< Equal.
  strict,  ///< Equal except for private, required, configurable and default of attributes, and
           ///< audit logs.
  ignore   ///< Not compared.
};

WSFERRY_API std::string_view toString(VersionStrategy value) noexcept;
WSFERRY_API std::string_view toString(SchemaStrategy value) noexcept;

/// Whether the versions (such as 5.54.0) are alike enough. A string that is not a version matches
/// only itself, except with `ignore`. An empty version matches any.
[[nodiscard]] WSFERRY_API bool versionsMatch(std::string_view source, std::string_view destination,
                                             VersionStrategy strategy);

/// One place where the schemas of one type differ.
struct SchemaDifference {
  enum class Kind {
    onlyInSource,
    onlyInDestination,
    changed,
  };
  Kind kind = Kind::changed;
  std::string uid;               ///< The type's.
  std::string path;              ///< Below the type, such as `attributes.title.type`; empty for a
                                 ///< whole type.
  std::string sourceValue;       ///< JSON text; empty if there is none.
  std::string destinationValue;  ///< The same.
};

struct SchemaComparisonOptions {
  SchemaStrategy strategy = SchemaStrategy::strict;

  /// Differences of types whose uid matches one of these are left out. `*` stands for any
  /// characters, `?` for one.
  std::vector<std::string> ignoredTypes;
};

/// The differences that count, sorted by uid, member by member, element by element. Types and
/// values are compared member by member, through objects and arrays (protocol section 7): numbers
/// by value, members in any order, elements by position. Types that never transfer
/// (isNeverTransferred()) do not count. @throws Error with Errc::protocolViolation for a schema
/// that is not a JSON object.
[[nodiscard]] WSFERRY_API std::vector<SchemaDifference> compareSchemas(
    const std::vector<Schema>& source, const std::vector<Schema>& destination,
    const SchemaComparisonOptions& options = {});

/// The roles of the two sets of schemas in describe().
enum class SchemaSides {
  transfer,   ///< Source and destination: also says what would be dropped.
  comparison  ///< The first and the second of two contents.
};

/// The differences for a person to read: one paragraph for each type, one line for each of its
/// differences. Long values are cut, and control characters become blanks.
[[nodiscard]] WSFERRY_API std::string describe(const std::vector<SchemaDifference>& differences,
                                               SchemaSides sides = SchemaSides::transfer);

}  // namespace wsferry::strapi
