#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/completeness_options.hpp"
#include "tool/options/connection_options.hpp"
#include "tool/options/files_options.hpp"
#include "tool/options/selection_options.hpp"
#include "tool/recovery/retry_options.hpp"
#include "tool/report/reporting_options.hpp"
#include "tool/series/name_template.hpp"
#include "tool/transfer/server_source.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/strapi/remote_destination.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// What guards a destination, as typed.
struct SafetyOptions {
  bool dryRun = false;
  bool force = false;
  bool allowEmpty = false;
  bool allowSharedStorage = false;
  bool forceSame = false;       ///< Of a copy.
  bool forceProtected = false;  ///< The destination may be a protected one.
  std::string backup;
  std::vector<std::string> ignoredSchemas;
  std::string versionStrategy = "exact";
  std::string schemaStrategy = "strict";
  unsigned window = strapi::BatchWindow().batches;
  Duration throttle{0};
};

/// The command line of `wsferry push`, as typed.
struct PushOptions {
  std::string archive;
  std::string key;
  std::string keyFile;
  ServerOptions to;
  SafetyOptions safety;
  SelectionOptions selection;
  CompletenessOptions completeness;
  ConnectionOptions connection;
  RetryOptions retry;
  FilesOptions files;  ///< Of the backup.
  ReportingOptions reporting;
};

/// The command line of `wsferry copy`, as typed.
struct CopyOptions {
  ServerOptions from;
  ServerOptions to;
  SafetyOptions safety;
  SelectionOptions selection;
  CompletenessOptions completeness;
  ConnectionOptions connection;
  RetryOptions retry;
  FilesOptions files;  ///< Of the source, and of the backup.
  ReportingOptions reporting;
};

void addPushOptions(CLI::App& command, PushOptions& options);
void addCopyOptions(CLI::App& command, CopyOptions& options);

/// What replaces a server's content, checked.
struct PushRequest {
  /// Gives a source to read from the beginning, and reports the server's messages if it is one. Of
  /// an archive ServerSource has only the source.
  using OpenSource =
      std::function<ServerSource(std::function<void(const strapi::Diagnostic&)> onDiagnostic)>;

  TransferEnds ends;
  OpenSource openSource;
  std::shared_ptr<archive::ArchiveSource> archive;  ///< The source, if it is one.
  std::optional<Server> from;                       ///< The source, if it is one.
  bool archiveKeyGiven = false;
  std::vector<std::string> unusedOptions;  ///< See Server.
  Server destination;
  std::string destinationName;  ///< Its profile, if that was typed; else its URL.
  std::string configFile;       ///< Where profiles are, if that was typed.
  std::string protectedBy;      ///< The profile that protects it, if one does.
  strapi::TransferEngineOptions
      engine;  ///< Its demands on completeness are those of a backup, too.
  strapi::BatchWindow window;
  std::optional<archive::ArchiveDestinationOptions> backup;
  std::optional<NameTemplate> backupSeries;  ///< What its name is one of.
  FilesOptions backupFiles;
  bool dryRun = false;
  bool force = false;
  bool allowEmpty = false;          ///< Empty stages of an archive may replace what the server has.
  bool allowSharedStorage = false;  ///< The destination may delete files that are the source's.
  bool forceSame = false;           ///< Source and destination may be one server.
  bool mayAsk = true;               ///< Not where programs read the output.
  bool quiet = false;
  RetryOptions retry;
};

/// @throws Error: invalidOption, invalidUrl, keyRequired, fileExists.
PushRequest resolvePush(const PushOptions& options, const Environment& environment);
PushRequest resolveCopy(const CopyOptions& options, const Environment& environment);

}  // namespace wsferry::tool
