#include "archive/bounded/line_splitter.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {
namespace {

constexpr std::size_t longestLine = 512u << 20;
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::string_view withoutByteOrderMark(std::string_view text) {
  const bool hasMark = text.substr(0, byteOrderMark.size()) == byteOrderMark;
  return text.substr(hasMark ? byteOrderMark.size() : 0);
}

LineSplitter::~LineSplitter() {
  std::free(carried_);
}

bool LineSplitter::next(std::string_view& line) {
  while (readLine(line)) {
    if (++number_ == 1) {
      const std::size_t size = line.size();
      line = withoutByteOrderMark(line);
      hadByteOrderMark_ = line.size() < size;
    }
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
      hadCarriageReturns_ = true;
    }
    // Mostly it begins with something, which one look tells.
    const bool isBlank = line.empty() || (line.front() <= ' ' &&
                                          line.find_first_not_of(" \t") == std::string_view::npos);
    if (!isBlank) {
      return true;
    }
    ++blankLines_;
  }
  return false;
}

bool LineSplitter::readLine(std::string_view& line) {
  carriedSize_ = 0;
  for (;;) {
    if (bytes_.empty()) {
      bytes_ = read_();
      if (bytes_.empty()) {
        line = carried();
        return !line.empty();
      }
    }
    const auto end = bytes_.find('\n');
    const auto piece = bytes_.substr(0, end);
    bytes_.remove_prefix(end == std::string_view::npos ? bytes_.size() : end + 1);
    if (end != std::string_view::npos && carriedSize_ == 0) {
      line = piece;
      return true;
    }
    carry(piece);
    if (end != std::string_view::npos) {
      line = carried();
      return true;
    }
  }
}

// By realloc, which moves a large block without a second copy of it.
void LineSplitter::carry(std::string_view piece) {
  if (piece.size() > longestLine - carriedSize_) {
    throw Error(ArchiveErrc::invalidArchive, "a record is larger than 512 MiB");
  }
  if (piece.size() > carriedRoom_ - carriedSize_) {
    const std::size_t room = std::max(carriedRoom_ + carriedRoom_ / 2, carriedSize_ + piece.size());
    void* const moved = std::realloc(carried_, room);
    if (moved == nullptr) {
      throw std::bad_alloc();
    }
    carried_ = static_cast<char*>(moved);
    carriedRoom_ = room;
  }
  std::copy(piece.begin(), piece.end(), carried_ + carriedSize_);
  carriedSize_ += piece.size();
}

}  // namespace wsferry::archive
