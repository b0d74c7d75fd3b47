#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tool/commands/command_table.hpp"
#include "tool/doctor/doctor_options.hpp"
#include "tool/options/files_options.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/push_options.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/results/results_arguments.hpp"
#include "tool/series/retention_options.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "tool/upload/upload_arguments.hpp"
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
  ServerOptions server;        ///< For a side that is a URL.
  ServerOptions firstServer;   ///< The same, with what a profile gives.
  ServerOptions secondServer;  ///< Of the other side.
  SelectionOptions selection;
  ConnectionOptions connection;
  FilesOptions files;
  bool json = false;
  bool quiet = false;
};

void addDiffOptions(CLI::App& command, DiffOptions& options);

/// Compares two contents: done if they are equal, ExitCode::different if not.
ExitCode runDiff(const DiffOptions& options, CommandRun& run);

/// The command line of `wsferry inspect`.
struct InspectOptions {
  std::string archive;
  std::string key;
  std::string keyFile;
  bool json = false;
};

void addInspectOptions(CLI::App& command, InspectOptions& options);

/// Shows what is in an archive.
ExitCode runInspect(const InspectOptions& options, CommandRun& run);

/// The command line of `wsferry verify`.
struct VerifyOptions {
  std::vector<std::string> archives;
  std::string key;
  std::string keyFile;
  bool json = false;
  bool quiet = false;
  bool allowMissingFiles = false;
};

void addVerifyOptions(CLI::App& command, VerifyOptions& options);

/// Reads archives to their end and checks their rules: done, or data if there are problems.
ExitCode runVerify(const VerifyOptions& options, CommandRun& run);

/// The command line of `wsferry prune`.
struct PruneOptions {
  const CLI::App* command = nullptr;  ///< Whose options these are: whether one was typed.
  std::string target;  ///< As -o of a pull has it, or a server's name in the configuration.
  std::string configFile;
  RetentionOptions retention;
  std::string key;
  std::string keyFile;
  bool allowMissingFiles = false;
  bool json = false;
  bool quiet = false;
};

void addPruneOptions(CLI::App& command, PruneOptions& options);

/// Removes the archives of earlier pulls that nothing keeps: done, or data if that failed.
ExitCode runPrune(const PruneOptions& options, CommandRun& run);

/// The command line of `wsferry generate-key`.
struct GenerateKeyOptions {
  std::string file;
};

void addGenerateKeyOptions(CLI::App& command, GenerateKeyOptions& options);

/// Writes a new key for archives into a new file.
ExitCode runGenerateKey(const GenerateKeyOptions& options, CommandRun& run);

/// The command line of `wsferry config`.
struct ConfigOptions {
  std::string action;
  std::string file;
  bool json = false;
};

void addConfigOptions(CLI::App& command, ConfigOptions& options);

/// Checks the configuration: done if it can be used, otherwise usage.
ExitCode runConfig(const ConfigOptions& options, CommandRun& run);

/// The command line of `wsferry profile`.
struct ProfileOptions {
  std::string action;
  std::string profile;
};

void addProfileOptions(CLI::App& command, ProfileOptions& options);

/// Writes a streaming gateway's profile as JSON.
ExitCode runProfile(const ProfileOptions& options, CommandRun& run);

/// Shows what stands between this machine and a server's transfers: done if nothing has failed,
/// otherwise the exit code of the first check that has.
ExitCode runDoctor(const DoctorOptions& options, CommandRun& run);

/// Streams audio to a gateway and shows its results. How a stream ends is a result, also where it
/// fails.
ExitCode runStream(const StreamArguments& options, CommandRun& run);

/// Reads results of streams from the Egress Service and shows them. How reading ends is a result,
/// also where it fails.
ExitCode runResults(const ResultsArguments& options, CommandRun& run);

/// Uploads a file to the HTTP Gateway and, if asked for, shows the results of the stream that it
/// becomes. How that ends is a result, also where it fails.
ExitCode runUpload(const UploadArguments& options, CommandRun& run);

/// The command line of `wsferry serve`.
struct ServeOptions {
  std::string archive;
  bool sample = false;
  bool gateway = false;
  std::vector<std::string> faults;  ///< Of the gateway, and of what belongs to it; so the next.
  Duration metadataDelay{0};
  Duration resultDelay{0};
  Duration drainDelay{0};
  Duration inactivityLimit{10'000};
  Duration idleLimit{1'800'000};
  Duration tokenLifetime{600'000};
  std::size_t longestUpload = SIZE_MAX;
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
