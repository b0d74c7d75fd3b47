#include "archive/spool.hpp"

#include <utility>

#include "archive/temporary_path.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::archive {

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
  std::string piece(256u << 10, '\0');
  for (std::uint64_t offset = 0; offset < size_;) {
    const std::size_t count = file_.readAt(piece.data(), piece.size(), offset);
    if (count == 0) {
      throw Error(Errc::fileFailed, "cannot read " + file_.name() + ": it became shorter");
    }
    take(std::string_view(piece).substr(0, count));
    offset += count;
  }
}

void Spool::release() {
  budget_.used -= memory_.size();
  memory_.clear();
  if (memory_.capacity() > budget_.spare.capacity()) {
    std::swap(memory_, budget_.spare);
  }
  std::string().swap(memory_);
}

}  // namespace wsferry::archive
