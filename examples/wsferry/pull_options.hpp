#pragma once

#include <CLI/CLI.hpp>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// The command line of `wsferry pull`, as typed. Times are in seconds.
struct PullOptions {
  std::string url;
  std::string output;
  std::string token;
  std::string tokenFile;
  std::string format = "tar";
  bool noCompress = false;
  bool encrypt = false;
  std::string key;
  std::string keyFile;
  std::vector<std::string> only;
  std::vector<std::string> exclude;
  std::vector<std::string> onlyContentTypes;
  std::vector<std::string> excludeContentTypes;
  bool noChecksums = false;
  double retryTimeout = 30;
  unsigned maxRetries = 5;
  double pingInterval = 20;
  double maxWait = 3600;
  double connectTimeout = 15;
  std::vector<std::string> headers;
  std::string caFile;
  std::string clientCertificate;
  std::string clientKey;
  bool insecure = false;
  std::string proxy;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool force = false;
};

/// Declares the options on the command's parser.
void addPullOptions(CLI::App& command, PullOptions& options);

/// What a pull is made of, checked.
struct PullRequest {
  std::string adminUrl;
  strapi::RemoteSourceOptions source;
  archive::ArchiveDestinationOptions destination;
  strapi::TransferFilter filter;
};

/// Gives a variable of the environment, or an empty text.
using Environment = std::function<std::string(const char* name)>;

/// Turns options into what they mean: reads token and key, names the archive after `now` (local
/// time) where no name is given. @throws Error: invalidOption, keyRequired, invalidUrl.
PullRequest resolvePull(const PullOptions& options, const Environment& environment,
                        const std::tm& now);

/// `export_YYYYMMDDHHMMSS` with the format's extension.
std::string defaultArchiveName(const std::tm& now, const archive::ArchiveFormat& format);

}  // namespace wsferry::tool
