#include <algorithm>

#include "catch.hpp"
#include "support/archive_source_fixture.hpp"
#include "wsferry/archive/archive_error.hpp"

using namespace support;
using wsferry::Errc;
using wsferry::archive::ArchiveErrc;

namespace {

struct Outcome {
  std::error_code code;
  std::multimap<std::string, std::string> items;  ///< Where there was no error.
};

/// Damage is found before a destination is touched: what bootstrap() takes can be read to its end.
Outcome readDamaged(const std::string& path, const std::string& key) {
  Outcome outcome;
  outcome.code = errorOf([&] {
    ArchiveSourceOptions options;
    options.path = path;
    options.key = key;
    ArchiveSource(options).bootstrap();
  });
  if (!outcome.code) {
    outcome.code = errorOf([&] { outcome.items = flat(readExport(path, key)); });
  }
  return outcome;
}

/// The small export in one of the formats, as bytes.
std::string bytesOf(const ArchiveDestinationOptions& options) {
  writeExport(options, validExport());
  std::string bytes = readFile(options.path);
  std::filesystem::remove(options.path);
  return bytes;
}

bool isDamage(std::error_code code) {
  return code == ArchiveErrc::invalidArchive || code == ArchiveErrc::wrongKey;
}

}  // namespace

TEST_CASE("A flipped bit anywhere in a compressed archive is noticed, or changes nothing") {
  const TemporaryFolder folder;
  const auto expected = flat(validExport());
  for (const auto& options : allFormats(folder / "x")) {
    if (!options.format.compressed) {
      continue;
    }
    const std::string whole = bytesOf(options);
    const std::size_t step = options.format.encrypted ? 61 : 1;  // A key takes its time.
    std::size_t noticed = 0;
    for (std::size_t place = 0; place < whole.size(); place += step) {
      CAPTURE(options.format.extension(), place, whole.size());
      std::string damaged = whole;
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << (place % 8)));
      writeFile(folder / "damaged", damaged);
      const Outcome outcome = readDamaged(folder / "damaged", options.key);
      if (outcome.code) {
        CHECK(isDamage(outcome.code));
        ++noticed;
      } else {
        CHECK(outcome.items == expected);
      }
    }
    CHECK(noticed > whole.size() / step / 2);
  }
}

TEST_CASE("A compressed archive that was cut anywhere is refused") {
  const TemporaryFolder folder;
  for (const auto& options : allFormats(folder / "x")) {
    if (!options.format.compressed) {
      continue;
    }
    const std::string whole = bytesOf(options);
    const std::size_t step = options.format.encrypted ? 48 : 1;
    for (std::size_t size = 0; size < whole.size(); size += step) {
      CAPTURE(options.format.extension(), size, whole.size());
      writeFile(folder / "damaged", std::string_view(whole).substr(0, size));
      CHECK(isDamage(readDamaged(folder / "damaged", options.key).code));
    }
  }
}

TEST_CASE("Damage in a plain tar never does worse than an error") {
  const TemporaryFolder folder;
  const std::string whole = bytesOf(tarOptions(folder / "x"));
  for (std::size_t place = 0; place < whole.size(); place += 7) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << (place % 8)));
    writeFile(folder / "damaged", damaged);
    const auto code = readDamaged(folder / "damaged", "key").code;
    CAPTURE(place);
    CHECK((!code || isDamage(code)));
  }
  for (std::size_t size = 0; size < whole.size() - 512; size += 11) {
    writeFile(folder / "damaged", std::string_view(whole).substr(0, size));
    CAPTURE(size);
    CHECK(isDamage(readDamaged(folder / "damaged", "key").code));
  }
}

TEST_CASE("Damage is told from problems of the content") {
  const TemporaryFolder folder;
  Export content = validExport();
  content.assets.push_back(asset("large", ".bin", std::string(100'000, 'l')));
  writeExport(tarOptions(folder / "x"), content);
  const std::string whole = readFile(folder / "x");
  writeFile(folder / "x", std::string_view(whole).substr(0, whole.size() - 4096));
  const std::string message = messageOf([&] { readExport(folder / "x"); });
  CHECK(contains(message, "cannot read " + (folder / "x")));
  CHECK_FALSE(contains(message, "\n"));
}
