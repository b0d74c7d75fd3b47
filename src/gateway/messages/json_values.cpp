#include "gateway/messages/json_values.hpp"

#include <algorithm>
#include <limits>

#include "core/json/rapidjson.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry::gateway {
namespace {

// Digits without a point, and the power of ten they are to be multiplied with. No floating point:
// an integer of 64 bits does not fit into it.
std::optional<std::int64_t> scaledInteger(std::string digits, std::int64_t exponent) {
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) {
    return 0;
  }
  const std::size_t kept = digits.find_last_not_of('0') + 1;
  exponent += static_cast<std::int64_t>(digits.size() - kept);
  digits.resize(kept);
  constexpr std::int64_t mostDigits = std::numeric_limits<std::int64_t>::digits10 + 1;
  if (exponent < 0 || exponent > mostDigits) {
    return std::nullopt;
  }
  digits.append(static_cast<std::size_t>(exponent), '0');
  return wholeNumber<std::int64_t>(digits);
}

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

std::optional<std::int64_t> integerOf(std::string_view value) {
  if (const auto whole = wholeNumber<std::int64_t>(value)) {
    return whole;
  }
  if (!isJsonNumber(value)) {
    return std::nullopt;
  }
  const bool isNegative = value[0] == '-';
  value.remove_prefix(isNegative ? 1 : 0);
  const auto e = std::min(value.find_first_of("eE"), value.size());
  const auto point = std::min(value.find('.'), e);
  std::string digits(value.substr(0, point));
  std::int64_t exponent = 0;
  if (e < value.size()) {
    std::string_view text = value.substr(e + 1);
    text.remove_prefix(text.substr(0, 1) == "+" ? 1 : 0);
    const auto written = wholeNumber<std::int32_t>(text);
    if (!written) {
      return std::nullopt;
    }
    exponent = *written;
  }
  if (point < e) {
    digits += value.substr(point + 1, e - point - 1);
    exponent -= static_cast<std::int64_t>(e - point - 1);
  }
  // The smallest integer is not read in this form: nothing that is counted comes near it.
  const auto magnitude = scaledInteger(std::move(digits), exponent);
  return magnitude && isNegative ? std::optional(-*magnitude) : magnitude;
}

std::int32_t smallIntegerOf(std::string_view value) {
  using Limits = std::numeric_limits<std::int32_t>;
  const std::int64_t number = integerOf(value).value_or(0);
  const bool fits = number >= Limits::min() && number <= Limits::max();
  return fits ? static_cast<std::int32_t>(number) : 0;
}

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
