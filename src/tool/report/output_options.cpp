#include "tool/report/output_options.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/sha256.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t longestName = 255;  // Of a file, in most file systems.
constexpr std::size_t longestHost = 100;  // In such a name.

[[noreturn]] void refuseOutput(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
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

// A folder that is not there yet, more likely than a file that no program knows by its name.
void refuseBareName(const std::string& path, const archive::ArchiveFormat& format) {
  const std::string name = std::filesystem::path(path).filename().string();
  std::error_code unknown;
  if (!name.empty() && name != "-" && name.find('.') == std::string::npos &&
      !std::filesystem::is_directory(path, unknown)) {
    refuseOutput(
        path + " is not an existing folder, and the name of an archive needs an extension: " +
        "call it " + path + format.extension() + ", or create the folder and give " + path + "/");
  }
}

// What everybody who sees the name expects, and the archive is not. An ending that only
// `strapi import` does not know gets a warning.
void refuseContradiction(const std::string& path, const archive::ArchiveFormat& format) {
  const std::string_view unencrypted = withoutEnding(path, ".enc");
  const bool namesGzip = endsWith(unencrypted, ".gz") || endsWith(unencrypted, ".tgz");
  if (namesOtherFormat(path) || (namesGzip && !format.compressed)) {
    refuseOutput(path + " does not fit the format " + format.extension() + ": call it " +
                 fittingName(path, format));
  }
}

archive::ArchiveFormat resolveFormat(const OutputOptions& options) {
  archive::ArchiveFormat format;
  if (options.format == "dir") {
    if (endsWith(options.path, ".tar") || endsWith(options.path, ".gz") ||
        endsWith(options.path, ".tgz") || namesOtherFormat(options.path)) {
      refuseOutput("--format dir makes a folder, but the name is a file's: end it with /");
    }
    if (options.encrypt) {
      refuseOutput("--encrypt needs --format tar: a directory is not encrypted");
    }
    if (options.path == "-") {
      refuseOutput("-o - needs --format tar: a directory cannot go to standard output");
    }
    format.container = archive::Container::directory;
    format.compressed = false;
  } else {
    format.compressed = !options.noCompress && !namesPlainTar(options.path);
    format.encrypted = options.encrypt;
  }
  if (endsWith(options.path, ".enc") && !format.encrypted) {
    refuseOutput(
        "a name ending in .enc means an encrypted archive, but everybody could read this one: give "
        "--encrypt and a key, or another name");
  }
  if (format.container == archive::Container::tar) {
    refuseContradiction(options.path, format);
    refuseBareName(options.path, format);
  }
  return format;
}

// Behind one host several servers may have paths of their own: /blog of /blog/admin.
std::string pathBeforePanel(const Url& url) {
  const std::string path = url.target.substr(0, url.target.find_first_of("?#"));
  const std::size_t end = path.find_last_not_of('/');
  return end == std::string::npos ? std::string() : path.substr(0, path.rfind('/', end));
}

// Whether the host of another server may be what this one's divider makes of it: cms-1337 of
// cms:1337, cms-blog of cms/blog.
bool mayBeOther(const Url& url) {
  const bool hasPort = url.port != (url.secure ? 443 : 80);
  if (url.host.find(':') != std::string::npos) {
    return !hasPort;
  }
  if (url.host.find('.') != std::string::npos) {
    return false;  // No domain has the end that this would make.
  }
  const std::size_t number = url.host.find_last_not_of("0123456789") + 1;
  const bool endsAsPort = number > 0 && number < url.host.size() && url.host[number - 1] == '-';
  return !pathBeforePanel(url).empty() || (endsAsPort && !hasPort);
}

}  // namespace

archive::ArchiveDestinationOptions resolveOutput(const OutputOptions& options,
                                                 const std::string& keyPrefix) {
  archive::ArchiveDestinationOptions destination;
  destination.format = resolveFormat(options);
  const bool keyGiven = !options.key.empty() || !options.keyFile.empty();
  if (keyGiven && !options.encrypt) {
    refuseOutput("a key is given without --encrypt: everybody could read the archive");
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
  destination.path = destination.format.container == archive::Container::tar
                         ? asFolderToFill(options.path)
                         : options.path;
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

std::string incompleteName(std::string_view path) {
  std::string_view stem = path;
  for (const std::string_view ending : {".enc", ".gz", ".tgz", ".tar"}) {
    stem = withoutEnding(stem, ending);
  }
  constexpr std::string_view mark = ".incomplete";
  const std::string_view ending = path.substr(stem.size());
  const std::size_t most = stem.rfind('/') + 1 + longestName - mark.size() - ending.size();
  if (stem.size() > most) {
    stem = stem.substr(0, most);
    while (isUtf8Continuation(path[stem.size()])) {
      stem.remove_suffix(1);
    }
  }
  return std::string(stem).append(mark).append(ending);
}

std::string asFolderToFill(std::string path) {
  std::error_code unknown;
  if (!path.empty() && path.back() != '/' && std::filesystem::is_directory(path, unknown)) {
    path += '/';
  }
  return path;
}

bool namesPlainArchive(std::string_view path) {
  return endsWith(path, ".tar") || endsWith(path, ".tar.gz") || endsWith(path, "/");
}

NameTemplate nameTemplateOf(const archive::ArchiveDestinationOptions& destination) {
  const std::string byDefault = "export_{host}_{date}{time}" + destination.format.extension();
  const bool isFolderToFill =
      endsWith(destination.path, "/") && destination.format.container == archive::Container::tar;
  return NameTemplate(destination.path.empty() || isFolderToFill ? destination.path + byDefault
                                                                 : destination.path);
}

bool areOnePath(const std::string& one, const std::string& other) {
  namespace fs = std::filesystem;
  std::error_code ignored;  // What does not exist is told apart by its name.
  const auto named = [&ignored](const std::string& path) {
    const fs::path absolute = fs::absolute(path + "/", ignored);
    return (absolute.empty() ? fs::path(path + "/") : absolute).lexically_normal();
  };
  return fs::equivalent(one, other, ignored) || named(one) == named(other);
}

std::string hostInName(const Url& url) {
  const std::string place = url.authority() + pathBeforePanel(url);
  std::string name;
  bool isAlone = std::count(place.begin(), place.end(), '/') < 2 && !mayBeOther(url);
  for (const char c : asciiLowerCase(place)) {
    if (c == '[' || c == ']') {
      continue;
    }
    // Some file systems and tar take colons amiss.
    const bool isDivider = c == ':' || c == '/';
    const bool isPlain =
        isDivider || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    isAlone = isAlone && isPlain;
    name += isPlain && !isDivider ? c : '-';
  }
  isAlone = isAlone && place == asciiLowerCase(place) && name.size() <= longestHost;
  if (isAlone) {
    return name;
  }
  // Another server may have the same letters, and retention would take its archives for this one's.
  Sha256 sum;
  sum.update(place);
  const std::string mark = "-" + sum.hex().substr(0, 8);
  return name.substr(0, longestHost - mark.size()) + mark;
}

std::tm utcTime() {
  const std::time_t now = std::time(nullptr);
  std::tm result{};
  gmtime_r(&now, &result);
  return result;
}

void addOutputOptions(CLI::App& command, OutputOptions& options, const std::string& keyPrefix) {
  command.add_flag("--force", options.force, "Replace an existing file");
  const std::string archive = "Archive";
  addChoiceOption(command, "--format", options.format, {"tar", "dir"},
                  "A file, or a folder with the same tree (default: tar)")
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
