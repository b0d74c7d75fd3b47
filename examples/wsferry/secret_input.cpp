#include "secret_input.hpp"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

std::string readSecretFile(const std::string& path, const std::string& what) {
  const bool standardInput = path == "-";
  const std::string place = standardInput ? "standard input" : path;
  std::string line;
  errno = 0;
  if (standardInput) {
    std::getline(std::cin, line);
  } else {
    std::ifstream file(path);
    std::getline(file, line);
    if (!file.is_open() || file.bad()) {
      throw Error(Errc::invalidOption, "cannot read the " + what + " from " + place + ": " +
                                           std::generic_category().message(errno));
    }
  }
  line = trimmed(line);
  if (line.empty()) {
    throw Error(Errc::invalidOption, "no " + what + " in the first line of " + place);
  }
  return line;
}

std::string archiveKey(const std::string& key, const std::string& keyFile) {
  return keyFile.empty() ? key : readSecretFile(keyFile, "key");
}

std::string unusedKeyNote(const std::string& archive, bool keyGiven, bool isEncrypted) {
  return keyGiven && !isEncrypted ? archive + " is not encrypted: its key was not needed"
                                  : std::string();
}

}  // namespace wsferry::tool
