#include <future>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "secret_input.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::tool {

void addServeOptions(CLI::App& command, ServeOptions& options) {
  command.add_option("archive", options.archive, "Archive to serve, file or folder");
  command.add_flag("--sample", options.sample, "Serve generated sample content instead");
  command.add_option("--port", options.port, "Port; 0 takes a free one (default: 0)");
  command.add_option("--address", options.address,
                     "Address to listen on (default: 127.0.0.1, this machine only)");
  command.add_option("--token", options.token,
                     "Token that clients must show (default: a new one, printed)");
  auto* key = command.add_option("-k,--key", options.key, "Key of an encrypted archive");
  command.add_option("--key-file", options.keyFile, "File with the key; - is standard input")
      ->excludes(key);
  command.footer(
      "Prints the URL and the token, and runs until SIGINT or SIGTERM. The connection is not\n"
      "encrypted: meant for this machine.\n\n"
      "Examples:\n"
      "  wsferry serve backup.tar.gz --port 4000\n"
      "  wsferry serve --sample --token secret");
}

ExitCode runServe(const ServeOptions& options, Interruption& interruption) {
  if (options.archive.empty() != options.sample) {
    throw Error(Errc::invalidOption, "serve needs either an archive or --sample");
  }
  testing::TransferServerOptions server;
  server.port = options.port;
  server.address = options.address;
  server.logMessages = false;
  server.token = options.token.empty() ? Uuid::random().toString() : options.token;
  const std::shared_ptr<const testing::Content> content =
      options.sample
          ? testing::sampleContent()
          : testing::archiveContent(options.archive, archiveKey(options.key, options.keyFile));

  std::promise<void> stopped;
  const Interruption::Scope scope(interruption, [&stopped] { stopped.set_value(); });
  const testing::TransferServer running(content, server);
  std::cout << "serving " << running.adminUrl() << "\ntoken " << server.token << std::endl;
  stopped.get_future().wait();
  return ExitCode::done;
}

}  // namespace wsferry::tool
