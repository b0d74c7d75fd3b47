#include "tool/report/output_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t longestHost = 100;  // Of a file name, which may have 255 bytes.

[[noreturn]] void refuseOutput(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

bool endsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

// `strapi import` takes such a file for one that is not compressed.
bool namesPlainTar(std::string_view path) {
  return endsWith(path, ".tar") || endsWith(path, ".tar.enc");
}

std::string_view withoutEnding(std::string_view path, std::string_view ending) {
  return endsWith(path, ending) ? path.substr(0, path.size() - ending.size()) : path;
}

bool namesOtherFormat(std::string_view path) {
  constexpr std::string_view endings[] = {".zip", ".7z",  ".rar", ".xz",
                                          ".txz", ".bz2", ".tbz", ".zst"};
  return std::any_of(std::begin(endings), std::end(endings),
                     [path](std::string_view ending) { return endsWith(path, ending); });
}

// What everybody who sees the name expects, and the archive is not. An ending that only
// `strapi import` does not know gets a warning.
void refuseContradiction(const std::string& path, const archive::ArchiveFormat& format) {
  const std::string_view unencrypted = withoutEnding(path, ".enc");
  const bool namesGzip = endsWith(unencrypted, ".gz") || endsWith(unencrypted, ".tgz");
  if (namesOtherFormat(path) || (namesGzip && !format.compressed)) {
    refuseOutput("the name " + path + " is not that of the archive to make, which is a " +
                 format.extension() + ": call it " + fittingName(path, format));
  }
}

archive::ArchiveFormat resolveFormat(const OutputOptions& options) {
  archive::ArchiveFormat format;
  const bool namesFolder = endsWith(options.path, "/");
  if (options.format == "dir" || (options.format.empty() && namesFolder)) {
    if (endsWith(options.path, ".tar") || endsWith(options.path, ".gz") ||
        endsWith(options.path, ".tgz") || namesOtherFormat(options.path)) {
      refuseOutput("--format dir makes a folder, and the name is a file's: end it with /");
    }
    if (options.encrypt) {
      refuseOutput(
          "--encrypt needs --format tar, and a name without / at its end: a directory is not "
          "encrypted");
    }
    if (options.path == "-") {
      refuseOutput("-o - needs --format tar: a directory cannot go to standard output");
    }
    format.container = archive::Container::directory;
    format.compressed = false;
  } else {
    if (namesFolder) {
      refuseOutput("--format tar makes a file, and a name that ends in / is a folder's");
    }
    format.compressed = !options.noCompress && !namesPlainTar(options.path);
    format.encrypted = options.encrypt;
  }
  if (endsWith(options.path, ".enc") && !format.encrypted) {
    refuseOutput(
        "a name that ends in .enc is that of an encrypted archive, and this one would be "
        "readable by everybody: give --encrypt and a key, or another name");
  }
  if (format.container == archive::Container::tar) {
    refuseContradiction(options.path, format);
  }
  return format;
}

}  // namespace

archive::ArchiveDestinationOptions resolveOutput(const OutputOptions& options,
                                                 const std::string& keyPrefix) {
  archive::ArchiveDestinationOptions destination;
  destination.format = resolveFormat(options);
  const bool keyGiven = !options.key.empty() || !options.keyFile.empty();
  if (keyGiven && !options.encrypt) {
    refuseOutput("a key is given without --encrypt: the archive would be readable by everybody");
  }
  if (options.encrypt) {
    if (!keyGiven) {
      throw Error(archive::ArchiveErrc::keyRequired, "--encrypt needs a key: give it with --" +
                                                         keyPrefix + "key-file or --" + keyPrefix +
                                                         "key")
          .ofOption("--" + keyPrefix + "key-file");
    }
    destination.key = archiveKey(options.key, options.keyFile, "--" + keyPrefix + "key-file");
  }
  destination.overwrite = options.force;
  destination.path = options.path;
  return destination;
}

archive::ArchiveFormat formatOfName(std::string_view path) {
  archive::ArchiveFormat format;
  if (endsWith(path, "/")) {
    format.container = archive::Container::directory;
    format.compressed = false;
  } else {
    format.compressed = !namesPlainTar(path);
    format.encrypted = endsWith(path, ".enc");
  }
  return format;
}

std::string fittingName(std::string_view path, const archive::ArchiveFormat& format) {
  for (const std::string_view ending : {".enc", ".gz", ".tgz", ".zip", ".7z", ".rar", ".xz", ".txz",
                                        ".bz2", ".tbz", ".zst", ".tar"}) {
    path = withoutEnding(path, ending);
  }
  return std::string(path) + format.extension();
}

bool namesPlainArchive(std::string_view path) {
  return endsWith(path, ".tar") || endsWith(path, ".tar.gz") || endsWith(path, "/");
}

std::string defaultArchiveName(const Url& url, const std::tm& now,
                               const archive::ArchiveFormat& format) {
  std::string host = url.authority();
  // The brackets of an IPv6 address, and colons, which some file systems and tar take amiss.
  host.erase(std::remove_if(host.begin(), host.end(), [](char c) { return c == '[' || c == ']'; }),
             host.end());
  const auto isPlain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  std::transform(host.begin(), host.end(), host.begin(),
                 [&](char c) { return isPlain(c) ? c : '-'; });
  std::array<char, 32> time{};
  std::strftime(time.data(), time.size(), "%Y%m%d%H%M%S", &now);
  return "export_" + host.substr(0, longestHost) + "_" + time.data() + format.extension();
}

std::tm localTime() {
  const std::time_t now = std::time(nullptr);
  std::tm result{};
  localtime_r(&now, &result);
  return result;
}

void addOutputOptions(CLI::App& command, OutputOptions& options, const std::string& keyPrefix) {
  command.add_flag("--force", options.force, "Replace an existing file");
  const std::string archive = "Archive";
  addChoiceOption(command, "--format", options.format, {"tar", "dir"},
                  "A file or a folder (default: tar, and dir for a name that ends in /)")
      ->group(archive);
  command
      .add_flag("--no-compress", options.noCompress,
                "Do not compress, as for a name that ends in .tar or .tar.enc")
      ->group(archive);
  command.add_flag("--encrypt", options.encrypt, "Encrypt; needs a key")->group(archive);
  auto* key =
      command.add_option((keyPrefix.empty() ? "-k,--" : "--" + keyPrefix) + "key", options.key,
                         "Key for --encrypt; other users of this machine can see it");
  key->type_name("KEY")->group(archive);
  command
      .add_option("--" + keyPrefix + "key-file", options.keyFile,
                  "File with the key; - is standard input")
      ->type_name("FILE")
      ->excludes(key)
      ->group(archive);
}

}  // namespace wsferry::tool
