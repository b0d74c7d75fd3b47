#include "wsferry/gateway/detail/messages/json_values.hpp"

#include "core/json/rapidjson.hpp"

namespace wsferry::gateway {
namespace {

struct NumberHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, NumberHandler> {
  bool Int(int number) { return Double(number); }
  bool Uint(unsigned number) { return Double(number); }
  bool Int64(std::int64_t number) { return Double(static_cast<double>(number)); }
  bool Uint64(std::uint64_t number) { return Double(static_cast<double>(number)); }
  bool Double(double number) {
    value = number;
    return true;
  }
  double value = 0;
};

}  // namespace

// By RapidJSON, as strtod depends on the locale and not every standard library has from_chars here.
double numberOf(std::string_view value) {
  if (!isJsonNumber(value)) {
    return 0;
  }
  rapidjson::MemoryStream stream(value.data(), value.size());
  rapidjson::Reader reader;
  NumberHandler handler;
  const auto result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, handler);
  return result.IsError() ? 0 : handler.value;
}

}  // namespace wsferry::gateway
