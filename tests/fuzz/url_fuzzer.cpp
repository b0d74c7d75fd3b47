#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wsferry::Url;
  try {
    const Url url = Url::parse({reinterpret_cast<const char*>(data), size});
    require(!url.host.empty() && url.port != 0 && url.target.substr(0, 1) == "/");
    // Nothing that could break out of a request's line or headers.
    for (const char c : url.authority() + url.target) {
      require(static_cast<unsigned char>(c) > ' ' && c != '\x7f');
    }
    const Url again = Url::parse(url.display());
    require(again.secure == url.secure && again.host == url.host && again.port == url.port);
    require(again.isLoopback() == url.isLoopback());
  } catch (const wsferry::Error& error) {
    require(error.code() == wsferry::Errc::invalidUrl);
  }
  return 0;
}
