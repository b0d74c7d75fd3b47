#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "tool/commands/command_table.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/push_options.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/archive/archive_inspection.hpp"

namespace wsferry::tool {

// A command's options, how they are declared, and what runs it: rows of commandTable(). Each run
// returns the exit code of what was done, and throws what keeps it from that; see CommandRun.

/// Pulls a Strapi's content into an archive.
ExitCode runPull(const PullOptions& options, CommandRun& run);

/// Replace a server's content by that of an archive or of another server.
ExitCode runPush(const PushOptions& options, CommandRun& run);
ExitCode runCopy(const CopyOptions& options, CommandRun& run);

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

/// Makes an archive of another archive.
ExitCode runConvert(const ConvertOptions& options, CommandRun& run);

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

/// Compares two contents: done if they are equal, ExitCode::different if not.
ExitCode runDiff(const DiffOptions& options, CommandRun& run);

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

/// Shows what is in an archive.
ExitCode runInspect(const ArchiveOptions& options, CommandRun& run);

/// Reads an archive to its end and checks its rules: done, or data if there are problems.
ExitCode runVerify(const ArchiveOptions& options, CommandRun& run);

/// The command line of `wsferry generate-key`.
struct GenerateKeyOptions {
  std::string file;
};

void addGenerateKeyOptions(CLI::App& command, GenerateKeyOptions& options);

/// Writes a new key for archives into a new file.
ExitCode runGenerateKey(const GenerateKeyOptions& options, CommandRun& run);

/// Streams audio to a gateway and shows its results. How a stream ends is a result, also where it
/// fails.
ExitCode runStream(const StreamArguments& options, CommandRun& run);

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
/// gateway, until a signal comes.
ExitCode runServe(const ServeOptions& options, CommandRun& run);

/// The command line of `wsferry help`.
struct HelpOptions {
  const CLI::App* app = nullptr;  ///< All commands.
  std::string topic;              ///< The command that help is asked for; empty: for all.
};

void addHelpOptions(CLI::App& command, HelpOptions& options);

/// Shows it.
ExitCode runHelp(const HelpOptions& options, CommandRun& run);

}  // namespace wsferry::tool
