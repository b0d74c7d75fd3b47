#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tool/commands/commands.hpp"

namespace wsferry::tool {

/// The whole command line: each command's parser, and what it has read.
struct CommandLine {
  CommandLine();

  /// Parses what follows the program's name. @throws CLI::ParseError.
  void parse(const std::vector<std::string>& arguments);

  CLI::App app{"Moves the content of a Strapi, and audio to a streaming gateway.", "wsferry"};
  PullOptions pull;
  PushOptions push;
  CopyOptions copy;
  ConvertOptions convert;
  DiffOptions diff;
  ArchiveOptions inspect;
  ArchiveOptions verify;
  GenerateKeyOptions generateKey;
  StreamArguments stream;
  ServeOptions serve;
  std::string helpTopic;  ///< The command that help is asked for; empty: for all.
  CLI::App* pullCommand = app.add_subcommand("pull", "Pull a Strapi's content into an archive");
  CLI::App* pushCommand = app.add_subcommand("push", "Replace a Strapi's content by an archive's");
  CLI::App* copyCommand = app.add_subcommand("copy", "Replace a Strapi's content by another's");
  CLI::App* convertCommand = app.add_subcommand("convert", "Make an archive of another archive");
  CLI::App* diffCommand =
      app.add_subcommand("diff", "Compare two archives, or an archive and a Strapi");
  CLI::App* inspectCommand = app.add_subcommand("inspect", "Show what is in an archive");
  CLI::App* verifyCommand = app.add_subcommand("verify", "Check an archive");
  CLI::App* generateKeyCommand =
      app.add_subcommand("generate-key", "Make a key for encrypted archives");
  CLI::App* streamCommand =
      app.add_subcommand("stream", "Stream audio to a gateway and show its results");
  CLI::App* serveCommand =
      app.add_subcommand("serve", "Serve an archive to pull from and push to, or a gateway");
  CLI::App* helpCommand = app.add_subcommand("help", "Show this help, or that of a command");
  CLI::App* versionCommand = app.add_subcommand("version", "Show the version");
};

}  // namespace wsferry::tool
