#include "tool/terminal/size_format.hpp"

#include <array>
#include <cstddef>
#include <cstdio>

#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::tool {

namespace {

std::string print(const char* format, double value, const char* unit) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, value, unit);
  return text.data();
}

}  // namespace

std::string formatBytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> units = {"KB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1024) {
    return std::to_string(bytes) + " B";
  }
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return print("%.1f %s", value, units[unit]);
}

std::string formatCount(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string formatCount(std::uint64_t count, std::string_view one, std::string_view many) {
  return formatCount(count).append(" ").append(formOf(count, one, many));
}

std::string formatDuration(std::chrono::milliseconds duration) {
  if (duration.count() < 9'950) {
    return print("%.1f %s", static_cast<double>(duration.count()) / 1000, "s");
  }
  const long long seconds = (duration.count() + 500) / 1000;
  std::array<char, 64> text{};
  if (seconds < 60) {
    std::snprintf(text.data(), text.size(), "%lld s", seconds);
  } else if (seconds < 3600) {
    std::snprintf(text.data(), text.size(), "%lld min %02lld s", seconds / 60, seconds % 60);
  } else {
    std::snprintf(text.data(), text.size(), "%lld h %02lld min", seconds / 3600,
                  seconds % 3600 / 60);
  }
  return text.data();
}

std::string formatRate(std::uint64_t bytes, std::chrono::milliseconds duration) {
  if (duration.count() <= 0) {
    return {};
  }
  const double rate = static_cast<double>(bytes) * 1000 / static_cast<double>(duration.count());
  return formatBytes(static_cast<std::uint64_t>(rate)) + "/s";
}

}  // namespace wsferry::tool
