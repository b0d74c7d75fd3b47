#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/export.hpp"

namespace wsferry::strapi {

/// What a transfer can lose even though it completes.
enum class LossKind {
  unreadableType,  ///< A type that the source could not read whole.
  suspectedType,   ///< A type of which nothing arrived, and to which only links lead that may be
                   ///< leftovers.
  missingFile,     ///< A file that a record names but the source does not have.
  shortFile,       ///< A file that arrived with fewer bytes than its record says.
  skippedLink      ///< A link that the destination did not store.
};

/// The kind's name for programs, as above.
WSFERRY_API std::string_view toString(LossKind kind) noexcept;

/// A file that was lost, or some of it.
struct LostFile {
  std::string name;
  std::uint64_t bytes = 0;  ///< That arrived.
};

/// How much of one kind was lost.
struct Loss {
  LossKind kind = LossKind::unreadableType;
  std::uint64_t count = 0;
  std::vector<std::string> examples;  ///< The first few, for a person to read.
  bool accepted = false;              ///< An option said beforehand that it does not count.

  /// For missingFile and shortFile: the first files, as far as their names are known.
  std::vector<LostFile> files = {};
};

/// How many examples of a loss are kept.
constexpr std::size_t mostLossExamples = 5;
/// How many files.
constexpr std::size_t mostLostFiles = 1'000;

/// Counts one more of a kind, which `example` describes, or `count` more.
WSFERRY_API void addLoss(std::vector<Loss>& losses, LossKind kind, std::string example,
                         std::uint64_t count = 1);

/// Counts one more lost file, whose name may be empty for one that is not known.
WSFERRY_API void addFileLoss(std::vector<Loss>& losses, LossKind kind, LostFile file,
                             std::string example);

/// Counts all that `more` counts. What is there of its kind is accepted only if both are.
WSFERRY_API void addLoss(std::vector<Loss>& losses, Loss more);

/// How much was lost of what, with the examples; one line for a person to read.
[[nodiscard]] WSFERRY_API std::string describe(const Loss& loss);

}  // namespace wsferry::strapi
