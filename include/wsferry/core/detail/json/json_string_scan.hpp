#pragma once

#include <cstddef>
#include <cstdint>

#include "wsferry/export.hpp"

#if defined(__x86_64__) && defined(__SSE2__)
#include <immintrin.h>
#define WSFERRY_SCAN_SSE2 1
#endif

// The two searches that decide how fast JSON is read, 16 bytes at a time if the processor supports
// it, 32 for long strings.
namespace wsferry {

constexpr std::size_t commaBlockSize = 64;

inline bool isStringSpecial(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

#ifdef WSFERRY_SCAN_SSE2

/// The rest of findStringSpecial() for long strings, chosen for the processor.
WSFERRY_API const char* findStringSpecialInLong(const char* at, const char* end);

inline __m128i matchStringSpecial(__m128i bytes) {
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  return _mm_or_si128(_mm_or_si128(quote, backslash), control);
}

/// The first quote, backslash or control character, or `end`.
inline const char* findStringSpecial(const char* at, const char* end) {
  // Keys and most values end here; a call costs more than they do.
  for (int i = 0; i < 4; ++i, at += 16) {
    if (end - at < 16) {
      while (at != end && !isStringSpecial(*at)) {
        ++at;
      }
      return at;
    }
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const int found = _mm_movemask_epi8(matchStringSpecial(bytes));
    if (found != 0) {
      return at + __builtin_ctz(static_cast<unsigned>(found));
    }
  }
  return findStringSpecialInLong(at, end);
}

/// Bit i is set where block[i] is a comma.
inline std::uint64_t findCommas(const char* block) {
  std::uint64_t found = 0;
  for (unsigned i = 0; i < commaBlockSize; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + i));
    const int part = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')));
    found |= static_cast<std::uint64_t>(static_cast<unsigned>(part)) << i;
  }
  return found;
}

#else

inline const char* findStringSpecial(const char* at, const char* end) {
  while (at != end && !isStringSpecial(*at)) {
    ++at;
  }
  return at;
}

inline std::uint64_t findCommas(const char* block) {
  std::uint64_t found = 0;
  for (unsigned i = 0; i < commaBlockSize; ++i) {
    found |= static_cast<std::uint64_t>(block[i] == ',') << i;
  }
  return found;
}

#endif

}  // namespace wsferry
