#pragma once

#include <CLI/CLI.hpp>
#include <ctime>
#include <optional>
#include <string>

#include "tool/options/completeness_options.hpp"
#include "tool/options/connection_options.hpp"
#include "tool/options/files_options.hpp"
#include "tool/options/selection_options.hpp"
#include "tool/recovery/retry_options.hpp"
#include "tool/report/output_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/series/name_template.hpp"
#include "tool/series/retention_options.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

/// The command line of `wsferry pull`, as typed.
struct PullOptions {
  ServerOptions server;
  ConnectionOptions connection;
  OutputOptions output;
  SelectionOptions selection;
  CompletenessOptions completeness;
  FilesOptions files;
  RetryOptions retry;
  RetentionOptions retention;
  ReportingOptions reporting;
};

/// Declares the options on the command's parser.
void addPullOptions(CLI::App& command, PullOptions& options);

/// What a pull is made of, checked.
struct PullRequest {
  std::string adminUrl;
  strapi::RemoteSourceOptions source;
  archive::ArchiveDestinationOptions destination;
  std::optional<NameTemplate> series;  ///< What its name is one of; nothing for standard output.
  strapi::TransferFilter filter;
  std::vector<std::string> unusedOptions;  ///< See Server.
  CompletenessOptions completeness;
  FilesOptions files;
  RetryOptions retry;
  RetentionOptions retention;
};

/// Turns options into what they mean: reads the key, and names the archive after `now` (UTC).
/// @throws Error: invalidOption, keyRequired, invalidUrl.
PullRequest resolvePullWithoutToken(const PullOptions& options, const Environment& environment,
                                    const std::tm& now);

/// The same with the token, where a server is asked. @throws Error as that does.
PullRequest resolvePull(const PullOptions& options, const Environment& environment,
                        const std::tm& now);

/// The options of a source that is a server.
strapi::RemoteSourceOptions sourceOptions(const Server& server);

}  // namespace wsferry::tool
