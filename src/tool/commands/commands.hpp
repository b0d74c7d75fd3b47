#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "tool/commands/interruption.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/push_options.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace wsferry::tool {

/// Pulls a Strapi's content into an archive. Reports its own failures.
ExitCode runPull(const PullOptions& options, Interruption& interruption);

/// Replace a server's content by that of an archive or of another server. Report their own
/// failures.
ExitCode runPush(const PushOptions& options, Interruption& interruption);
ExitCode runCopy(const CopyOptions& options, Interruption& interruption);

/// The command line of `wsferry convert`.
struct ConvertOptions {
  std::string archive;
  std::string key;
  std::string keyFile;
  OutputOptions output;
  SelectionOptions selection;
  bool allowMissingFiles = false;
  ReportingOptions reporting;
};

void addConvertOptions(CLI::App& command, ConvertOptions& options);

/// Makes an archive of another archive. Reports its own failures.
ExitCode runConvert(const ConvertOptions& options, Interruption& interruption);

/// The command line of `wsferry diff`.
struct DiffOptions {
  std::string first;
  std::string second;
  std::string key;
  std::string keyFile;
  std::string secondKey;
  std::string secondKeyFile;
  ServerOptions server;  ///< For a side that is a URL.
  SelectionOptions selection;
  ConnectionOptions connection;
  bool json = false;
};

void addDiffOptions(CLI::App& command, DiffOptions& options);

/// Compares two contents: done if they are equal, ExitCode::different if not. @throws Error
ExitCode runDiff(const DiffOptions& options, Interruption& interruption);

/// The command line of `wsferry inspect` and `wsferry verify`.
struct ArchiveOptions {
  std::string archive;
  std::string key;
  std::string keyFile;
  bool json = false;
  bool allowMissingFiles = false;  ///< Of verify only.
};

/// What both commands take.
void addArchiveOptions(CLI::App& command, ArchiveOptions& options);
void addInspectOptions(CLI::App& command, ArchiveOptions& options);
void addVerifyOptions(CLI::App& command, ArchiveOptions& options);

/// Says on standard error if the archive did not need its key.
void noteUnusedKey(const ArchiveOptions& options, const archive::ArchiveSummary& summary);

/// Shows what is in an archive. @throws Error
ExitCode runInspect(const ArchiveOptions& options);

/// Reads an archive to its end and checks its rules: done, or data if there are problems.
/// @throws Error
ExitCode runVerify(const ArchiveOptions& options);

/// The command line of `wsferry generate-key`.
struct GenerateKeyOptions {
  std::string file;
};

void addGenerateKeyOptions(CLI::App& command, GenerateKeyOptions& options);

/// Writes a new key for archives into a new file. @throws Error: fileExists, fileFailed.
ExitCode runGenerateKey(const GenerateKeyOptions& options);

/// Streams audio to a gateway and shows its results. Reports a stream that fails.
/// @throws Error for what ends it before the stream does.
ExitCode runStream(const StreamArguments& options, Interruption& interruption);

/// The command line of `wsferry serve`.
struct ServeOptions {
  std::string archive;
  bool sample = false;
  bool gateway = false;
  std::string key;
  std::string keyFile;
  std::uint16_t port = 0;
  std::string address = "127.0.0.1";
  std::string token;
  std::string accept;  ///< Where a push is stored; empty: nowhere for longer than it is served.
  bool force = false;
};

void addServeOptions(CLI::App& command, ServeOptions& options);

/// Serves an archive, or sample content, to pull from and, if asked for, to push to, or a streaming
/// gateway, until a signal comes. @throws Error
ExitCode runServe(const ServeOptions& options, Interruption& interruption);

}  // namespace wsferry::tool
