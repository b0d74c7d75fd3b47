// POSIX: access.
#include "tool/report/result_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/file/file_error.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/transfer/output_folder.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

bool isStandardOutput(const std::string& path) {
  return path.empty() || path == "-";
}

// With the system's reason, where it gave one.
[[noreturn]] void failToWrite(const std::string& what) {
  throwFileError("write", what, errno == 0 ? EIO : errno);
}

// What is written through a link that leads nowhere yet is made there.
std::string throughLink(const std::filesystem::path& path) {
  std::error_code isNoLink;
  const auto target = std::filesystem::read_symlink(path, isNoLink);
  return (isNoLink ? path : path.parent_path() / target).string();
}

// Found later, it would cost the results of a stream that cannot be had again.
void requireWritable(const std::string& path, bool force) {
  std::error_code unknown;
  const auto status = std::filesystem::status(path, unknown);
  if (std::filesystem::is_directory(status)) {
    throw Error(Errc::invalidOption, path +
                                         " is a folder: give the name of a file in it, such as " +
                                         (std::filesystem::path(path) / "results.txt").string());
  }
  if (!std::filesystem::exists(status)) {
    requireWritableFolder(throughLink(path));
    return;
  }
  // What is no regular file, such as a pipe, is written to and not replaced.
  if (!force && std::filesystem::is_regular_file(status)) {
    throw Error(Errc::fileExists, path + " exists; --force replaces it");
  }
  if (::access(path.c_str(), W_OK) != 0) {
    failToWrite(path);
  }
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
  if (file_) {
    requireWritable(path, force);
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

void ResultOutput::lines(std::string_view text) {
  clearPartial();
  open();
  isInLine_ = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\n\t"), text.size());
    terminal_.stream << printable(text.substr(0, end), end) << text.substr(end, 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
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

void ResultOutput::addPart(FailureReport& failure) const {
  if (file_ && file_->is_open()) {
    failure.remedy +=
        (failure.remedy.empty() ? "" : " ") + name_ + " has only the results that came before.";
  }
}

void ResultOutput::open() {
  if (!file_ || file_->is_open()) {
    return;
  }
  errno = 0;
  file_->open(name_, std::ios::binary | std::ios::trunc);
  if (!*file_) {
    failToWrite(name_);
  }
}

void ResultOutput::flush() {
  errno = 0;
  terminal_.stream.flush();
  if (!terminal_.stream) {
    failToWrite("the results to " + name_);
  }
}

}  // namespace wsferry::tool
