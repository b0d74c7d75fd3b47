// A record of a stage's shape is one that a transfer reads, and canonical JSON is the same when it
// is made twice and checked alike. The first byte chooses the stage.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "archive/check/record_shape.hpp"
#include "archive/text/canonical_json.hpp"
#include "fuzz/require.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/archive/content_comparison.hpp"
#include "wsferry/core/detail/secrets/signed_urls.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace {

using namespace wsferry;
using strapi::TransferStage;

const strapi::Schema schemas[] = {
    {"a.a",
     R"({"attributes":{"t":{"type":"time"},"d":{"type":"datetime"},"n":{"type":"decimal"},)"
     R"("c":{"type":"component","component":"b.b"},"z":{"type":"dynamiczone"},"p":{"type":"password"}}})"},
    {"b.b",
     R"({"attributes":{"t":{"type":"timestamp"},"c":{"type":"component","component":"b.b"}}})"}};

void fill(archive::ContentIndex& index, TransferStage stage, std::string_view record) {
  strapi::TransferManifest manifest;
  manifest.schemas = {schemas[0], schemas[1]};
  index.beforeTransfer(manifest);
  index.beginStage(stage);
  index.records().record(record);
  index.endStage();
  index.close();
}

void checkIndex(TransferStage stage, std::string_view record, std::string_view canonical) {
  archive::ContentIndex one;
  archive::ContentIndex other;
  fill(one, stage, record);
  fill(other, stage, canonical);
  require(archive::compareContents(one, other).equal());
}

bool passes(TransferStage stage, std::string_view record) {
  try {
    archive::Findings findings;
    strapi::RecordReader reader;
    archive::RecordShape(findings).check(reader.read(stage, record).views(), record);
    return true;
  } catch (const Error& error) {
    require(error.code() == archive::ArchiveErrc::invalidArchive ||
            error.code() == Errc::protocolViolation);
    return false;
  }
}

void check(TransferStage stage, std::string_view record) {
  const bool passed = passes(stage, record);
  if (!passed) {
    return;
  }
  const std::string canonical = archive::canonicalJson(record);
  require(archive::canonicalJson(canonical) == canonical);
  require(passes(stage, canonical));
  const std::string clean = withoutSignatures(record);
  require(withoutSignatures(clean) == clean);
  if (stage != TransferStage::schemas && stage != TransferStage::assets) {
    checkIndex(stage, record, canonical);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view record(reinterpret_cast<const char*>(data) + 1, size - 1);
  Utf8Validator utf8;
  if (utf8.update(record) && utf8.complete()) {
    check(strapi::stageOrder[data[0] % strapi::stageOrder.size()], record);
  }
  return 0;
}
