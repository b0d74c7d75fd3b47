#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/loss/expected_files.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/record_type.hpp"

namespace wsferry::strapi {

/// Identifies the file for a person.
inline std::string describe(const ExpectedFiles::File& file) {
  const std::string record = std::string(uploadFile) + " " + std::to_string(file.recordId);
  return file.name.empty() ? "one of " + record : printable(file.name, 300) + " of " + record;
}

/// The files that the records name, and which of them have arrived. It keeps at most 36 MiB for a
/// million files; those beyond are not checked.
class ArrivedFiles {
 public:
  /// The files of a record of the media library. All come before the first file.
  void expect(const EntityView& record) {
    const std::uint64_t recordId = givenRowIdOf(record.id).value_or(0);
    const auto [hash, ext, formats] = valuesOf<3>(record, {"hash", "ext", "formats"});
    for (const NamedFile& named : filesNamedBy(hash, ext, formats)) {
      expected_.expect(named.name, recordId);
    }
  }

  /// A file came whose record is known.
  void came(std::string_view name) {
    expected_.arrived(name);
    for (const std::string_view nothing : missingExtensions) {
      if (endsWith(name, nothing)) {
        expected_.arrived(name.substr(0, name.size() - nothing.size()));
      }
    }
  }

  /// The source says that it lacks a file, and of which record.
  void warned(std::string_view record, std::string words) {
    if (warned_.size() < mostWarned) {
      warned_.push_back({givenRowIdOf(record), std::move(words)});
    }
  }

  /// The first one, in the order of the records, that has not arrived yet.
  std::optional<ExpectedFiles::File> firstMissing() const { return expected_.firstMissing(); }

  /// Whether no record names a file.
  bool isEmpty() const { return expected_.isEmpty(); }

  /// How many are not checked.
  std::uint64_t unchecked() const { return expected_.unchecked(); }

  /// Those that did not arrive; nothing if all did. `isSelected` says, by its id, whether a record
  /// went on.
  template <class IsSelected>
  std::optional<Loss> missing(IsSelected isSelected) const {
    std::vector<Loss> missing;
    std::set<std::uint64_t> records;
    expected_.eachMissing([&](const ExpectedFiles::File& file) {
      addFileLoss(missing, LossKind::missingFile, {file.name}, describe(file));
      if (!warned_.empty()) {
        records.insert(file.recordId);
      }
    });
    // For a record that names no file, such as one without a hash, there are only the source's
    // words.
    for (const Warned& file : warned_) {
      const bool isAnother =
          file.recordId ? isSelected(*file.recordId) && records.insert(*file.recordId).second
                        : missing.empty();
      if (isAnother) {
        addLoss(missing, LossKind::missingFile, file.words);
      }
    }
    return missing.empty() ? std::nullopt : std::optional(std::move(missing[0]));
  }

 private:
  static constexpr std::size_t mostWarned = 10'000;

  struct Warned {
    std::optional<std::uint64_t> recordId;
    std::string words;
  };

  ExpectedFiles expected_;
  std::vector<Warned> warned_;  ///< Files that the source says it lacks.
};

}  // namespace wsferry::strapi
