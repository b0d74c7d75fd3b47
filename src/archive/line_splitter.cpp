#include "archive/line_splitter.hpp"

#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t longestLine = 512u << 20;
}  // namespace

bool LineSplitter::next(std::string_view& line) {
  if (!readLine(line)) {
    return false;
  }
  ++number_;
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  return true;
}

bool LineSplitter::readLine(std::string_view& line) {
  carried_.clear();
  for (;;) {
    if (bytes_.empty()) {
      bytes_ = read_();
      if (bytes_.empty()) {
        line = carried_;
        return !carried_.empty();
      }
    }
    const auto end = bytes_.find('\n');
    const auto piece = bytes_.substr(0, end);
    bytes_.remove_prefix(end == std::string_view::npos ? bytes_.size() : end + 1);
    if (end != std::string_view::npos && carried_.empty()) {
      line = piece;
      return true;
    }
    if (piece.size() > longestLine - carried_.size()) {
      throw Error(Errc::invalidArchive, "a record is larger than 512 MiB");
    }
    carried_.append(piece);
    if (end != std::string_view::npos) {
      line = carried_;
      return true;
    }
  }
}

}  // namespace wsferry::archive
