// POSIX: a file that is made anew, and that only its owner can read.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <string_view>

#include "core/file/file_error.hpp"
#include "tool/commands/commands.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::tool {

namespace {

[[noreturn]] void failKey(const std::string& path, int error) {
  if (error == EEXIST) {
    throw Error(Errc::fileExists,
                path + " exists, and may be the only key to some archives: choose another name");
  }
  throwFileError("write", path, error);
}

// 244 random bits in letters that every shell and editor leaves alone.
std::string randomKey() {
  return Uuid::random().toString() + "-" + Uuid::random().toString();
}

bool writeAll(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP;
}

}  // namespace

void addGenerateKeyOptions(CLI::App& command, GenerateKeyOptions& options) {
  command.add_option("file", options.file, "File to make")->type_name("FILE")->required();
  command.footer(
      "The key is for --encrypt: pass the file with --key-file, or to convert with "
      "--output-key-file. Only its owner can read it, and an existing file is never replaced.\n"
      "\n"
      "Examples:\n"
      "  wsferry generate-key key.txt\n"
      "  wsferry pull https://example.org/admin --encrypt --key-file key.txt");
}

ExitCode runGenerateKey(const GenerateKeyOptions& options, CommandRun& /*run*/) {
  if (options.file == "-") {
    throw Error(Errc::invalidOption,
                "generate-key makes a file that only its owner can read, and never shows the key: "
                "give a file name instead of -");
  }
  const int file =
      open(options.file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    failKey(options.file, errno);
  }
  const bool isWritten = writeAll(file, randomKey() + "\n");
  const int error = errno;
  if (close(file) != 0 || !isWritten) {
    const int cause = isWritten ? errno : error;
    unlink(options.file.c_str());
    failKey(options.file, cause);
  }
  std::cout
      << "key:      " << printable(options.file)
      << "\n"
         "Without it nobody can read what it encrypts: keep a copy, but not beside the archives.\n";
  return ExitCode::done;
}

}  // namespace wsferry::tool
