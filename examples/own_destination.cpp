// A destination of one's own: writes the records as lines of JSON, and counts the files' bytes.
//   STRAPI_TRANSFER_TOKEN=... own_destination https://example.org/admin > records.ndjson
#include <wsferry/strapi/destination.hpp>
#include <wsferry/strapi/remote_source.hpp>
#include <wsferry/strapi/transfer_engine.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

using namespace wsferry::strapi;

class Lines final : public Destination, private RecordSink, private AssetSink {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}

  void beforeTransfer(const TransferManifest& manifest) override {
    std::cerr << "from Strapi " << manifest.metadata.strapiVersion << '\n';
  }
  void beginStage(TransferStage) override {}
  RecordSink& records() override { return *this; }
  AssetSink& assets() override { return *this; }
  void endStage() override {}

  // What was lost on the way here only shows when everything is out.
  void close() override {
    if (!out_.flush()) {
      throw wsferry::Error(wsferry::Errc::fileFailed, "The output cannot be written.");
    }
    std::cerr << assetBytes_ << " bytes of files\n";
  }
  void rollback() noexcept override {}  // There is nothing to take back.

 private:
  void record(const Record& record) override { out_ << record.text() << '\n'; }

  void begin(std::string_view, const AssetInfo&) override {}
  void write(std::string_view, std::string_view bytes) override { assetBytes_ += bytes.size(); }
  void end(std::string_view) override {}

  // Both kinds of sinks have these two.
  void totals(const StageTotals&) override {}
  void omitted(const Omission& omission) override { refuseOmission(omission); }

  std::ostream& out_;
  std::uint64_t assetBytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  const char* token = std::getenv("STRAPI_TRANSFER_TOKEN");
  if (argc != 2 || token == nullptr) {
    std::cerr << "usage: STRAPI_TRANSFER_TOKEN=... own_destination ADMIN_URL\n";
    return 2;
  }
  RemoteSourceOptions remote;
  remote.connection.bearerToken = token;
  RemoteSource source(argv[1], remote);
  Lines destination(std::cout);
  const TransferResult result = TransferEngine(source, destination).run();
  for (const Loss& loss : result.losses) {
    std::cerr << "lost: " << describe(loss) << '\n';
  }
  return result.isWhole() ? 0 : 5;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
