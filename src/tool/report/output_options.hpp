#pragma once

#include <CLI/CLI.hpp>
#include <ctime>
#include <string>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

/// The archive to make, as typed.
struct OutputOptions {
  std::string path;
  std::string format;  ///< tar or dir; empty goes by the path.
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

/// Whether a name is that of an archive or folder that is not encrypted: .tar, .tar.gz, /.
bool namesPlainArchive(std::string_view path);

/// `export_HOST_YYYYMMDDHHMMSS` with the format's extension; HOST has the port, if it is not the
/// usual one. Two servers that are pulled from in one second have different names.
std::string defaultArchiveName(const Url& url, const std::tm& now,
                               const archive::ArchiveFormat& format);

std::tm localTime();

}  // namespace wsferry::tool
