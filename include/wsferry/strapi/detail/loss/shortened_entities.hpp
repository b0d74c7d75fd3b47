#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/schema/fitting_values.hpp"

namespace wsferry::strapi {

/// The entities that went on without values for which the destination has no place.
class ShortenedEntities {
 public:
  void add(std::string_view type, const std::vector<Misfit>& misfits) {
    constexpr std::size_t mostKept = 100;
    ++count_;
    for (const Misfit& misfit : misfits) {
      const std::string text = printable(type, 100) + " " + misfit.path + " " + misfit.reason;
      if (misfits_.size() < mostKept || misfits_.count(text) != 0) {
        ++misfits_[text];
      }
    }
  }

  bool isEmpty() const { return count_ == 0; }

  /// How many there are, and what they lost; for a person.
  std::string text() const {
    constexpr std::size_t mostShown = 5;
    std::string text = counted(count_, "entity was", "entities were") +
                       " stored without values that the destination has no place for: ";
    std::size_t shown = 0;
    for (const auto& [misfit, count] : misfits_) {
      if (shown == mostShown) {
        return text + "; ...";
      }
      text += (shown++ == 0 ? "" : "; ") + misfit + " (" + std::to_string(count) + ")";
    }
    return text;
  }

 private:
  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t> misfits_;  ///< The first different ones, and how often.
};

}  // namespace wsferry::strapi
