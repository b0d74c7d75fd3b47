#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "strapi/messages/answers.hpp"
#include "support/is_within.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/envelope.hpp"
#include "wsferry/strapi/detail/messages/remote_error.hpp"

namespace {

template <class Read>
void tolerate(Read read) {
  try {
    read();
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::ErrorCondition::connection);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wsferry::strapi;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  tolerate([&] {
    const Envelope envelope = readEnvelope(message);
    require(support::isWithin(envelope.data, message));
    require(support::isWithin(envelope.error, message));
    require(support::isWithin(envelope.diagnostic, message));
    require(support::isWithin(envelope.process.data, envelope.data));
    wsferry::ErrorInfo info;
    if (!envelope.error.empty()) {
      require(readRemoteError(envelope.error, "x", info) == wsferry::ErrorCondition::remote);
      require(!info.message.empty());
    }
    if (!envelope.diagnostic.empty()) {
      static_cast<void>(readDiagnostic(envelope.diagnostic));
    }
    tolerate([&] { static_cast<void>(readInitAnswer(envelope.data)); });
    tolerate([&] { static_cast<void>(readMetadata(envelope.data)); });
    tolerate([&] { static_cast<void>(readSchemas(envelope.data)); });
    tolerate([&] { static_cast<void>(readStartAnswer(envelope.data)); });
    tolerate([&] { static_cast<void>(readStepStats(envelope.data)); });
  });
  return 0;
}
