#include <future>
#include <iostream>
#include <memory>
#include <mutex>

#include "commands.hpp"
#include "output_options.hpp"
#include "secret_input.hpp"
#include "value_options.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::tool {

namespace {

archive::ArchiveDestinationOptions pushTarget(const ServeOptions& options) {
  archive::ArchiveDestinationOptions target;
  target.path = options.accept;
  target.format = formatOfName(options.accept);
  target.overwrite = options.force;
  if (target.format.encrypted) {
    throw Error(Errc::invalidOption,
                "--accept takes a file that ends in .tar or .tar.gz, or a folder that ends in /");
  }
  // Tells now, and not in the middle of a push, if nothing can be stored there.
  const archive::ArchiveDestination attempt(target);
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
  gateway.clientId.clear();
  gateway.clientSecret.clear();
  gateway.apiKey = gateway.bearerToken = token;
  const testing::GatewayServer running(gateway);
  announce(running.url(), token);
  stopped.wait();
}

void serveContent(const ServeOptions& options, const std::string& token,
                  std::future<void> stopped) {
  testing::TransferServerOptions server;
  server.port = options.port;
  server.address = options.address;
  server.logMessages = false;
  // One token for both directions, and none that everybody knows.
  server.pullToken.clear();
  server.pushToken.clear();
  if (!options.accept.empty()) {
    server.pushTarget = pushTarget(options);
  }
  server.token = token;
  const std::shared_ptr<const testing::Content> content =
      options.sample
          ? testing::sampleContent()
          : testing::archiveContent(options.archive, archiveKey(options.key, options.keyFile));
  const testing::TransferServer running(content, server);
  announce(running.adminUrl(), token);
  stopped.wait();
}

}  // namespace

void addServeOptions(CLI::App& command, ServeOptions& options) {
  auto* archive =
      command.add_option("archive", options.archive, "Archive to serve, file or folder")
          ->type_name("ARCHIVE");
  auto* sample =
      command.add_flag("--sample", options.sample, "Serve generated sample content instead");
  addNumberOption(command, "--port", options.port, std::uint16_t{0}, std::uint16_t{65535},
                  "Port; 0 takes a free one (default: 0)")
      ->type_name("PORT");
  command
      .add_option("--address", options.address,
                  "Address to listen on (default: 127.0.0.1, this machine only)")
      ->type_name("ADDRESS");
  command
      .add_option("--token", options.token,
                  "Token that clients must show (default: a new one, printed); of a gateway the "
                  "API key and the bearer token")
      ->type_name("TOKEN");
  auto* key =
      command.add_option("-k,--key", options.key, "Key of an encrypted archive")->type_name("KEY");
  auto* keyFile =
      command.add_option("--key-file", options.keyFile, "File with the key; - is standard input")
          ->type_name("FILE")
          ->excludes(key);
  auto* accept = command
                     .add_option("--accept", options.accept,
                                 "Accept pushes and store them as this file (.tar, .tar.gz), or as "
                                 "a folder if it ends in /")
                     ->type_name("FILE");
  command.add_flag("--force", options.force, "Replace what --accept names, at each push")
      ->needs(accept);
  command
      .add_flag("--gateway", options.gateway,
                "Serve a streaming gateway that makes up transcriptions, to stream audio to")
      ->excludes(archive)
      ->excludes(sample)
      ->excludes(key)
      ->excludes(keyFile)
      ->excludes(accept);
  command.footer(
      "Prints the URL and the token, and runs until SIGINT, SIGTERM or SIGHUP. The connection\n"
      "is not encrypted: meant for this machine.\n\n"
      "Examples:\n"
      "  wsferry serve backup.tar.gz --port 4000\n"
      "  wsferry serve --sample --token secret\n"
      "  wsferry serve --sample --accept pushed.tar.gz\n"
      "  wsferry serve --gateway");
}

ExitCode runServe(const ServeOptions& options, Interruption& interruption) {
  if (options.archive.empty() != (options.sample || options.gateway)) {
    throw Error(Errc::invalidOption, "serve needs an archive, --sample or --gateway");
  }
  const std::string token = options.token.empty() ? Uuid::random().toString() : options.token;
  std::promise<void> stopped;
  std::once_flag once;
  // Each signal asks anew.
  const Interruption::Scope scope(interruption, [&stopped, &once] {
    std::call_once(once, [&stopped] { stopped.set_value(); });
  });
  if (options.gateway) {
    serveGateway(options, token, stopped.get_future());
  } else {
    serveContent(options, token, stopped.get_future());
  }
  return ExitCode::done;
}

}  // namespace wsferry::tool
