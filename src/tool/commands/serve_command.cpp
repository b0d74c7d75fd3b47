// POSIX: a temporary folder.
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include "core/file/file_error.hpp"
#include "tool/commands/commands.hpp"
#include "tool/options/secret_input.hpp"
#include "tool/options/value_options.hpp"
#include "tool/report/output_options.hpp"
#include "tool/serve/gateway_faults.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/transfer/standard_input.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/archive_reader.hpp"
#include "wsferry/archive/archive_source.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::tool {

namespace {

// A folder of this process's own, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    std::string path =
        (std::filesystem::temp_directory_path(error) / "wsferry-serve-XXXXXX").string();
    if (error || mkdtemp(path.data()) == nullptr) {
      const int cause = error ? error.value() : errno;
      throw fileError("cannot make a folder for pushed content in the temporary folder: " +
                          std::generic_category().message(cause),
                      cause);
    }
    path_ = path;
  }
  ~TemporaryFolder() { remove(); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

  void remove() const {
    std::error_code ignored;  // Nobody is left to tell.
    std::filesystem::remove_all(path_, ignored);
  }

 private:
  std::string path_;
};

archive::ArchiveDestinationOptions pushTarget(const ServeOptions& options) {
  archive::ArchiveDestinationOptions target;
  target.path = options.accept;
  target.format = formatOfName(options.accept);
  if (!namesPlainArchive(options.accept)) {
    throw Error(Errc::invalidOption,
                "--accept takes a file ending in .tar or .tar.gz, or a folder ending in /");
  }
  // What a further push replaces is what an earlier one has stored.
  target.overwrite = true;
  // Tells now, and not in the middle of a push, if nothing can be stored there.
  const archive::ArchiveDestination attempt(target);
  std::error_code isNone;
  if (!options.force &&
      std::filesystem::exists(std::filesystem::symlink_status(target.path, isNone))) {
    throw Error(Errc::fileExists, target.path + " exists already: --force replaces it");
  }
  return target;
}

archive::ArchiveDestinationOptions temporaryTarget(const TemporaryFolder& folder) {
  archive::ArchiveDestinationOptions target;
  target.path = folder.path() + "/pushed.tar";
  target.format = formatOfName(target.path);
  target.overwrite = true;
  return target;
}

void announce(const std::string& url, const std::string& token) {
  std::cout << "serving " << url << "\ntoken " << token << std::endl;
}

void serveGateway(const ServeOptions& options, const std::string& token,
                  std::future<void> stopped) {
  testing::GatewayServerOptions gateway;
  gateway.port = options.port;
  gateway.address = options.address;
  gateway.logMessages = false;
  gateway.clientId = "wsferry";
  gateway.clientSecret = gateway.apiKey = gateway.bearerToken = token;
  gateway.metadataDelay = options.metadataDelay;
  gateway.resultDelay = options.resultDelay;
  gateway.drainDelay = options.drainDelay;
  gateway.inactivityLimit = options.inactivityLimit;
  gateway.idleLimit = options.idleLimit;
  gateway.tokenLifetime = options.tokenLifetime;
  gateway.longestUpload = options.longestUpload;
  for (const std::string& fault : options.faults) {
    addGatewayFault(fault, gateway);
  }
  const testing::GatewayServer running(gateway);
  announce(running.url(), token);
  std::cout << "token-url " << running.tokenUrl() << "\nclient-id " << gateway.clientId
            << "\negress-url " << running.egressUrl() << "\nupload-url " << running.uploadUrl()
            << "\nstream-service-url " << running.streamServiceUrl() << std::endl;
  stopped.wait();
}

// A test may want damaged content: it is served, and nobody takes it for whole.
void warnOfDamage(const ServeOptions& options, const std::string& key) {
  archive::ArchiveSourceOptions source;
  source.path = options.archive;
  source.key = key;
  archive::ArchiveSource checked(source);
  try {
    checked.bootstrap();
  } catch (const Error& error) {
    if (error.code() != archive::ArchiveErrc::invalidArchive) {
      throw;
    }
    printNote("damaged, and served as it is: " + error.info().message);
    return;
  }
  for (const std::string& problem : checked.summary().problems) {
    printNote(problem);
  }
}

std::shared_ptr<const testing::Content> contentToServe(const ServeOptions& options) {
  const std::string key = archiveKey(options.key, options.keyFile);
  if (options.sample) {
    return testing::sampleContent();
  }
  requireThere(options.archive);
  auto content = testing::archiveContent(options.archive, key);
  const bool isEncrypted = archive::ArchiveReader(options.archive, key).format().encrypted;
  const std::string note = unusedKeyNote(options.archive, !key.empty(), isEncrypted);
  if (!note.empty()) {
    printNote(note);
  }
  warnOfDamage(options, key);
  return content;
}

void serveContent(const ServeOptions& options, const TemporaryFolder* folder,
                  const std::string& token, std::future<void> stopped) {
  testing::TransferServerOptions server;
  server.filesByHttp = options.sample;  // An archive gives its files in their order only.
  server.port = options.port;
  server.address = options.address;
  server.logMessages = false;
  // One token for both directions, and none that everybody knows.
  server.pullToken.clear();
  server.pushToken.clear();
  server.pushTarget = folder != nullptr ? temporaryTarget(*folder) : pushTarget(options);
  server.token = token;
  const testing::TransferServer running(contentToServe(options), server);
  announce(running.adminUrl(), token);
  if (folder != nullptr) {
    std::cerr
        << "Pushed content is served until this ends, but not stored: --accept FILE stores it.\n";
  }
  stopped.wait();
}

// What the gateway does otherwise than it should, or than it would.
void addGatewayPlayOptions(CLI::App& command, ServeOptions& options, CLI::Option* gateway) {
  const std::string group = "Gateway";
  const auto declare = [&](CLI::Option* option) { option->group(group)->needs(gateway); };
  declare(command
              .add_option("--fault", options.faults,
                          "What goes wrong where, such as audio=reset,after=64000 or "
                          "upload=refusal,status=503; repeatable, see the documentation")
              ->type_name("PLACE=KIND[,NAME=VALUE...]")
              ->allow_extra_args(false));
  const auto duration = [&](const char* name, Duration& value, const char* text) {
    const bool mayBeNone = value == Duration::zero();
    declare(addDurationOption(command, name, value, mayBeNone, text));
  };
  duration("--metadata-delay", options.metadataDelay,
           "Delay before a stream's metadata (default: 0)");
  duration("--result-delay", options.resultDelay, "Delay before each result (default: 0)");
  duration("--drain-delay", options.drainDelay,
           "Delay between a stream's last audio and its end (default: 0)");
  duration("--inactivity-limit", options.inactivityLimit,
           "End a stream whose client sends nothing for this long (default: 10)");
  duration(
      "--idle-limit", options.idleLimit,
      "End a stream whose client only keeps the connection alive for this long (default: 1800)");
  duration("--token-lifetime", options.tokenLifetime,
           "Lifetime of the token endpoint's tokens (default: 600)");
  declare(addSizeOption(command, "--longest-upload", options.longestUpload, 1, SIZE_MAX,
                        "Refuse longer uploads, also as 64K or 1M (default: none)"));
}

}  // namespace

void addServeOptions(CLI::App& command, ServeOptions& options) {
  auto* archive =
      command.add_option("archive", options.archive, "Archive to serve, file or folder")
          ->type_name("ARCHIVE");
  auto* sample =
      command.add_flag("--sample", options.sample, "Serve generated sample content instead");
  addNumberOption(command, "--port", options.port, std::uint16_t{0}, std::uint16_t{65535},
                  "Port; 0 picks a free one (default: 0)")
      ->type_name("PORT");
  command
      .add_option("--address", options.address,
                  "Address to listen on (default: 127.0.0.1, this machine only)")
      ->type_name("ADDRESS");
  command
      .add_option("--token", options.token,
                  "Token that clients must present (default: a new one, printed); for a gateway it "
                  "is the API key, the bearer token and the client secret")
      ->type_name("TOKEN");
  const KeyOptions keys = addKeyOptions(command, options.key, options.keyFile);
  sample->excludes(keys.key)->excludes(keys.keyFile);
  auto* accept =
      command
          .add_option(
              "--accept", options.accept,
              "Also store pushed content in this file (.tar, .tar.gz), or folder if it ends in /")
          ->type_name("FILE");
  command
      .add_flag("--force", options.force, "Replace an existing file or folder given with --accept")
      ->needs(accept);
  auto* gateway = command.add_flag(
      "--gateway", options.gateway,
      "Serve a streaming gateway that makes up transcriptions, to stream audio to");
  gateway->excludes(archive)
      ->excludes(sample)
      ->excludes(keys.key)
      ->excludes(keys.keyFile)
      ->excludes(accept);
  addGatewayPlayOptions(command, options, gateway);
  command.footer(
      "Prints the URL and the token, and runs until SIGINT, SIGTERM or SIGHUP. The connection\n"
      "is not encrypted: meant for this machine.\n\n"
      "Examples:\n"
      "  wsferry serve backup.tar.gz --port 4000\n"
      "  wsferry serve --sample --token secret\n"
      "  wsferry serve --sample --accept pushed.tar.gz\n"
      "  wsferry serve --gateway\n"
      "  wsferry serve --gateway --fault end=silence --drain-delay 2");
}

ExitCode runServe(const ServeOptions& options, CommandRun& run) {
  if (options.archive.empty() != (options.sample || options.gateway)) {
    throw Error(Errc::invalidOption, options.archive.empty()
                                         ? "serve needs an archive, --sample or --gateway"
                                         : "give only one of ARCHIVE, --sample and --gateway");
  }
  requireArchive("serve", options.archive);
  const std::string token = options.token.empty() ? Uuid::random().toString() : options.token;
  std::optional<TemporaryFolder> folder;
  if (!options.gateway && options.accept.empty()) {
    folder.emplace();
  }
  std::promise<void> stopped;
  std::once_flag once;
  const Interruption::Scope scope(
      run.interruption,
      // Each signal asks anew.
      [&stopped, &once] { std::call_once(once, [&stopped] { stopped.set_value(); }); },
      [&folder] {
        if (folder) {
          folder->remove();
        }
      });
  if (options.gateway) {
    serveGateway(options, token, stopped.get_future());
  } else {
    serveContent(options, folder ? &*folder : nullptr, token, stopped.get_future());
  }
  return ExitCode::done;
}

}  // namespace wsferry::tool
