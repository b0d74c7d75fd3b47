#include "tool/options/secret_input.hpp"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <istream>
#include <string_view>
#include <system_error>

#include "tool/options/pasted_text.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// Empty lines before it are none; nor is a byte order mark, which some editors write.
std::string firstLine(std::istream& stream) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  constexpr const char* blanks = " \t\r\n";
  std::string line;
  while (std::getline(stream, line)) {
    if (line.compare(0, mark.size(), mark) == 0) {
      line.erase(0, mark.size());
    }
    if (const auto first = line.find_first_not_of(blanks); first != std::string::npos) {
      return line.substr(first, line.find_last_not_of(blanks) - first + 1);
    }
  }
  return {};
}

}  // namespace

std::string readSecretFile(const std::string& path, const std::string& what) {
  const bool standardInput = path == "-";
  const std::string place = standardInput ? "standard input" : path;
  std::string line;
  errno = 0;
  if (standardInput) {
    line = firstLine(std::cin);
  } else {
    std::ifstream file(path);
    line = firstLine(file);
    if (!file.is_open() || file.bad()) {
      throw Error(Errc::invalidOption, "cannot read the " + what + " from " + place + ": " +
                                           std::generic_category().message(errno));
    }
  }
  if (line.empty()) {
    throw Error(Errc::invalidOption, "no " + what + " in " + place);
  }
  return line;
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

std::string archiveKey(const std::string& key, const std::string& keyFile) {
  std::string result = keyFile.empty() ? key : readSecretFile(keyFile, "key");
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

}  // namespace wsferry::tool
