#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

using namespace wsferry;

// Two schemas, with a line end between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  Utf8Validator utf8;
  if (end == std::string_view::npos || !utf8.update(text) || !utf8.complete()) {
    return 0;
  }
  const std::string first(text.substr(0, end));
  const std::string second(text.substr(end + 1));
  try {
    strapi::SchemaComparisonOptions exact;
    exact.strategy = strapi::SchemaStrategy::exact;
    const auto differences = strapi::compareSchemas({{"a", first}}, {{"a", second}}, exact);
    static_cast<void>(strapi::describe(differences));
    const auto strict = strapi::compareSchemas({{"a", first}}, {{"a", second}});
    const auto mirrored = strapi::compareSchemas({{"a", second}}, {{"a", first}}, exact);
    if (strict.size() > differences.size() || mirrored.size() != differences.size() ||
        !strapi::compareSchemas({{"a", first}}, {{"a", first}}, exact).empty()) {
      std::abort();
    }
  } catch (const Error&) {
  }
  return 0;
}
