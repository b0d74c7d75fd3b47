#include "tool/commands/command_table.hpp"

#include <iostream>
#include <memory>

#include "tool/commands/commands.hpp"

namespace wsferry::tool {

namespace {

// What a command has read lives as long as what runs it.
template <class Options>
RunCommand declared(CLI::App& app, void (*add)(CLI::App&, Options&),
                    ExitCode (*run)(const Options&, CommandRun&)) {
  const auto options = std::make_shared<Options>();
  add(app, *options);
  return [options, run](CommandRun& command) { return run(*options, command); };
}

}  // namespace

const std::vector<Command>& commandTable() {
  using App = CLI::App;
  static const std::vector<Command> table = {
      {"pull",
       "Pull a Strapi's content into an archive",
       {"backup", "export"},
       [](App& app) { return declared(app, addPullOptions, runPull); }},
      {"push",
       "Replace a Strapi's content by an archive's",
       {"import", "restore"},
       [](App& app) { return declared(app, addPushOptions, runPush); }},
      {"copy",
       "Replace a Strapi's content by another's",
       {},
       [](App& app) { return declared(app, addCopyOptions, runCopy); }},
      {"convert",
       "Make an archive of another archive",
       {},
       [](App& app) { return declared(app, addConvertOptions, runConvert); }},
      {"diff",
       "Compare two archives, or an archive and a Strapi",
       {},
       [](App& app) { return declared(app, addDiffOptions, runDiff); }},
      {"inspect",
       "Show what is in an archive",
       {},
       [](App& app) { return declared(app, addInspectOptions, runInspect); }},
      {"verify",
       "Check an archive",
       {},
       [](App& app) { return declared(app, addVerifyOptions, runVerify); }},
      {"generate-key",
       "Make a key for encrypted archives",
       {},
       [](App& app) { return declared(app, addGenerateKeyOptions, runGenerateKey); }},
      {"stream",
       "Stream audio to a gateway and show its results",
       {},
       [](App& app) { return declared(app, addStreamOptions, runStream); }},
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
