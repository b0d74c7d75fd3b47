// A profile is read whole or refused with its line; what was read is written, and read as the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/require.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wsferry;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string written;
  try {
    written = gateway::profileText(gateway::parseProfile(text));
  } catch (const Error& error) {
    require(error.code() == Errc::invalidOption && !error.info().message.empty());
    return 0;
  }
  require(gateway::profileText(gateway::parseProfile(written)) == written);
  return 0;
}
