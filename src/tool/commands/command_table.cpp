#include "tool/commands/command_table.hpp"

#include <iostream>
#include <memory>

#include "tool/commands/commands.hpp"
#include "tool/profiles/named_servers.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

constexpr const char* urlVariable = "STRAPI_TRANSFER_URL";

// What a command has read lives as long as what runs it.
template <class Options>
RunCommand declared(CLI::App& app, void (*add)(CLI::App&, Options&),
                    ExitCode (*run)(const Options&, CommandRun&)) {
  const auto options = std::make_shared<Options>();
  add(app, *options);
  return [options, run](CommandRun& command) { return run(*options, command); };
}

ServerPlaces serverPlaces(PullOptions& options) {
  return {{{options.server.url, options.server, "ADMIN_URL", urlVariable, ""}},
          options.connection,
          options.files};
}

ServerPlaces serverPlaces(PushOptions& options) {
  return {{{options.to.url, options.to, "ADMIN_URL", urlVariable, "", /*isReplaced=*/true}},
          options.connection,
          options.files};
}

ServerPlaces serverPlaces(CopyOptions& options) {
  return {{{options.from.url, options.from, "FROM_URL", nullptr, "from-"},
           {options.to.url, options.to, "TO_URL", nullptr, "to-", /*isReplaced=*/true}},
          options.connection,
          options.files};
}

ServerPlaces serverPlaces(DiffOptions& options) {
  options.firstServer = options.server;
  options.secondServer = options.server;
  return {{{options.first, options.firstServer, "A", nullptr, "", false, /*mayBeFile=*/true},
           {options.second, options.secondServer, "B", nullptr, "", false, /*mayBeFile=*/true}},
          options.connection,
          options.files};
}

ServerPlaces serverPlaces(DoctorOptions& options) {
  return {{{options.server.url, options.server, "URL", urlVariable, ""}},
          options.connection,
          options.files};
}

// Where a command tells of its failures, also of those before it runs.
template <class Options>
void useTypedReport(const Options& options, CommandRun& command) {
  command.failure.useReport(options.reporting, options.safety.backup);
}
void useTypedReport(const PullOptions& options, CommandRun& command) {
  command.failure.useReport(options.reporting, options.output.path);
}
void useTypedReport(const DiffOptions& options, CommandRun& command) {
  command.failure.useJson(options.json);
}
void useTypedReport(const DoctorOptions& options, CommandRun& command) {
  command.failure.useJson(options.json);
}

// The same of a command with servers, which may be typed by their names.
template <class Options>
RunCommand declaredWithServers(CLI::App& app, void (*add)(CLI::App&, Options&),
                               ExitCode (*run)(const Options&, CommandRun&)) {
  const auto options = std::make_shared<Options>();
  add(app, *options);
  return [options, run, &app](CommandRun& command) {
    try {
      const ServerPlaces places = serverPlaces(*options);
      for (const ServerPlace& place : places.places) {
        place.server.interruption = &command.interruption;
      }
      nameServers(app, places, environmentVariable);
    } catch (const Error&) {
      useTypedReport(*options, command);
      throw;
    }
    return run(*options, command);
  };
}

}  // namespace

const std::vector<Command>& commandTable() {
  using App = CLI::App;
  static const std::vector<Command> table = {
      {"pull",
       "Pull a Strapi server's content into an archive",
       {"backup", "export"},
       [](App& app) { return declaredWithServers(app, addPullOptions, runPull); }},
      {"push",
       "Replace a Strapi server's content with an archive's",
       {"import", "restore"},
       [](App& app) { return declaredWithServers(app, addPushOptions, runPush); }},
      {"copy",
       "Replace a Strapi server's content with another's",
       {},
       [](App& app) { return declaredWithServers(app, addCopyOptions, runCopy); }},
      {"convert",
       "Make an archive from another archive",
       {},
       [](App& app) { return declared(app, addConvertOptions, runConvert); }},
      {"diff",
       "Compare two archives, or an archive and a Strapi",
       {},
       [](App& app) { return declaredWithServers(app, addDiffOptions, runDiff); }},
      {"inspect",
       "Show what is in an archive",
       {},
       [](App& app) { return declared(app, addInspectOptions, runInspect); }},
      {"verify",
       "Check an archive",
       {},
       [](App& app) { return declared(app, addVerifyOptions, runVerify); }},
      {"doctor",
       "Check everything that a transfer with a server needs",
       {"check", "ping", "test"},
       [](App& app) { return declaredWithServers(app, addDoctorOptions, runDoctor); }},
      {"config",
       "Check the configuration file that names servers",
       {},
       [](App& app) { return declared(app, addConfigOptions, runConfig); }},
      {"prune",
       "Remove the archives of earlier pulls that the rules do not keep",
       {"forget"},
       [](App& app) { return declared(app, addPruneOptions, runPrune); }},
      {"generate-key",
       "Create a key for encrypted archives",
       {},
       [](App& app) { return declared(app, addGenerateKeyOptions, runGenerateKey); }},
      {"stream",
       "Stream audio to a gateway and show its results",
       {},
       [](App& app) { return declared(app, addStreamOptions, runStream); }},
      {"profile",
       "Show a streaming gateway's profile, for stream",
       {"profiles"},
       [](App& app) { return declared(app, addProfileOptions, runProfile); }},
      {"results",
       "Read the results of streams, while they run or later",
       {"egress"},
       [](App& app) { return declared(app, addResultsOptions, runResults); }},
      {"upload",
       "Upload a file to be streamed, and wait for the results",
       {},
       [](App& app) { return declared(app, addUploadOptions, runUpload); }},
      {"serve",
       "Serve an archive to pull from and push to, or a gateway",
       {},
       [](App& app) { return declared(app, addServeOptions, runServe); }},
      {"help",
       "Show this help, or that of a command",
       {},
       [](App& app) { return declared(app, addHelpOptions, runHelp); }},
      {"version",
       "Show the version",
       {},
       [](App&) -> RunCommand {
         return [](CommandRun&) {
           std::cout << "wsferry " WSFERRY_VERSION << '\n';
           return ExitCode::done;
         };
       }},
  };
  return table;
}

}  // namespace wsferry::tool
