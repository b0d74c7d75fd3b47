#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"

namespace wsferry {

/// Everything known about an error code.
struct ErrorRow {
  template <class Code>
  constexpr ErrorRow(Code code, std::string_view errorName, const char* errorText,
                     ErrorCondition errorGroup)
      : value(static_cast<int>(code)), name(errorName), text(errorText), group(errorGroup) {}

  int value;
  std::string_view name;  ///< In the enumeration.
  const char* text;       ///< A heading, for a failure without a message.
  ErrorCondition group;
};

/// Whether there is a row for each value from 1 to `last`, in order, as the category expects.
template <std::size_t size, class Code>
constexpr bool coversAll(const ErrorRow (&rows)[size], Code last) {
  for (std::size_t i = 0; i < size; ++i) {
    if (rows[i].value != static_cast<int>(i) + 1) {
      return false;
    }
  }
  return rows[size - 1].value == static_cast<int>(last);
}

/// The category of an enumeration of errors, by the table of its values.
class WSFERRY_API ErrorTable final : public std::error_category {
 public:
  /// Both must live as long as the process.
  template <std::size_t size>
  ErrorTable(const char* name, const ErrorRow (&rows)[size])
      : name_(name), rows_(rows), size_(size) {}

  /// `other` for a value without a row.
  std::string_view nameOf(int value) const noexcept;

  const char* name() const noexcept override { return name_; }
  std::string message(int value) const override;
  bool equivalent(int value, const std::error_condition& condition) const noexcept override;

 private:
  const ErrorRow* find(int value) const noexcept;

  const char* name_;
  const ErrorRow* rows_;
  std::size_t size_;
};

}  // namespace wsferry
