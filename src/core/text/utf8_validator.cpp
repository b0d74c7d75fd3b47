#include "wsferry/core/detail/text/utf8_validator.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#ifdef WSFERRY_HAVE_AVX2_UTF8
#include <immintrin.h>
#endif

#include "core/text/avx2.hpp"

namespace wsferry {
namespace {

// What may come next. The states between `one` and `afterF4` expect that many continuation bytes,
// the first of them from a range that depends on the lead byte.
enum State : std::uint8_t {
  start,
  one,
  two,
  three,
  afterE0,  // A0..BF: below is overlong
  afterED,  // 80..9F: above are the surrogates
  afterF0,  // 90..BF: below is overlong
  afterF4,  // 80..8F: above is beyond U+10FFFF
  reject
};

State lead(std::uint8_t byte) {
  if (byte < 0x80) {
    return start;
  }
  if (byte < 0xC2 || byte > 0xF4) {
    return reject;
  }
  if (byte < 0xE0) {
    return one;
  }
  switch (byte) {
    case 0xE0:
      return afterE0;
    case 0xED:
      return afterED;
    case 0xF0:
      return afterF0;
    case 0xF4:
      return afterF4;
    default:
      return byte < 0xF0 ? two : three;
  }
}

State advance(State state, std::uint8_t byte) {
  const auto expect = [byte](int first, int last, State then) {
    return byte >= first && byte <= last ? then : reject;
  };
  switch (state) {
    case start:
      return lead(byte);
    case one:
      return expect(0x80, 0xBF, start);
    case two:
      return expect(0x80, 0xBF, one);
    case three:
      return expect(0x80, 0xBF, two);
    case afterE0:
      return expect(0xA0, 0xBF, one);
    case afterED:
      return expect(0x80, 0x9F, one);
    case afterF0:
      return expect(0x90, 0xBF, two);
    case afterF4:
      return expect(0x80, 0x8F, two);
    case reject:
      break;
  }
  return reject;
}

// Length of the last character where it lacks bytes, judged by its lead byte alone; else 0.
std::size_t unfinishedLength(std::string_view text) {
  const std::size_t reach = text.size() < 3 ? text.size() : 3;
  for (std::size_t back = 1; back <= reach; ++back) {
    const auto byte = static_cast<std::uint8_t>(text[text.size() - back]);
    if (byte >= 0xC0) {
      const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
      return length > back ? back : 0;
    }
    if (byte < 0x80) {
      return 0;
    }
  }
  return 0;
}

// What fits into a few lines of cache is looked through sooner than the ways for long texts begin.
constexpr std::size_t shortText = 1024;

bool isAscii16(const char* bytes) {
  std::uint64_t words[2];
  std::memcpy(words, bytes, sizeof words);
  return ((words[0] | words[1]) & 0x8080808080808080U) == 0;
}

// Of at least 16 bytes: the last ones are looked at twice.
bool isAscii(std::string_view text) {
  const std::size_t last = text.size() - 16;
  for (std::size_t at = 0; at < last; at += 16) {
    if (!isAscii16(text.data() + at)) {
      return false;
    }
  }
  return isAscii16(text.data() + last);
}

bool isValidUtf8(std::string_view text) {
  if (text.size() >= 16 && text.size() <= shortText && isAscii(text)) {
    return true;
  }
#ifdef WSFERRY_HAVE_AVX2_UTF8
  if (haveAvx2 && text.size() >= 32) {
    return detail::isValidUtf8Avx2(text);
  }
#endif
  return detail::isValidUtf8Portable(text);
}

}  // namespace

bool Utf8Validator::update(std::string_view piece) {
  auto state = static_cast<State>(state_);
  std::size_t begin = 0;
  while (state != start && state != reject && begin < piece.size()) {
    state = advance(state, static_cast<std::uint8_t>(piece[begin++]));
  }
  if (state == start) {
    piece.remove_prefix(begin);
    const std::size_t tail = unfinishedLength(piece);
    if (!isValidUtf8(piece.substr(0, piece.size() - tail))) {
      state = reject;
    } else {
      for (const char c : piece.substr(piece.size() - tail)) {
        state = advance(state, static_cast<std::uint8_t>(c));
      }
    }
  }
  state_ = state;
  return state != reject;
}

namespace detail {

bool isValidUtf8Portable(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  State state = start;
  while (p != end) {
    if (state == start) {
      while (end - p >= 16 && isAscii16(p)) {
        p += 16;
      }
      if (p == end) {
        break;
      }
    }
    // At least one character that is not ASCII is near: go on byte by byte up to its end.
    do {
      state = advance(state, static_cast<std::uint8_t>(*p++));
    } while (p != end && (state != start || (*p & 0x80) != 0) && state != reject);
    if (state == reject) {
      return false;
    }
  }
  return state == start;
}

#ifdef WSFERRY_HAVE_AVX2_UTF8

namespace {

#define WSFERRY_AVX2 __attribute__((target("avx2")))

// The method of Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte": three
// table lookups by the nibbles of two neighbouring bytes find every error that shows in two bytes;
// what is left is whether third and fourth bytes are where they belong. One bit per kind of error.
enum : std::uint8_t {
  tooShort = 1 << 0,      // a lead byte, then no continuation
  tooLong = 1 << 1,       // ASCII, then a continuation
  overlong3 = 1 << 2,     // E0 80..9F
  tooLarge = 1 << 3,      // F4 90.., F5.. 90..
  surrogate = 1 << 4,     // ED A0..BF
  overlong2 = 1 << 5,     // C0..C1
  tooLarge1000 = 1 << 6,  // F5.. 80..8F
  overlong4 = 1 << 6,     // F0 80..8F
  twoContinuations = 1 << 7,
  carry = tooShort | tooLong | twoContinuations  // decided by the high nibbles alone
};

using Table = std::array<std::uint8_t, 16>;

constexpr Table firstHigh = {
    tooLong,
    tooLong,
    tooLong,
    tooLong,
    tooLong,
    tooLong,
    tooLong,
    tooLong,
    twoContinuations,
    twoContinuations,
    twoContinuations,
    twoContinuations,
    tooShort | overlong2,
    tooShort,
    tooShort | overlong3 | surrogate,
    tooShort | tooLarge | tooLarge1000 | overlong4,
};
constexpr Table firstLow = {
    carry | overlong3 | overlong2 | overlong4,
    carry | overlong2,
    carry,
    carry,
    carry | tooLarge,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000 | surrogate,
    carry | tooLarge | tooLarge1000,
    carry | tooLarge | tooLarge1000,
};
constexpr std::uint8_t anyContinuation = tooLong | overlong2 | twoContinuations;
constexpr Table secondHigh = {
    tooShort,
    tooShort,
    tooShort,
    tooShort,
    tooShort,
    tooShort,
    tooShort,
    tooShort,
    anyContinuation | overlong3 | tooLarge1000 | overlong4,
    anyContinuation | overlong3 | tooLarge,
    anyContinuation | surrogate | tooLarge,
    anyContinuation | surrogate | tooLarge,
    tooShort,
    tooShort,
    tooShort,
    tooShort,
};

WSFERRY_AVX2 inline __m256i load(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

WSFERRY_AVX2 inline __m256i lookUp(const Table& table, __m256i nibbles) {
  const __m128i half = _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data()));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(half), nibbles);
}

WSFERRY_AVX2 inline __m256i highNibbles(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

// The block moved back by `count` bytes, filled up from the end of the block before it.
template <int count>
WSFERRY_AVX2 inline __m256i shiftedIn(__m256i block, __m256i before) {
  return _mm256_alignr_epi8(block, _mm256_permute2x128_si256(before, block, 0x21), 16 - count);
}

struct Avx2State {
  __m256i before;      // the block before the next one
  __m256i unfinished;  // not zero where the block before ends inside a character
  __m256i error;       // not zero once an error was found
};

WSFERRY_AVX2 inline void checkBlock(Avx2State& state, __m256i block) {
  const __m256i first = shiftedIn<1>(block, state.before);
  const __m256i inPairs = _mm256_and_si256(
      _mm256_and_si256(lookUp(firstHigh, highNibbles(first)),
                       lookUp(firstLow, _mm256_and_si256(first, _mm256_set1_epi8(0x0F)))),
      lookUp(secondHigh, highNibbles(block)));
  const __m256i third = _mm256_subs_epu8(shiftedIn<2>(block, state.before),
                                         _mm256_set1_epi8(static_cast<char>(0xE0 - 0x80)));
  const __m256i fourth = _mm256_subs_epu8(shiftedIn<3>(block, state.before),
                                          _mm256_set1_epi8(static_cast<char>(0xF0 - 0x80)));
  const __m256i mustContinue =
      _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(static_cast<char>(0x80)));
  state.error = _mm256_or_si256(state.error, _mm256_xor_si256(mustContinue, inPairs));

  alignas(32) static constexpr std::array<std::uint8_t, 32> highestWhole = {
      255, 255, 255, 255, 255, 255, 255, 255,      255,      255,     255,
      255, 255, 255, 255, 255, 255, 255, 255,      255,      255,     255,
      255, 255, 255, 255, 255, 255, 255, 0xF0 - 1, 0xE0 - 1, 0xC0 - 1};
  state.unfinished = _mm256_subs_epu8(block, load(highestWhole.data()));
  state.before = block;
}

// An ASCII block is right exactly where the block before it ended with a whole character.
WSFERRY_AVX2 inline void checkAsciiBlock(Avx2State& state, __m256i block) {
  state.error = _mm256_or_si256(state.error, state.unfinished);
  state.unfinished = _mm256_setzero_si256();
  state.before = block;
}

}  // namespace

WSFERRY_AVX2 bool isValidUtf8Avx2(std::string_view text) {
  const __m256i zero = _mm256_setzero_si256();
  Avx2State state{zero, zero, zero};
  const char* p = text.data();
  const char* const end = p + text.size();
  for (; end - p >= 128; p += 128) {
    const __m256i blocks[4] = {load(p), load(p + 32), load(p + 64), load(p + 96)};
    const __m256i all = _mm256_or_si256(_mm256_or_si256(blocks[0], blocks[1]),
                                        _mm256_or_si256(blocks[2], blocks[3]));
    if (_mm256_movemask_epi8(all) == 0) {
      checkAsciiBlock(state, blocks[3]);
    } else {
      for (const __m256i block : blocks) {
        checkBlock(state, block);
      }
    }
  }
  for (; end - p >= 32; p += 32) {
    checkBlock(state, load(p));
  }
  // Zero bytes behind the end are ASCII: they show a character that lacks bytes.
  alignas(32) char last[32] = {};
  std::memcpy(last, p, static_cast<std::size_t>(end - p));
  checkBlock(state, load(last));
  return _mm256_testz_si256(state.error, state.error) != 0;
}

#endif

}  // namespace detail
}  // namespace wsferry
