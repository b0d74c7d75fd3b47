#include <array>
#include <iostream>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "archive/findings/noted_losses_text.hpp"
#include "tool/commands/commands.hpp"
#include "tool/options/pull_options.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/report/archive_report.hpp"
#include "tool/report/difference_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/server_source.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/archive/content_comparison.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

namespace {

constexpr ServerRole comparedServer{"", "STRAPI_TRANSFER_TOKEN", nullptr};

// The query of a URL may hold credentials.
std::string shownPlace(const std::string& place) {
  return isUrl(place) ? Url::parse(place).display() : place;
}

// One of the two contents, as typed.
struct Side {
  const std::string& place;
  const std::string& key;
  const std::string& keyFile;
  const char* keyFileOption;
  const char* keyOption;
  const ServerOptions& server;
};

// Neither a loss nor a failure.
bool isOfProgress(const strapi::Diagnostic& diagnostic) {
  return diagnostic.kind == "waiting" || diagnostic.kind == "warning";
}

std::shared_ptr<strapi::Source> openSource(const DiffOptions& options, const Side& side) {
  if (isUrl(side.place)) {
    if (!side.key.empty() || !side.keyFile.empty()) {
      throw Error(Errc::invalidOption,
                  std::string("a key is given with ") + side.keyFileOption + " or " +
                      side.keyOption +
                      ", and that side is a server: the key belongs to an archive");
    }
    ServerOptions server = side.server;
    server.url = side.place;
    const Server resolved = resolveServer(server, comparedServer, options.connection,
                                          environmentVariable, options.files);
    if (!options.quiet) {
      for (const std::string& option : resolved.unusedOptions) {
        printNote(option);
      }
    }
    strapi::RemoteSourceOptions source = sourceOptions(resolved);
    source.onDiagnostic = [isQuiet = options.quiet](const strapi::Diagnostic& diagnostic) {
      if (diagnostic.kind != "info" && !(isQuiet && isOfProgress(diagnostic))) {
        std::cerr << printable(diagnostic.kind) + ": " + printable(diagnostic.message) + "\n";
      }
    };
    return openServer(resolved.adminUrl, source, server.files.value_or(options.files)).source;
  }
  archive::ArchiveSourceOptions source;
  source.path = side.place;
  source.key = archiveKey(side.key, side.keyFile, side.keyFileOption);
  source.acceptDoubles = true;  // They are told by the comparison.
  source.withoutFiles =
      !resolveSelection(options.selection).includes(strapi::TransferStage::assets);
  return std::make_shared<archive::ArchiveSource>(std::move(source));
}

// Calls `action` of a side, and says how its key is given where that is missing.
template <class Action>
void ofSide(const Side& side, Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() != archive::ArchiveErrc::keyRequired) {
      throw;
    }
    const std::string option = std::string(side.keyFileOption) + " or " + side.keyOption;
    throw error.withMessage(error.info().message + " with " + option).ofOption(option);
  }
}

// What is typed once would reach both servers, and so would the environment's token: a secret of
// one that the other is shown, or files of one that count as those of both.
void requireOwnOptions(const DiffOptions& options) {
  const ServerOptions& typed = options.server;
  const char* const shared = !typed.token.empty()         ? "--token"
                             : !typed.tokenFile.empty()   ? "--token-file"
                             : !typed.headers.empty()     ? "--header"
                             : !options.files.url.empty() ? "--files-url"
                                                          : nullptr;
  if (shared != nullptr) {
    throw Error(Errc::invalidOption,
                std::string(shared) +
                    " would apply to both servers: give each its own in the configuration")
        .ofOption(shared);
  }
  if (!hasOwnCredentials(options.firstServer) || !hasOwnCredentials(options.secondServer)) {
    throw Error(Errc::invalidOption,
                "two servers need two tokens: give both servers names and tokens in the "
                "configuration, or first pull one of them into an archive. STRAPI_TRANSFER_TOKEN "
                "is not used for two servers, and STRAPI_TRANSFER_FROM_TOKEN and "
                "STRAPI_TRANSFER_TO_TOKEN are for copy only");
  }
}

struct OpenSide {
  Side side;
  std::shared_ptr<strapi::Source> source;
};

// A type that the selection names may be in one of the contents only.
strapi::TransferFilter resolveForBoth(const strapi::TransferFilter& filter,
                                      const std::array<OpenSide, 2>& sides,
                                      Interruption& interruption) {
  if (filter.options().onlyContentTypes.empty() && filter.options().excludeContentTypes.empty()) {
    return filter;
  }
  std::vector<strapi::Schema> types;
  for (const OpenSide& open : sides) {
    const Interruption::Scope scope(interruption, [&open] { open.source->cancel(); });
    ofSide(open.side, [&] { open.source->bootstrap(); });
    const std::vector<strapi::Schema> more = open.source->getSchemas();
    types.insert(types.end(), more.begin(), more.end());
  }
  return filter.resolved(types);
}

void fill(archive::ContentIndex& index, const OpenSide& open, const strapi::TransferFilter& filter,
          bool isQuiet, Interruption& interruption) {
  strapi::TransferEngineOptions options;
  options.filter = filter;
  strapi::TransferEngine engine(*open.source, index, std::move(options));
  const Interruption::Scope scope(interruption, [&engine] { engine.cancel(); });
  strapi::TransferResult result;
  ofSide(open.side, [&] { result = engine.run(); });
  // Equal contents may lack the same.
  const auto* read = dynamic_cast<const archive::ArchiveSource*>(open.source.get());
  if (read == nullptr) {
    for (const strapi::Loss& loss : result.losses) {
      printNote(shownPlace(open.side.place) + ": " + strapi::describe(loss));
    }
  } else {
    const bool withFiles = filter.includes(strapi::TransferStage::assets);
    for (const std::string& problem : problemsOf(read->summary(), withFiles)) {
      printNote(open.side.place + ": " + problem);
    }
    if (const archive::NotedLosses& losses = read->summary().losses; losses.count > 0) {
      printNote(open.side.place + ": " + archive::notedLossesText(losses));
    }
    const bool keyGiven = !open.side.key.empty() || !open.side.keyFile.empty();
    if (!isQuiet) {
      noteUnusedKey(open.side.place, keyGiven, read->summary().format.encrypted);
    }
  }
}

}  // namespace

void addDiffOptions(CLI::App& command, DiffOptions& options) {
  command
      .add_option("first", options.first,
                  "Archive, - for one from standard input, or a server's admin URL or name in the "
                  "configuration")
      ->type_name("A")
      ->required();
  command.add_option("second", options.second, "The same")->type_name("B")->required();
  auto* key =
      command.add_option("-k,--key", options.key, "Key of the first archive")->type_name("KEY");
  command.add_option("--key-file", options.keyFile, "File with that key; - is standard input")
      ->type_name("FILE")
      ->excludes(key);
  auto* second = command.add_option("--second-key", options.secondKey, "Key of the second archive")
                     ->type_name("KEY");
  command
      .add_option("--second-key-file", options.secondKeyFile,
                  "File with that key; - is standard input")
      ->type_name("FILE")
      ->excludes(second);
  command.add_flag("--json", options.json, "One JSON object on standard output");
  command.add_flag("-q,--quiet", options.quiet, "Print nothing if both are equal");
  addSelectionOptions(command, options.selection);
  addServerOptions(command, options.server, comparedServer);
  addConnectionOptions(command, options.connection);
  addChecksumsOption(command, options.connection);
  addFilesOptions(command, options.files);
  command.footer(
      "Compares by meaning: database row ids do not count, nor does the format of an archive.\n"
      "Exit code 0: equal. 7: different.\n"
      "\n"
      "Examples:\n"
      "  wsferry diff monday.tar.gz tuesday.tar.gz\n"
      "  wsferry diff backup.tar.gz https://example.org/admin \\\n"
      "    --token-file token.txt --json");
}

ExitCode runDiff(const DiffOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  if (isUrl(options.first) && isUrl(options.second)) {
    requireOwnOptions(options);
  }
  const strapi::TransferFilter typed = resolveSelection(options.selection);
  refuseWithoutFiles(options.files, options.selection);
  const auto placeOf = [](const std::string& place) {
    return isUrl(place) ? place : archivePath(place, ArchivePasses::several);
  };
  for (const auto& [place, server] : {std::tie(options.first, options.firstServer),
                                      std::tie(options.second, options.secondServer)}) {
    if (isUrl(place)) {
      checkFiles(server.files.value_or(options.files));
    }
  }
  const std::string first = placeOf(options.first);
  const std::string second = placeOf(options.second);
  const Side firstSide{first,        options.key, options.keyFile,
                       "--key-file", "-k",        options.firstServer};
  const Side secondSide{
      second,         options.secondKey,   options.secondKeyFile, "--second-key-file",
      "--second-key", options.secondServer};
  const std::array<OpenSide, 2> sides = {OpenSide{firstSide, openSource(options, firstSide)},
                                         OpenSide{secondSide, openSource(options, secondSide)}};
  const strapi::TransferFilter filter = resolveForBoth(typed, sides, run.interruption);
  archive::ContentIndex firstIndex;
  archive::ContentIndex secondIndex;
  fill(firstIndex, sides[0], filter, options.quiet, run.interruption);
  fill(secondIndex, sides[1], filter, options.quiet, run.interruption);
  const archive::ContentDifference difference = archive::compareContents(firstIndex, secondIndex);
  const ExitCode code = difference.equal() ? ExitCode::done : ExitCode::different;
  if (options.json) {
    JsonLine line;
    line.text("event", "result");
    line.flag("ok", true);
    line.number("exitCode", static_cast<std::uint64_t>(code));
    line.text("first", shownPlace(first));
    line.text("second", shownPlace(second));
    writeDifference(line, difference);
    line.finish(std::cout);
  } else if (!options.quiet || code != ExitCode::done) {
    std::cout << differenceText(difference) << std::flush;
  }
  return code;
}

}  // namespace wsferry::tool
