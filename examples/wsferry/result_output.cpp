#include "result_output.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "printable_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

ResultOutput::ResultOutput(const std::string& path, bool force)
    : name_(path.empty() ? "standard output" : path),
      terminal_(path.empty() ? standardOutput() : Terminal{file_}),
      isTerminal_(path.empty() && standardOutputIsTerminal()) {
  if (path.empty()) {
    return;
  }
  if (!force && std::filesystem::exists(path)) {
    throw Error(Errc::fileExists, path + " exists; --force replaces it");
  }
  file_.open(path, std::ios::binary | std::ios::trunc);
  if (!file_) {
    throw Error(Errc::fileFailed,
                "cannot write " + path + ": " + std::generic_category().message(errno));
  }
}

void ResultOutput::line(std::string_view text) {
  clearPartial();
  if (isTerminal_) {
    terminal_.stream << printable(text) << '\n';
  } else {
    terminal_.stream << text << '\n';
  }
  flush();
}

void ResultOutput::bytes(std::string_view bytes) {
  if (isTerminal_) {
    line(bytes);
    return;
  }
  terminal_.stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  flush();
}

void ResultOutput::partial(std::string_view text) {
  if (terminal_.live) {
    const std::string shown = printable(text);
    terminal_.stream << "\r\033[K" << clipped(shown, terminal_.columns - 1) << std::flush;
    hasPartial_ = true;
  }
}

void ResultOutput::clearPartial() {
  if (hasPartial_) {
    terminal_.stream << "\r\033[K" << std::flush;
    hasPartial_ = false;
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
