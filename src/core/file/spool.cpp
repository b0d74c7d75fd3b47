#include "core/file/spool.hpp"

#include <algorithm>
#include <utility>

#include "core/file/file_handle.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry {
namespace {
constexpr std::uint64_t longestPiece = 256u << 10;
}

Spool::Spool(SpoolBudget& budget, std::string folder)
    : budget_(budget), folder_(std::move(folder)), memory_(std::exchange(budget.spare, {})) {}

Spool::~Spool() {
  release();
}

void Spool::write(std::string_view bytes) {
  size_ += bytes.size();
  if (file_.isOpen()) {
    file_.write(bytes);
    return;
  }
  if (budget_.used + bytes.size() <= budget_.limit) {
    memory_.append(bytes);
    budget_.used += bytes.size();
    return;
  }
  file_ = openUnnamedFile(folder_);
  file_.write(memory_);
  file_.write(bytes);
  release();
}

void Spool::read(const std::function<void(std::string_view)>& take) {
  if (!file_.isOpen()) {
    take(memory_);
    return;
  }
  for (std::uint64_t offset = 0; offset < size_;) {
    const auto bytes = readAt(offset, size_ - offset);
    take(bytes);
    offset += bytes.size();
  }
}

std::string_view Spool::readAt(std::uint64_t offset, std::uint64_t size) {
  if (!file_.isOpen()) {
    return std::string_view(memory_).substr(static_cast<std::size_t>(offset),
                                            static_cast<std::size_t>(size));
  }
  const auto wanted = static_cast<std::size_t>(std::min(size, longestPiece));
  piece_.resize(std::max(piece_.size(), wanted));
  const std::size_t count = file_.readAt(piece_.data(), wanted, offset);
  if (count == 0 && wanted > 0) {
    throw Error(Errc::fileFailed, "cannot read " + file_.name() + ": it became shorter");
  }
  return std::string_view(piece_).substr(0, count);
}

void Spool::release() {
  budget_.used -= memory_.size();
  memory_.clear();
  if (memory_.capacity() > budget_.spare.capacity()) {
    std::swap(memory_, budget_.spare);
  }
  std::string().swap(memory_);
}

}  // namespace wsferry
