#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wsferry::http {

/// Counts files, and keeps the names of the first five for a message. Without I/O.
class FirstNames {
 public:
  void add(std::string_view name) {
    if (++count_ <= most) {
      names_.emplace_back(name);
    }
  }

  std::uint64_t count() const { return count_; }

  /// `a.png, b.png, ...`
  std::string text() const {
    std::string text;
    for (const std::string& name : names_) {
      text += (text.empty() ? "" : ", ") + name;
    }
    return text + (count_ > most ? ", ..." : "");
  }

 private:
  static constexpr std::size_t most = 5;
  std::uint64_t count_ = 0;
  std::vector<std::string> names_;
};

}  // namespace wsferry::http
