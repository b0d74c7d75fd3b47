// Copies a Strapi's content, without its configuration, to another one. Shows first what would
// happen, and moves something only when asked to; tells what it has moved, and can be interrupted.
//   SOURCE_TOKEN=... DESTINATION_TOKEN=... copy SOURCE_URL DESTINATION_URL [yes]
#include <wsferry/strapi/remote_destination.hpp>
#include <wsferry/strapi/remote_source.hpp>
#include <wsferry/strapi/restore_scope.hpp>
#include <wsferry/strapi/transfer_engine.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

namespace {

using namespace wsferry::strapi;

/// Cancels a transfer when the process is interrupted. The rollback still runs.
class Interruption {
 public:
  explicit Interruption(TransferEngine& engine) {
    signals_.async_wait([&engine](const std::error_code& error, int) {
      if (!error) {
        engine.cancel();
      }
    });
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Interruption() {
    context_.stop();
    thread_.join();
  }

 private:
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  std::thread thread_;
};

void showDeleted(const TransferPlan& plan) {
  const RestoreScope scope = scopeFor(plan.filter, *plan.destinationSchemas);
  std::cout << "Will be deleted at the destination:\n";
  for (const Schema& schema : *plan.destinationSchemas) {
    // Components, whose uid has no `::`, have no records of their own.
    if (schema.uid.find("::") != std::string::npos && scope.deletes(schema.uid)) {
      std::cout << "  all records of " << schema.uid << '\n';
    }
  }
  std::cout << (scope.assets ? "  all upload files\n" : "")
            << (scope.configuration ? "  the configuration and all webhooks\n" : "");
}

int run(TransferEngine& engine, bool isAgreed) {
  const TransferPlan plan = engine.plan();
  showDeleted(plan);
  if (!plan.schemaDifferences.empty()) {
    // With TransferEngineOptions::acceptSchemaDifferences the engine drops what does not fit.
    std::cerr << describe(plan.schemaDifferences) << "The schemas differ: nothing is copied.\n";
    return 1;
  }
  if (!isAgreed) {
    return 0;
  }
  const Interruption interruption(engine);
  const TransferResult result = engine.run();
  for (const auto& loss : result.losses) {
    std::cerr << "lost: " << describe(loss) << '\n';
  }
  return result.isWhole() ? 0 : 5;
}

}  // namespace

int main(int argc, char** argv) try {
  const char* sourceToken = std::getenv("SOURCE_TOKEN");
  const char* destinationToken = std::getenv("DESTINATION_TOKEN");
  if (argc < 3 || sourceToken == nullptr || destinationToken == nullptr) {
    std::cerr << "usage: SOURCE_TOKEN=... DESTINATION_TOKEN=... copy SOURCE_URL DESTINATION_URL "
                 "[yes]\n";
    return 2;
  }
  RemoteSourceOptions from;
  from.connection.bearerToken = sourceToken;
  RemoteDestinationOptions to;
  to.connection.bearerToken = destinationToken;
  TransferEngineOptions options;
  options.onProgress = [](const StageProgress& progress) {
    if (progress.finished) {
      std::cout << toString(progress.stage) << ": " << progress.moved.count << '\n';
    }
  };
  TransferFilterOptions selection;
  selection.exclude = {TransferGroup::config};
  options.filter = TransferFilter(selection);
  RemoteSource source(argv[1], from);
  RemoteDestination destination(argv[2], to);
  TransferEngine engine(source, destination, options);
  return run(engine, argc > 3 && std::string(argv[3]) == "yes");
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
