#include "tool/report/result_output.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

bool isStandardOutput(const std::string& path) {
  return path.empty() || path == "-";
}

// The end of a text that is too long, as that is where words are added.
std::string lastColumns(const std::string& text, std::size_t columns) {
  constexpr std::string_view mark = "...";
  const std::size_t width = displayWidth(text);
  if (width <= columns || columns <= mark.size()) {
    return std::string(clipped(text, columns));
  }
  const std::size_t skipped = clipped(text, width - (columns - mark.size())).size();
  return std::string(mark) + text.substr(skipped);
}

}  // namespace

ResultOutput::ResultOutput(const std::string& path, bool force)
    : name_(isStandardOutput(path) ? "standard output" : path),
      file_(isStandardOutput(path) ? nullptr : std::make_unique<std::ofstream>()),
      terminal_(file_ ? Terminal{*file_} : standardOutput()),
      isTerminal_(!file_ && standardOutputIsTerminal()) {
  // What is no regular file, such as a pipe, is written to and not replaced.
  if (file_ && !force && std::filesystem::is_regular_file(path)) {
    throw Error(Errc::fileExists, path + " exists; --force replaces it");
  }
}

void ResultOutput::line(std::string_view text) {
  const std::string shown = printable(text, text.size());
  if (shown.empty()) {
    return;
  }
  clearPartial();
  open();
  isInLine_ = false;
  terminal_.stream << shown << '\n';
  flush();
}

void ResultOutput::bytes(std::string_view bytes) {
  if (isTerminal_) {
    line(bytes);
    return;
  }
  if (bytes.empty()) {
    return;
  }
  open();
  terminal_.stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  isInLine_ = bytes.back() != '\n';
  flush();
}

void ResultOutput::partial(std::string_view text) {
  if (terminal_.live) {
    terminal_.stream << "\r\033[K"
                     << lastColumns(printable(text, text.size()), terminal_.columns() - 1)
                     << std::flush;
    hasPartial_ = true;
  }
}

void ResultOutput::clearPartial() {
  if (hasPartial_) {
    terminal_.stream << "\r\033[K" << std::flush;
    hasPartial_ = false;
  }
}

void ResultOutput::complete() {
  open();
}

void ResultOutput::open() {
  if (!file_ || file_->is_open()) {
    return;
  }
  errno = 0;
  file_->open(name_, std::ios::binary | std::ios::trunc);
  if (!*file_) {
    throw Error(Errc::fileFailed, "cannot write " + name_ + ": " +
                                      std::generic_category().message(errno == 0 ? EIO : errno));
  }
}

void ResultOutput::flush() {
  errno = 0;
  terminal_.stream.flush();
  if (!terminal_.stream) {
    throw Error(Errc::fileFailed, "cannot write the results to " + name_ + ": " +
                                      std::generic_category().message(errno == 0 ? EIO : errno));
  }
}

}  // namespace wsferry::tool
