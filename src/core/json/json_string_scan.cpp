#include "wsferry/core/detail/json/json_string_scan.hpp"

#include "core/text/avx2.hpp"

#ifdef WSFERRY_SCAN_SSE2

namespace wsferry {
namespace {

__attribute__((target("avx2"))) inline __m256i matchInWide(__m256i bytes) {
  const __m256i quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
  const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
  return _mm256_or_si256(_mm256_or_si256(quote, backslash), control);
}

// Steps over whole blocks of 64 bytes without a special character.
__attribute__((target("avx2"))) const char* skipPlainAvx2(const char* at, const char* end) {
  for (; end - at >= 64; at += 64) {
    const auto* const block = reinterpret_cast<const __m256i*>(at);
    const __m256i found = _mm256_or_si256(matchInWide(_mm256_loadu_si256(block)),
                                          matchInWide(_mm256_loadu_si256(block + 1)));
    if (!_mm256_testz_si256(found, found)) {
      break;
    }
  }
  return at;
}

const char* skipPlainSse2(const char* at, const char* end) {
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    if (_mm_movemask_epi8(matchStringSpecial(bytes)) != 0) {
      break;
    }
  }
  return at;
}

}  // namespace

const char* findStringSpecialInLong(const char* at, const char* end) {
  if (haveAvx2) {
    at = skipPlainAvx2(at, end);
  }
  at = skipPlainSse2(at, end);
  while (at != end && !isStringSpecial(*at)) {
    ++at;
  }
  return at;
}

}  // namespace wsferry

#endif
