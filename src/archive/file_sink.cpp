#include "archive/file_sink.hpp"

namespace wsferry::archive {
namespace {
constexpr std::size_t bufferSize = 1u << 20;
}

FileSink::FileSink(FileHandle& file) : file_(file) {
  buffer_.reserve(bufferSize);
}

void FileSink::write(std::string_view bytes) {
  hash_.update(bytes);
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() > bufferSize) {
    flush();
  }
  if (bytes.size() >= bufferSize) {
    file_.write(bytes);
  } else {
    buffer_.append(bytes);
  }
}

void FileSink::finish() {
  flush();
  file_.sync();
  sha256_ = hash_.hex();
}

void FileSink::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

}  // namespace wsferry::archive
