#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsferry::tool {

/// `0 B`, `999 B`, `1.5 KB`, `40.7 MB`; a KB is 1024 bytes, as in Strapi's own output.
std::string formatBytes(std::uint64_t bytes);

/// Digits in groups of three: `20,404`.
std::string formatCount(std::uint64_t count);

/// The same with what it is a count of: `1 file`, `20,404 files`.
std::string formatCount(std::uint64_t count, std::string_view one, std::string_view many);

/// `0.4 s`, `42 s`, `3 min 05 s`, `2 h 07 min`.
std::string formatDuration(std::chrono::milliseconds duration);

/// Bytes a second over a time: `5.3 MB/s`; empty for no time at all.
std::string formatRate(std::uint64_t bytes, std::chrono::milliseconds duration);

}  // namespace wsferry::tool
