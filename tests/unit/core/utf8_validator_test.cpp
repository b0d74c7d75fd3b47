#include "wsferry/core/detail/text/utf8_validator.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

using wsferry::Utf8Validator;

namespace {

/// The definition itself: decodes one code point after the other. `prefixes` tells whether a text
/// that is cut inside a valid character counts as valid.
bool isUtf8(std::string_view text, bool prefixes) {
  const auto byteAt = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byteAt(i);
    std::size_t length = 0;
    std::uint32_t lowest = 0;
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first >= 0xC0 && first < 0xE0) {
      length = 2;
      lowest = 0x80;
    } else if (first >= 0xE0 && first < 0xF0) {
      length = 3;
      lowest = 0x800;
    } else if (first >= 0xF0 && first < 0xF8) {
      length = 4;
      lowest = 0x10000;
    } else {
      return false;
    }
    // All the code points that the bytes present can become: one range.
    std::uint32_t low = first & (0xFFu >> (length + 1));
    std::uint32_t high = low;
    bool whole = true;
    for (std::size_t k = 1; k < length; ++k) {
      if (i + k < text.size()) {
        if ((byteAt(i + k) & 0xC0) != 0x80) {
          return false;
        }
        low = low << 6 | (byteAt(i + k) & 0x3Fu);
        high = high << 6 | (byteAt(i + k) & 0x3Fu);
      } else {
        whole = false;
        low = low << 6;
        high = high << 6 | 0x3Fu;
      }
    }
    const bool onlySurrogates = low >= 0xD800 && high <= 0xDFFF;
    if (high < lowest || low > 0x10FFFF || onlySurrogates || (!whole && !prefixes)) {
      return false;
    }
    i += length;
  }
  return true;
}

bool validWhole(std::string_view text) {
  Utf8Validator validator;
  return validator.update(text) && validator.complete();
}

/// Bytes at which the rules change, and one inside of each range.
const std::vector<unsigned char> boundaries = {
    0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91, 0x9F, 0xA0, 0xA1, 0xBF, 0xC0, 0xC1,
    0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};

std::string randomText(std::mt19937& random, std::size_t characters, std::size_t asciiOfTen) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) {
    std::uint32_t point = random() % 128;
    if (random() % 10 >= asciiOfTen) {
      const std::uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
      const auto kind = random() % 3;
      do {
        point =
            limits[kind] + static_cast<std::uint32_t>(random()) % (limits[kind + 1] - limits[kind]);
      } while (point >= 0xD800 && point <= 0xDFFF);
    }
    const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
      add(point);
    } else if (point < 0x800) {
      add(0xC0 | point >> 6);
      add(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
      add(0xE0 | point >> 12);
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    } else {
      add(0xF0 | point >> 18);
      add(0x80 | (point >> 12 & 0x3F));
      add(0x80 | (point >> 6 & 0x3F));
      add(0x80 | (point & 0x3F));
    }
  }
  return text;
}

using Implementation = bool (*)(std::string_view);

std::vector<Implementation> implementations() {
  std::vector<Implementation> all{wsferry::detail::isValidUtf8Portable};
#ifdef WSFERRY_HAVE_AVX2_UTF8
  if (__builtin_cpu_supports("avx2")) {
    all.push_back(wsferry::detail::isValidUtf8Avx2);
  }
#endif
  return all;
}

}  // namespace

TEST_CASE("every sequence of one to four boundary bytes is judged by the definition") {
  std::size_t wrong = 0;
  std::string text;
  const auto check = [&] {
    // Byte by byte: the verdict must come with the first byte that cannot continue.
    Utf8Validator validator;
    bool good = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
      good = validator.update(std::string_view(text).substr(i, 1));
      wrong += good != isUtf8(std::string_view(text).substr(0, i + 1), true);
    }
    wrong += (good && validator.complete()) != isUtf8(text, false);
    Utf8Validator atOnce;
    const bool goodAtOnce = atOnce.update(text);
    wrong += goodAtOnce != good || (good && atOnce.complete() != validator.complete());
  };
  for (const auto a : boundaries) {
    text.assign(1, static_cast<char>(a));
    check();
    for (const auto b : boundaries) {
      text.assign({static_cast<char>(a), static_cast<char>(b)});
      check();
      for (const auto c : boundaries) {
        text.assign({static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)});
        check();
        for (const auto d : boundaries) {
          text.assign({static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                       static_cast<char>(d)});
          check();
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("every pair of bytes is judged by the definition wherever it stands in a block") {
  std::size_t wrong = 0;
  for (const auto implementation : implementations()) {
    for (unsigned pair = 0; pair < 0x10000; ++pair) {
      const std::size_t at = 20 + pair % 23;
      std::string text(70, 'a');
      text[at] = static_cast<char>(pair >> 8);
      text[at + 1] = static_cast<char>(pair & 0xFF);
      wrong += implementation(text) != isUtf8(text, false);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("boundary sequences across the borders of blocks") {
  std::size_t wrong = 0;
  for (const auto implementation : implementations()) {
    for (const std::size_t at : {29u, 30u, 31u, 32u, 61u, 63u, 125u, 126u, 127u, 128u, 253u}) {
      for (const auto a : boundaries) {
        for (const auto b : boundaries) {
          for (const auto c : boundaries) {
            std::string text(300, 'a');
            text[at] = static_cast<char>(a);
            text[at + 1] = static_cast<char>(b);
            text[at + 2] = static_cast<char>(c);
            text[at + 3] = static_cast<char>(0x80 + (a + b + c) % 0x40);
            wrong += implementation(text) != isUtf8(text, false);
          }
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a text is valid however it is cut in two, and cuts are complete at characters only") {
  std::mt19937 random(1);
  for (const std::size_t ascii : {0u, 5u, 9u}) {
    const std::string text = randomText(random, 120, ascii);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Utf8Validator validator;
      REQUIRE(validator.update(std::string_view(text).substr(0, cut)));
      REQUIRE(validator.complete() ==
              (cut == text.size() || (static_cast<unsigned char>(text[cut]) & 0xC0) != 0x80));
      REQUIRE(validator.update(std::string_view(text).substr(cut)));
      REQUIRE(validator.complete());
    }
  }
}

TEST_CASE("random texts with random damage are judged by the definition, cut at random") {
  std::mt19937 random(GENERATE(2u, 3u, 4u));
  std::size_t wrong = 0;
  std::size_t valid = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = randomText(random, random() % 100, random() % 11);
    for (auto damage = random() % 3; damage > 0 && !text.empty(); --damage) {
      text[random() % text.size()] = static_cast<char>(boundaries[random() % boundaries.size()]);
    }
    if (random() % 4 == 0) {
      text.resize(text.size() - random() % (text.size() + 1) / 8);
    }
    const bool expected = isUtf8(text, false);
    valid += expected;
    for (const auto implementation : implementations()) {
      wrong += implementation(text) != expected;
    }
    Utf8Validator validator;
    bool good = true;
    for (std::size_t at = 0; good && at < text.size();) {
      const std::size_t size = 1 + random() % 90;
      good = validator.update(std::string_view(text).substr(at, size));
      at = std::min(text.size(), at + size);
      wrong += good != isUtf8(std::string_view(text).substr(0, at), true);
    }
    wrong += (good && validator.complete()) != expected;
  }
  CHECK(wrong == 0);
  CHECK(valid > 1000);
}

TEST_CASE("a rejected text stays rejected until reset") {
  Utf8Validator validator;
  CHECK(!validator.update("\xFF"));
  CHECK(!validator.update("abc"));
  CHECK(!validator.complete());
  validator.reset();
  CHECK(validator.update("abc"));
  CHECK(validator.complete());
  CHECK(validWhole(""));
}
