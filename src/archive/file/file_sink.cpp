#include "archive/file/file_sink.hpp"

namespace wsferry::archive {
namespace {

// What is hashed is still in the processor's cache when it is written.
constexpr std::size_t writeSize = 256u << 10;

}  // namespace

FileSink::FileSink(FileHandle& file, bool hashes) : file_(file) {
  buffer_.reserve(writeSize);
  if (hashes) {
    hash_.emplace();
  }
}

void FileSink::write(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const auto slice = bytes.substr(0, writeSize);
    bytes.remove_prefix(slice.size());
    if (hash_) {
      hash_->update(slice);
    }
    if (buffer_.size() + slice.size() > writeSize) {
      flush();
    }
    if (slice.size() == writeSize) {
      file_.write(slice);
    } else {
      buffer_.append(slice);
    }
  }
}

void FileSink::finish() {
  flush();
  sha256_ = hash_ ? hash_->hex() : std::string();
}

void FileSink::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

}  // namespace wsferry::archive
