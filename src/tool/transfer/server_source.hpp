#pragma once

#include <map>
#include <memory>
#include <string>

#include "tool/options/files_options.hpp"
#include "tool/report/transfer_report.hpp"
#include "wsferry/archive/earlier_archive.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/remote_source.hpp"

namespace wsferry::tool {

/// A server as the source of a transfer.
struct ServerSource {
  std::shared_ptr<strapi::Source> source;         ///< To be read.
  std::shared_ptr<strapi::RemoteSource> socket;   ///< What tells of the connection.
  std::shared_ptr<http::FileSource> filesByHttp;  ///< Null where all come over the socket.
  /// Archives whose files are taken, by their paths.
  std::map<std::string, std::shared_ptr<archive::EarlierArchive>> reused;
};

/// @throws Error: invalidUrl, invalidOption, and fileFailed for an archive to reuse that is gone.
ServerSource openServer(const std::string& adminUrl, const strapi::RemoteSourceOptions& options,
                        const FilesOptions& files);

/// Adds what is known of it after a transfer.
void describeSource(const ServerSource& server, TransferOutcome& outcome);

}  // namespace wsferry::tool
