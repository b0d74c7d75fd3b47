#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/options/value_options.hpp"

using namespace wsferry;
using namespace wsferry::tool;

namespace {

struct Values {
  Duration time{1};
  Duration pause{1};
  std::size_t size = 1;
  std::uint16_t port = 1;
  std::string choice = "a";
};

/// What a command line sets, or the parser's words where it is refused.
struct Parsed {
  Values values;
  std::string refusal;
};

Parsed parse(const std::string& option, const std::string& value) {
  Parsed parsed;
  Values& values = parsed.values;
  CLI::App app;
  addDurationOption(app, "--time", values.time, false, "");
  addDurationOption(app, "--pause", values.pause, true, "", TimeUnit::milliseconds);
  addSizeOption(app, "--size", values.size, 1, 1 << 20, "");
  addNumberOption(app, "--port", values.port, std::uint16_t{0}, std::uint16_t{65535}, "");
  addChoiceOption(app, "--choice", values.choice, {"a", "b", "c"}, "");
  try {
    app.parse({value, option});
  } catch (const CLI::ParseError& error) {
    parsed.refusal = error.what();
  }
  return parsed;
}

}  // namespace

TEST_CASE("a time has a unit, or that of its option") {
  const auto ms = [](std::int64_t count) { return Duration(count); };
  CHECK(parseDuration("30", TimeUnit::seconds) == ms(30'000));
  CHECK(parseDuration("30", TimeUnit::milliseconds) == ms(30));
  CHECK(parseDuration("2.5", TimeUnit::seconds) == ms(2'500));
  CHECK(parseDuration(".5", TimeUnit::seconds) == ms(500));
  CHECK(parseDuration("500ms", TimeUnit::seconds) == ms(500));
  CHECK(parseDuration("30s", TimeUnit::milliseconds) == ms(30'000));
  CHECK(parseDuration("2m", TimeUnit::seconds) == ms(120'000));
  CHECK(parseDuration("1.5h", TimeUnit::seconds) == ms(5'400'000));
  CHECK(parseDuration("0", TimeUnit::seconds) == ms(0));
  CHECK(parseDuration("10000000", TimeUnit::seconds) == ms(10'000'000'000));
}

TEST_CASE("what is no time is none") {
  const std::string text =
      GENERATE("", "s", "-1", "+1", "1e3", "1 s", " 1", "1S", "30x", "1d", "nan", "inf", "0x10",
               "10000001", "2778h", "0.4ms", "1.2.3", "99999999999999999999999999");
  CHECK_FALSE(parseDuration(text, TimeUnit::seconds).has_value());
}

TEST_CASE("a size has a unit of 1024, or counts bytes") {
  CHECK(parseSize("4096") == 4096);
  CHECK(parseSize("0") == 0);
  CHECK(parseSize("10B") == 10);
  for (const char* text : {"64K", "64k", "64KB", "64KiB"}) {
    CHECK(parseSize(text) == 65'536);
  }
  CHECK(parseSize("1M") == 1'048'576);
  CHECK(parseSize("3GiB") == std::uint64_t{3} << 30);
  const std::string wrong = GENERATE("", "K", "-1", "1.5K", "1 K", "1T", "1KiBs", "1iB", "0x10",
                                     "18446744073709551616", "17179869184G");
  CHECK_FALSE(parseSize(wrong).has_value());
}

TEST_CASE("options take what is in their range") {
  CHECK(parse("--time", "2m").values.time == Duration(120'000));
  CHECK(parse("--pause", "5").values.pause == Duration(5));
  CHECK(parse("--pause", "5s").values.pause == Duration(5'000));
  CHECK(parse("--pause", "0").values.pause == Duration(0));
  CHECK(parse("--size", "1M").values.size == 1 << 20);
  CHECK(parse("--port", "65535").values.port == 65'535);
  CHECK(parse("--choice", "b").values.choice == "b");
}

TEST_CASE("a refusal names the option, its range, and a value that looks like a number") {
  CHECK(parse("--time", "30x").refusal ==
        "--time takes a time from 1ms to 10000000s, such as 30s, 500ms, 2m, 1h, or a number of "
        "seconds, not 30x");
  CHECK(parse("--pause", "-5").refusal ==
        "--pause takes 0, or a time from 1ms to 10000000s, such as 30s, 500ms, 2m, 1h, or a number "
        "of milliseconds, not -5");
  CHECK(parse("--size", "2M").refusal ==
        "--size takes a number of bytes from 1 to 1048576, such as 4096, 64K or 1M, not 2M");
  CHECK(parse("--port", "70000").refusal ==
        "--port takes a whole number from 0 to 65535, not 70000");
}

TEST_CASE("a value that may be a secret is not repeated") {
  const std::string option = GENERATE("--time", "--pause", "--size", "--port", "--choice");
  for (const std::string secret : {"hush", "0123456789abcdef0123456789abcdef"}) {
    const Parsed parsed = parse(option, secret);
    CHECK(parsed.refusal.find(option + " takes ") == 0);
    CHECK(parsed.refusal.find(secret) == std::string::npos);
  }
}

TEST_CASE("a choice is one of the words") {
  CHECK(parse("--choice", "d").refusal == "--choice takes a, b or c");
}
