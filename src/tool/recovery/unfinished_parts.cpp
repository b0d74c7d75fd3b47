#include "tool/recovery/unfinished_parts.hpp"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

namespace wsferry::tool {

namespace {

namespace fs = std::filesystem;

// Of what is nothing to be sure of: 0.
std::uintmax_t sizeOf(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
  }
  std::uintmax_t sum = 0;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    sum += entry->is_regular_file(ignored) ? entry->file_size(ignored) : 0;
  }
  return sum;
}

}  // namespace

UnfinishedParts::UnfinishedParts(const TargetLock& lock) : lock_(lock) {
  // Each has what the ones before had, as far as it came: more of them only fill the disk.
  std::vector<archive::AbandonedPart> parts = lock.leftovers();
  const auto size = [](const archive::AbandonedPart& part) { return sizeOf(part.path); };
  const auto largest = std::max_element(
      parts.begin(), parts.end(),
      [&size](const auto& left, const auto& right) { return size(left) < size(right); });
  if (largest != parts.end()) {
    leftovers_.push_back(std::move(*largest));
    parts.erase(largest);
    lock_.remove(parts);
    removed_ = parts.size();
  }
}

UnfinishedParts::~UnfinishedParts() {
  try {
    takeAttempt();
    if (own_) {
      remove(std::move(*own_));
    }
  } catch (const std::exception&) {  // Without memory. The next run finds it.
  }
}

std::vector<std::string> UnfinishedParts::paths() const {
  std::vector<std::string> paths;
  if (own_) {
    paths.push_back(own_->path);
  }
  for (const archive::AbandonedPart& part : leftovers_) {
    paths.push_back(part.path);
  }
  return paths;
}

void UnfinishedParts::takeAttempt() {
  for (archive::AbandonedPart& part : lock_.leftovers()) {
    const bool isMore = !own_ || sizeOf(part.path) >= sizeOf(own_->path);
    std::optional<archive::AbandonedPart> less =
        isMore ? std::exchange(own_, std::move(part)) : std::optional(std::move(part));
    if (less) {
      remove(std::move(*less));
    }
  }
}

void UnfinishedParts::removeLeftovers() {
  lock_.remove(leftovers_);
  leftovers_.clear();
}

void UnfinishedParts::remove(archive::AbandonedPart part) const {
  std::vector<archive::AbandonedPart> parts;
  parts.push_back(std::move(part));
  lock_.remove(parts);
}

}  // namespace wsferry::tool
