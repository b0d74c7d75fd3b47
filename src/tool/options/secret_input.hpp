#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace wsferry::tool {

/// The one line of a file that is not empty, without white space at its ends and without a byte
/// order mark: a token or key. `-` is standard input, read to its end, or on a terminal one line.
/// `what` names the secret in messages, "token", and `option` what the file was given to.
/// @throws Error with Errc::invalidOption if it cannot be read, is empty, has several such lines or
/// more than 64 KB. A name of no file is not repeated, as it may be the secret, unless it begins as
/// a path and is given to --token-file or the like, as Strapi's tokens do not.
std::string readSecretFile(const std::string& path, const std::string& what,
                           const std::string& option);

/// A key for an archive: the option's value, or what the file given to `option` holds; empty when
/// neither is given. One that looks like more than a key is told of on standard error, as it may be
/// meant. @throws Error as readSecretFile() does.
std::string archiveKey(const std::string& key, const std::string& keyFile,
                       const std::string& option = "--key-file");

/// The two of them, of which one excludes the other.
struct KeyOptions {
  CLI::Option* key;
  CLI::Option* keyFile;
};

/// --key and --key-file of a command that reads an archive.
KeyOptions addKeyOptions(CLI::App& command, std::string& key, std::string& keyFile);

/// What to say of a key that is given for an archive that is not encrypted; empty where there is
/// nothing to say.
std::string unusedKeyNote(const std::string& archive, bool keyGiven, bool isEncrypted);

/// Says it on standard error.
void noteUnusedKey(const std::string& archive, bool keyGiven, bool isEncrypted);

}  // namespace wsferry::tool
