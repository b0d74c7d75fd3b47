#pragma once

#include <CLI/CLI.hpp>
#include <ctime>
#include <string>

#include "tool/series/name_template.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

/// The archive to make, as typed.
struct OutputOptions {
  std::string path;
  std::string format;  ///< tar, dir, or empty for tar.
  bool noCompress = false;
  bool encrypt = false;
  std::string key;
  std::string keyFile;
  bool force = false;
};

/// Declares everything but the path. `keyPrefix` stands before `key` and `key-file`, for a command
/// that reads an archive too.
void addOutputOptions(CLI::App& command, OutputOptions& options, const std::string& keyPrefix = "");

/// `keyPrefix` as above. @throws Error: invalidOption, keyRequired.
archive::ArchiveDestinationOptions resolveOutput(const OutputOptions& options,
                                                 const std::string& keyPrefix = "");

/// The format that a name asks for: a folder for one that ends in `/`, no compression for `.tar`
/// and `.tar.enc`, encryption for `.enc`.
archive::ArchiveFormat formatOfName(std::string_view path);

/// The name under which `strapi import`, which goes by the ending, takes an archive of this format:
/// `x.tar.gz.enc` for an encrypted `x.tar.gz`.
std::string fittingName(std::string_view path, const archive::ArchiveFormat& format);

/// The name beside it of one that lacks something and is not to replace it:
/// `x.incomplete.tar.gz`.
std::string incompleteName(std::string_view path);

/// The path of a file to make; where it names an existing folder, with a slash at its end, as the
/// file goes into it.
std::string asFolderToFill(std::string path);

/// Whether a name is that of an archive or folder that is not encrypted: .tar, .tar.gz, /.
bool namesPlainArchive(std::string_view path);

/// What the paths of archives are made of: the path of a destination or, where that is empty or
/// names a folder that a file goes into, `export_{host}_{date}{time}` with the format's extension.
/// Two servers that are pulled from in one second have different names. @throws Error as
/// NameTemplate does.
NameTemplate nameTemplateOf(const archive::ArchiveDestinationOptions& destination);

/// Whether two paths are of one file or folder, which need not be there.
bool areOnePath(const std::string& one, const std::string& other);

/// A server as {host} of a name has it: with the port, if it is not the usual one, and a path
/// before that of its panel. Where that does not stand there as it is, it ends in a checksum: two
/// servers have two names. The path's last part is taken for the panel's.
std::string hostInName(const Url& url);

std::tm utcTime();

}  // namespace wsferry::tool
