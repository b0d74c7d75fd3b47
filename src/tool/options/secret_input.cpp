#include "tool/options/secret_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iostream>
#include <string_view>
#include <system_error>
#include <vector>

#include "tool/options/pasted_text.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t largestSecretFile = std::size_t{64} << 10;

[[noreturn]] void refuseSecret(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

struct Descriptor {
  ~Descriptor() { ::close(number); }
  const int number;
};

// The lines that are not empty, without white space around them. A byte order mark, which some
// editors write, is none of the text.
std::vector<std::string_view> linesOf(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  constexpr const char* blanks = " \t\r\n";
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    if (line.substr(0, mark.size()) == mark) {
      line.remove_prefix(mark.size());
    }
    if (const auto first = line.find_first_not_of(blanks); first != std::string_view::npos) {
      lines.push_back(line.substr(first, line.find_last_not_of(blanks) - first + 1));
    }
  }
  return lines;
}

// To the end, or one byte more than a file may have; what is typed, to the end of its line.
std::string readText(int descriptor) {
  std::string text;
  while (text.size() <= largestSecretFile) {
    char buffer[4096];
    const auto size = ::read(descriptor, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      throw std::system_error(errno, std::generic_category());
    }
    text.append(buffer, static_cast<std::size_t>(size));
    if (size == 0 || (::isatty(descriptor) != 0 && !linesOf(text).empty())) {
      break;
    }
  }
  return text;
}

std::string readTextFrom(const std::string& path) {
  if (path == "-") {
    return readText(STDIN_FILENO);
  }
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  if (file.number < 0) {
    throw std::system_error(errno, std::generic_category());
  }
  return readText(file.number);
}

bool exists(const std::string& path) {
  struct stat information {};
  return ::lstat(path.c_str(), &information) == 0;
}

}  // namespace

std::string readSecretFile(const std::string& path, const std::string& what,
                           const std::string& option) {
  const std::string place = path == "-" ? "standard input" : path;
  std::string text;
  if (path == "-") {
    claimStandardInput("the " + what + " of " + option);
  }
  try {
    text = readTextFrom(path);
  } catch (const std::system_error& error) {
    const std::string reason = error.code().message();
    // A name of nothing may be the secret, given where its file belongs. Strapi's tokens do not
    // begin as paths do.
    const bool isPath = startsWith(path, "/") || startsWith(path, "./") || startsWith(path, "../");
    const bool isName = path == "-" || exists(path) || (isPath && endsWith(option, "token-file"));
    refuseSecret(isName ? "cannot read the " + what + " from " + place + ", given to " + option +
                              ": " + reason
                        : "cannot read the file given to " + option + ": " + reason +
                              "; is that the " + what + " itself?");
  }
  if (text.size() > largestSecretFile) {
    refuseSecret(place + ", given to " + option + ", has more than 64 KB: that is no " + what);
  }
  const auto lines = linesOf(text);
  if (lines.empty()) {
    refuseSecret("no " + what + " in " + place + ", given to " + option);
  }
  if (lines.size() > 1) {
    refuseSecret(place + ", given to " + option + ", has more than one line: it must contain the " +
                 what + " alone");
  }
  return std::string(lines.front());
}

KeyOptions addKeyOptions(CLI::App& command, std::string& key, std::string& keyFile) {
  KeyOptions options{};
  options.key =
      command.add_option("-k,--key", key, "Key of an encrypted archive")->type_name("KEY");
  options.keyFile =
      command.add_option("--key-file", keyFile, "File with the key; - is standard input")
          ->type_name("FILE")
          ->excludes(options.key);
  return options;
}

std::string archiveKey(const std::string& key, const std::string& keyFile,
                       const std::string& option) {
  std::string result = keyFile.empty() ? key : readSecretFile(keyFile, "key", option);
  if (const std::string oddity = oddityOfKey(result); !oddity.empty()) {
    std::cerr << "wsferry: note: the key " << (keyFile.empty() ? "" : "in " + keyFile + " ")
              << oddity << '\n';
  }
  return result;
}

std::string unusedKeyNote(const std::string& archive, bool keyGiven, bool isEncrypted) {
  return keyGiven && !isEncrypted ? archive + " is not encrypted: its key was not needed"
                                  : std::string();
}

void noteUnusedKey(const std::string& archive, bool keyGiven, bool isEncrypted) {
  if (const std::string note = unusedKeyNote(archive, keyGiven, isEncrypted); !note.empty()) {
    printNote(note);
  }
}

}  // namespace wsferry::tool
