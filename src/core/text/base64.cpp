#include "wsferry/core/detail/text/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/text/avx2.hpp"

namespace wsferry {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Large texts are decoded in pieces: std::string fills what it grows by with zeros, which costs
// next to nothing as long as the piece is still in the cache when it is overwritten. Encoding does
// the same.
constexpr std::size_t pieceSize = 16384;
static_assert(pieceSize % 4 == 0);
constexpr std::size_t bytesOfPiece = pieceSize / 4 * 3;

constexpr std::uint32_t foreign = 0xFF000000;

// For each place in a group of four: a letter's six bits, already where they belong in the 24.
using DecodeTables = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr DecodeTables makeDecodeTables() {
  DecodeTables tables{};
  for (auto& table : tables) {
    for (auto& value : table) {
      value = foreign;
    }
  }
  for (std::uint32_t value = 0; value < 64; ++value) {
    const auto letter = static_cast<unsigned char>(alphabet[value]);
    for (unsigned place = 0; place < 4; ++place) {
      tables[place][letter] = value << (18 - 6 * place);
    }
  }
  return tables;
}

constexpr DecodeTables decodeTables = makeDecodeTables();

struct Progress {
  const char* in;
  char* out;
};

std::uint32_t decodeGroup(const char* in, std::size_t letters) {
  std::uint32_t group = 0;
  for (std::size_t place = 0; place < letters; ++place) {
    group |= decodeTables[place][static_cast<unsigned char>(in[place])];
  }
  return group;
}

// Decodes everything; false at a foreign character. A rest of two or three letters gives one or two
// bytes.
bool decodePortable(Progress at, const char* end) {
  std::uint32_t seen = 0;
  for (; end - at.in >= 4; at.in += 4, at.out += 3) {
    const std::uint32_t group = decodeGroup(at.in, 4);
    seen |= group;
    at.out[0] = static_cast<char>(group >> 16);
    at.out[1] = static_cast<char>(group >> 8);
    at.out[2] = static_cast<char>(group);
  }
  const auto rest = static_cast<std::size_t>(end - at.in);
  if (rest > 0) {
    const std::uint32_t group = decodeGroup(at.in, rest);
    seen |= group;
    for (std::size_t i = 0; i + 1 < rest; ++i) {
      at.out[i] = static_cast<char>(group >> (16 - 8 * i));
    }
  }
  return (seen & foreign) == 0;
}

#if defined(__x86_64__)

// Sixteen entries, one per upper half of a character, in both lanes.
__attribute__((target("avx2"))) __m256i lookUp(const std::array<std::int8_t, 16>& table,
                                               __m256i index) {
  const auto* const entries = reinterpret_cast<const __m128i*>(table.data());
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(entries)), index);
}

// Decodes blocks of 32 characters as long as writing 32 bytes is safe, which a rest of 44
// characters still is: 33 bytes. Stops in front of a block with a foreign character.
//
// The letters with the same upper half of their code are a range with one distance to their value,
// except '/', which stands next to '+' under 0x2.
__attribute__((target("avx2"))) Progress decodeAvx2(Progress at, const char* end) {
  static constexpr std::array<std::int8_t, 16> first = {1, 1, '+', '0', 'A', 'P', 'a', 'p',
                                                        1, 1, 1,   1,   1,   1,   1,   1};
  static constexpr std::array<std::int8_t, 16> last = {0, 0, '+', '9', 'O', 'Z', 'o', 'z',
                                                       0, 0, 0,   0,   0,   0,   0,   0};
  static constexpr std::array<std::int8_t, 16> distance = {
      0, 0, 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0};
  const __m256i slash = _mm256_set1_epi8('/');
  const __m256i slashMore = _mm256_set1_epi8(63 - '/' - (62 - '+'));
  // Four values to three bytes, the first value in the upper bits; then the bytes of each lane to
  // its front, then both lanes together.
  const __m256i pairs = _mm256_set1_epi32(0x01400140);
  const __m256i quads = _mm256_set1_epi32(0x00011000);
  const __m256i toFront = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,
                                           2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);

  for (; end - at.in >= 44; at.in += 32, at.out += 24) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at.in));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(text, 4), _mm256_set1_epi8(0x0F));
    const __m256i isSlash = _mm256_cmpeq_epi8(text, slash);
    const __m256i outside = _mm256_or_si256(_mm256_cmpgt_epi8(lookUp(first, upper), text),
                                            _mm256_cmpgt_epi8(text, lookUp(last, upper)));
    if (!_mm256_testc_si256(isSlash, outside)) {
      break;
    }
    const __m256i values = _mm256_add_epi8(_mm256_add_epi8(text, lookUp(distance, upper)),
                                           _mm256_and_si256(isSlash, slashMore));
    const __m256i groups = _mm256_madd_epi16(_mm256_maddubs_epi16(values, pairs), quads);
    const __m256i bytes =
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, toFront), together);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(at.out), bytes);
  }
  return at;
}

#endif

bool decodePiece(std::string_view piece, char* out) {
  Progress at{piece.data(), out};
  const char* const end = piece.data() + piece.size();
#if defined(__x86_64__)
  if (haveAvx2) {
    at = decodeAvx2(at, end);
  }
#endif
  return decodePortable(at, end);
}

// Two letters for each value of twelve bits.
using EncodeTable = std::array<std::array<char, 2>, 4096>;

constexpr EncodeTable makeEncodeTable() {
  EncodeTable table{};
  for (std::size_t value = 0; value < table.size(); ++value) {
    table[value][0] = alphabet[value >> 6];
    table[value][1] = alphabet[value & 63];
  }
  return table;
}

constexpr EncodeTable encodeTable = makeEncodeTable();

// Encodes everything; a rest of one or two bytes is padded.
void encodePortable(Progress at, const char* end) {
  const auto byteAt = [&at](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(at.in[i]));
  };
  for (; end - at.in >= 3; at.in += 3, at.out += 4) {
    const std::uint32_t group = byteAt(0) << 16 | byteAt(1) << 8 | byteAt(2);
    std::memcpy(at.out, encodeTable[group >> 12].data(), 2);
    std::memcpy(at.out + 2, encodeTable[group & 4095].data(), 2);
  }
  const auto rest = static_cast<std::size_t>(end - at.in);
  if (rest > 0) {
    const std::uint32_t group = byteAt(0) << 16 | (rest > 1 ? byteAt(1) << 8 : 0);
    std::memcpy(at.out, encodeTable[group >> 12].data(), 2);
    at.out[2] = rest > 1 ? alphabet[group >> 6 & 63] : '=';
    at.out[3] = '=';
  }
}

#if defined(__x86_64__)

// Encodes blocks of 24 bytes as long as reading 28 is safe.
__attribute__((target("avx2"))) Progress encodeAvx2(Progress at, const char* end) {
  // Each group of bytes a, b, c becomes the 16-bit numbers ab and bc, from which multiplications
  // shift two values of six bits each into place.
  const __m256i toPairs = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                           1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m256i firstAndThird = _mm256_set1_epi32(0x0FC0FC00);
  const __m256i downBy10And6 = _mm256_set1_epi32(0x04000040);
  const __m256i secondAndFourth = _mm256_set1_epi32(0x003F03F0);
  const __m256i upBy4And8 = _mm256_set1_epi32(0x01000010);
  // The distance from a value to its letter, by range: a to z, ten digits, plus, slash, A to Z.
  const __m256i distances = _mm256_broadcastsi128_si256(
      _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                    '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0));

  for (; end - at.in >= 28; at.in += 24, at.out += 32) {
    const __m256i bytes =
        _mm256_set_m128i(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at.in + 12)),
                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(at.in)));
    const __m256i pairs = _mm256_shuffle_epi8(bytes, toPairs);
    const __m256i values =
        _mm256_or_si256(_mm256_mulhi_epu16(_mm256_and_si256(pairs, firstAndThird), downBy10And6),
                        _mm256_mullo_epi16(_mm256_and_si256(pairs, secondAndFourth), upBy4And8));
    const __m256i isUpper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i range = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                                          _mm256_and_si256(isUpper, _mm256_set1_epi8(13)));
    const __m256i letters = _mm256_add_epi8(values, _mm256_shuffle_epi8(distances, range));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(at.out), letters);
  }
  return at;
}

#endif

void encodePiece(std::string_view piece, char* out) {
  Progress at{piece.data(), out};
  const char* const end = piece.data() + piece.size();
#if defined(__x86_64__)
  if (haveAvx2) {
    at = encodeAvx2(at, end);
  }
#endif
  encodePortable(at, end);
}

}  // namespace

bool decodeBase64(std::string_view text, std::string& out) {
  if (text.size() % 4 == 0) {
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1) {
    return false;
  }
  const std::size_t before = out.size();
  out.reserve(before + text.size() / 4 * 3 + 2);
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, pieceSize);
    const std::size_t begin = out.size();
    out.resize(begin + piece.size() * 3 / 4);
    if (!decodePiece(piece, out.data() + begin)) {
      out.resize(before);
      return false;
    }
    text.remove_prefix(piece.size());
  }
  return true;
}

void encodeBase64(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, bytesOfPiece);
    const std::size_t begin = out.size();
    out.resize(begin + (piece.size() + 2) / 3 * 4);
    encodePiece(piece, out.data() + begin);
    bytes.remove_prefix(piece.size());
  }
}

}  // namespace wsferry
