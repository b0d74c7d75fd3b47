#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wsferry::platform {

/// Splits blocks into lines, in bounded memory: of a line beyond the limit only the start is kept.
class LineReader {
 public:
  static constexpr std::size_t keptStart = 200;  ///< Bytes of a line that is too long.

  struct Line {
    std::string text;  ///< Without its end; the start of one that is too long.
    bool isTooLong = false;
    std::uint64_t size = 0;  ///< Of all of it.
  };

  explicit LineReader(std::size_t limit) : limit_(limit) {}

  /// Blocks are consumed one by one: the next one follows after the last line of this one.
  void add(std::string block) {
    block_ = std::move(block);
    used_ = 0;
  }

  /// The next complete line.
  std::optional<Line> next() {
    const std::string_view rest = std::string_view(block_).substr(used_);
    const std::size_t end = rest.find('\n');
    const bool isWhole = end != std::string_view::npos;
    take(rest.substr(0, end));
    used_ += isWhole ? end + 1 : rest.size();
    return isWhole ? std::optional(finishLine()) : std::nullopt;
  }

  /// The rest after the last line, once all blocks have come.
  std::optional<Line> last() {
    return line_.size == 0 ? std::nullopt : std::optional(finishLine());
  }

  /// Forgets everything not yet returned, because its rest will not come.
  void reset() { *this = LineReader(limit_); }

 private:
  void take(std::string_view piece) {
    line_.size += piece.size();
    if (line_.isTooLong) {
      return;
    }
    line_.text += piece;
    if (line_.text.size() > limit_) {
      line_.isTooLong = true;
      line_.text.resize(std::min(keptStart, limit_));
      line_.text.shrink_to_fit();
    }
  }

  Line finishLine() {
    Line line = std::exchange(line_, {});
    if (!line.text.empty() && line.text.back() == '\r' && !line.isTooLong) {
      line.text.pop_back();
    }
    return line;
  }

  std::size_t limit_;
  std::string block_;
  std::size_t used_ = 0;
  Line line_;
};

}  // namespace wsferry::platform
