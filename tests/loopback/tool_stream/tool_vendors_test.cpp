// The tool with seven vendors' public APIs, each by its profile alone.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/tool_process.hpp"
#include "support/vendors/vendors.hpp"
#include "wsferry/gateway/profile.hpp"

using namespace support;

namespace {

struct VendorTool : Tool {
  VendorTool() { variables.clear(); }

  Run stream(const Vendor& vendor, const VendorServer& server,
             const std::vector<std::string>& more = {}, std::string key = vendorKey) {
    return streamFile(vendor, server, std::string(9'600, 'a'), true, more, std::move(key));
  }

  /// Of a WAV file: wFormatTag and the bits of a sample.
  struct Format {
    unsigned tag;
    unsigned bits;
  };
  Run streamWav(const Vendor& vendor, const VendorServer& server, Format format,
                const std::string& samples, std::size_t size, const std::string& rest = "",
                std::uint32_t fileSize = 0) {
    const auto number = [](std::uint32_t value, int bytes) {
      std::string text;
      for (int i = 0; i < bytes; ++i) {
        text += static_cast<char>(value >> (8 * i) & 0xFF);
      }
      return text;
    };
    const std::string header = "RIFF" + number(fileSize, 4) + "WAVEfmt " + number(16, 4) +
                               number(format.tag, 2) + number(1, 2) + number(vendor.sampleRate, 4) +
                               number(0, 4) + number(format.bits / 8, 2) + number(format.bits, 2) +
                               "data" + number(static_cast<std::uint32_t>(size), 4);
    return streamFile(vendor, server, header + samples + rest, false);
  }

  Run streamFile(const Vendor& vendor, const VendorServer& server, const std::string& bytes,
                 bool isRaw, const std::vector<std::string>& more = {},
                 std::string key = vendorKey) {
    const std::string audio = folder / "audio";
    std::ofstream(audio, std::ios::binary) << bytes;
    const std::string url = vendor.sessionRequest ? server.requestUrl() : server.url();
    variables.clear();
    if (const std::string variable = keyVariable(vendor); !variable.empty()) {
      variables = {variable + "=" + key};
    }
    std::vector<std::string> arguments = {"stream", url, audio, "--profile", vendor.profile};
    if (isRaw) {
      arguments.insert(arguments.end(),
                       {"--raw-audio", "linear16," + std::to_string(vendor.sampleRate) + ",1"});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
};

std::string anyVendor() {
  return GENERATE("deepgram", "assemblyai", "speechmatics", "soniox", "gladia", "openai", "vosk");
}

}  // namespace

TEST_CASE("stream shows each vendor's final texts, a line each") {
  const Vendor vendor = vendorNamed(anyVendor());
  CAPTURE(vendor.profile);
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.stream(vendor, server);
  CAPTURE(run.errors, server.log().problems());
  CHECK(run.exitCode == 0);
  CHECK(run.output == (vendor.profile == "openai" ? "hello world\n" : "hello world\ngood bye\n"));
  CHECK(contains(run.errors, "complete: "));
}

TEST_CASE("stream tells programs each vendor's texts, words and speakers") {
  const Vendor vendor = vendorNamed(anyVendor());
  CAPTURE(vendor.profile);
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.stream(vendor, server, {"--json", "-o", tool.folder / "texts"});
  CAPTURE(run.errors, run.output);
  CHECK(run.exitCode == 0);
  CHECK(contains(run.output, R"("frameType":"partial","text":"hello wor")"));
  CHECK(contains(run.output, R"("frameType":"final","text":"hello)"));
  const std::string word = R"("words":[{"text":"hello","start":100,"end":500)";
  CHECK(contains(run.output, word) == (vendor.profile != "openai"));
  CHECK(contains(run.output, R"("continues":true)") == (vendor.profile == "soniox"));
  CHECK(contains(run.output, R"("continues":false)"));
  std::ifstream texts(tool.folder / "texts");
  std::string first;
  std::getline(texts, first);
  CHECK(first == "hello world");
}

TEST_CASE("stream tells what each vendor refuses and fails by its exit code") {
  const Vendor vendor = vendorNamed(anyVendor());
  CAPTURE(vendor.profile);
  VendorTool tool;
  SECTION("credentials") {
    const VendorServer server(vendor);
    const auto run = tool.stream(vendor, server, {}, "another");
    CAPTURE(run.errors);
    CHECK(run.exitCode == (vendor.profile == "vosk" ? 0 : 3));
  }
  SECTION("an error in mid-stream") {
    const VendorServer server(vendor, VendorFault::midStream);
    const auto run = tool.stream(vendor, server);
    CAPTURE(run.errors);
    CHECK(run.exitCode == (vendor.profile == "vosk" ? 4 : 1));
    CHECK(contains(run.errors, "the reason"));
  }
  SECTION("a lost connection") {
    const VendorServer server(vendor, VendorFault::lost);
    const auto run = tool.stream(vendor, server);
    CAPTURE(run.errors);
    CHECK(run.exitCode == 4);
    CHECK(contains(run.errors, "partial result that never became final: hello wor"));
  }
}

TEST_CASE("a close code that a profile lists is about the credentials") {
  const std::string name = GENERATE("assemblyai", "deepgram");
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor, VendorFault::closed);
  VendorTool tool;
  const auto run = tool.stream(vendor, server);
  CAPTURE(run.errors);
  CHECK(run.exitCode == (name == "assemblyai" ? 3 : 4));
}

TEST_CASE("stream fails, though quiet, where a vendor has not taken the audio") {
  const std::string name = GENERATE("openai", "gladia");
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor, VendorFault::refusing);
  VendorTool tool;
  const auto run = tool.stream(vendor, server, {"-q"});
  CAPTURE(run.errors);
  CHECK(run.exitCode == (name == "openai" ? 4 : 1));
  CHECK(run.output.empty());
  CHECK(contains(run.errors, "the reason"));
}

TEST_CASE("stream asks for a URL, and repeats nowhere what is secret in it") {
  const Vendor vendor = vendorNamed("gladia");
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.stream(vendor, server, {"-v", "--language", "en"});
  CAPTURE(run.errors, server.log().problems());
  CHECK(run.exitCode == 0);
  REQUIRE_FALSE(server.log().texts().empty());
  CHECK(contains(server.log().texts()[0], R"("language_config":{"languages":["en"]})"));
  CHECK(contains(run.errors, "s-1"));
  CHECK_FALSE(contains(run.errors + run.output, gladiaToken));
  CHECK_FALSE(contains(run.errors + run.output, vendorKey));
}

TEST_CASE("stream takes the URL that a request has brought, and asks for none") {
  Vendor vendor = vendorNamed("gladia");
  vendor.sessionRequest = nullptr;
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.stream(vendor, server);
  CAPTURE(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.output == "hello world\ngood bye\n");
}

TEST_CASE("stream tells by its exit code why there is no URL") {
  struct Answer {
    int status;
    int exitCode;
  };
  const auto [status, exitCode] =
      GENERATE(Answer{400, 1}, Answer{401, 3}, Answer{403, 3}, Answer{422, 1}, Answer{503, 4});
  CAPTURE(status);
  Vendor vendor = vendorNamed("gladia");
  vendor.sessionRequest = [status = status](VendorLog&, const HttpRequest&, const std::string&) {
    return httpResponse(
        status, "Refused", "application/json",
        R"({"statusCode":)" + std::to_string(status) + R"(,"message":"the reason"})");
  };
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.stream(vendor, server);
  CAPTURE(run.errors);
  CHECK(run.exitCode == exitCode);
  CHECK(contains(run.errors, "the reason"));
  CHECK_FALSE(contains(run.errors, vendorKey));
}

TEST_CASE("stream sends the samples of a WAV file to a vendor that takes samples alone") {
  const std::string name = GENERATE("assemblyai", "gladia", "openai", "vosk");
  CAPTURE(name);
  const Vendor vendor = vendorNamed(name);
  const VendorServer server(vendor);
  VendorTool tool;
  const std::string samples(9'600, 'a');
  SECTION("all that the header counts, and nothing behind it") {
    const auto run = tool.streamWav(vendor, server, {1, 16}, samples, samples.size(),
                                    std::string("LIST\4\0\0\0INFO", 12));
    CAPTURE(run.errors, server.log().problems());
    CHECK(run.exitCode == 0);
  }
  SECTION("all there is, where a recorder has left the size open") {
    const auto run =
        tool.streamWav(vendor, server, {1, 16}, samples,
                       GENERATE(std::size_t{0}, std::size_t{0x7FFFFFDA}, std::size_t{0xFFFFFFFF}));
    CAPTURE(run.errors, server.log().problems());
    CHECK(run.exitCode == 0);
  }
  SECTION("all there is, where a recorder was killed and had counted less") {
    const std::string silence(samples.size(), '\x01');
    const auto run = tool.streamWav(vendor, server, {1, 16}, silence, 3'200);
    CHECK(run.exitCode == 0);
    CHECK((name == "openai" || server.log().audio() == silence));
    return;
  }
  CHECK((name == "openai" || server.log().audio() == samples));
}

TEST_CASE("what stands behind the samples that a header counts is left out if it is no sample") {
  const Vendor vendor = vendorNamed("vosk");
  const VendorServer server(vendor);
  VendorTool tool;
  const std::string samples(9'600, 'a');
  const std::uint32_t counted = 36 + 9'600;
  const auto heard = [&](const std::string& rest, std::uint32_t fileSize) {
    const auto run =
        tool.streamWav(vendor, server, {1, 16}, samples, samples.size(), rest, fileSize);
    CAPTURE(run.errors);
    CHECK(run.exitCode == 0);
    const std::string audio = server.log().audio();
    REQUIRE(audio.substr(0, samples.size()) == samples);
    return audio.substr(samples.size());
  };
  const std::string chunk("id3 \5\0\0\0(pic)\0", 14);
  const std::string list("LIST\4\0\0\0INFO", 12);
  SECTION("samples that begin as a name does") {
    const std::string more = "AABB" + std::string(9'596, GENERATE('a', '\x01'));
    CHECK(heard(more, GENERATE_REF(std::uint32_t{0}, counted, counted + 9'600)) == more);
  }
  SECTION("chunks to the end, whether the header counts them or not") {
    CHECK(heard(chunk + list, GENERATE_REF(std::uint32_t{0}, counted, counted + 26)).empty());
  }
  SECTION("a chunk without the padding at its end") {
    CHECK(heard(chunk.substr(0, 13), counted + 13).empty());
  }
  SECTION("a large one, as a picture is") {
    const std::string picture =
        std::string("id3 \0\0\x20\0", 8) + std::string(std::size_t{2} << 20, '\x01');
    CHECK(heard(picture, counted + static_cast<std::uint32_t>(picture.size())).empty());
  }
  SECTION("chunks, and behind them what is none") {
    CHECK(heard(list + "\1\1more", counted + 12) == "\1\1more");
  }
  SECTION("a chunk that nothing counts, and what is none") {
    CHECK(heard(list + "\1\1more", 0) == "\1\1more");
  }
  SECTION("what may be a chunk, and what is none") {
    const std::string unknown = "mine" + list.substr(4) + "\1\1more";
    CHECK(heard(unknown, 0) == unknown);
  }
  SECTION("a picture that is too large to wait for, or was cut") {
    const std::string picture =
        std::string("id3 \0\0\x30\0", 8) + std::string(std::size_t{3} << 20, '\x01');
    const auto size = static_cast<std::uint32_t>(picture.size());
    const std::size_t cut = GENERATE(0U, 1'000U);
    CHECK(heard(picture.substr(0, picture.size() - cut),
                GENERATE_REF(std::uint32_t{0}, counted + size))
              .empty());
  }
  SECTION("another file") {
    const std::string other("RIFF\4\0\0\0WAVE", 12);
    CHECK(heard(other, counted) == other);
  }
}

TEST_CASE("stream tells a vendor what the samples of a WAV file are") {
  const Vendor vendor = vendorNamed("gladia");
  const VendorServer server(vendor);
  VendorTool tool;
  const auto run = tool.streamWav(vendor, server, {7, 8}, std::string(9'600, 'a'), 9'600);
  CAPTURE(run.errors, server.log().problems());
  CHECK(run.exitCode == 0);
  REQUIRE_FALSE(server.log().texts().empty());
  CHECK(contains(server.log().texts()[0],
                 R"("encoding":"wav/ulaw","bit_depth":8,"sample_rate":16000,"channels":1)"));
}

TEST_CASE("stream tells a vendor's warnings, though quiet") {
  const Vendor vendor = vendorNamed("speechmatics");
  const VendorServer server(vendor, VendorFault::warning);
  VendorTool tool;
  const auto run = tool.stream(vendor, server, {"-q"});
  CAPTURE(run.errors);
  CHECK(run.exitCode == 0);
  CHECK(run.output == "hello world\ngood bye\n");
  CHECK(contains(run.errors, "warning: The server says: the reason (duration_limit_exceeded)."));
}

TEST_CASE("profile shows a profile that stream takes as a file") {
  const Vendor vendor = vendorNamed("vosk");
  const VendorServer server(vendor);
  VendorTool tool;
  const auto shown = tool.run({"profile", "show", "vosk"});
  REQUIRE(shown.exitCode == 0);
  Vendor mine = vendor;
  mine.profile = tool.folder / "mine.json";
  std::ofstream(mine.profile) << shown.output;
  CHECK(tool.run({"profile", "show", mine.profile}).output == shown.output);
  tool.variables.clear();
  const std::string audio = tool.folder / "audio";
  std::ofstream(audio) << std::string(9'600, 'a');
  const auto run = tool.run({"stream", server.url(), audio, "--profile", mine.profile,
                             "--raw-audio", "linear16,16000,1"});
  CHECK(run.exitCode == 0);
  CHECK(run.output == "hello world\ngood bye\n");
}

TEST_CASE("a profile that cannot work is refused with line and member, nothing connected") {
  VendorTool tool;
  const std::string file = tool.folder / "mine.json";
  std::ofstream(file) << "{\n  \"closeCompletes\": true,\n  \"rulse\": []\n}\n";
  const auto run = tool.run({"stream", "ws://127.0.0.1:1/", "audio", "--profile", file});
  CHECK(run.exitCode == 2);
  CHECK(contains(run.errors, "line 3: rulse is not a member of a profile"));
  const auto unknown = tool.run({"profile", "show", "whisper"});
  CHECK(unknown.exitCode == 2);
  CHECK(contains(unknown.errors, "the built-in ones are vatis, deepgram"));
}

TEST_CASE("a profile that looks for texts, or for results, where there are none says so") {
  const Vendor vendor = vendorNamed("vosk");
  const VendorServer server(vendor);
  VendorTool tool;
  wsferry::gateway::Profile profile = wsferry::gateway::profileNamed("vosk");
  const bool findsResults = GENERATE(true, false);
  if (findsResults) {
    profile.results.text = {"txt", "partal"};
    profile.results.words.clear();
    profile.results.word = {};
  } else {
    for (auto& rule : profile.rules) {
      rule.member += "s";
    }
  }
  const std::string file = tool.folder / "mine.json";
  std::ofstream(file) << wsferry::gateway::profileText(profile);
  const std::string audio = tool.folder / "audio";
  std::ofstream(audio, std::ios::binary) << std::string(9'600, 'a');
  const auto run = tool.run({"stream", server.url(), audio, "--profile", file, "-q", "--raw-audio",
                             "linear16," + std::to_string(vendor.sampleRate) + ",1"});
  CAPTURE(run.errors);
  CHECK(run.output.empty());
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "could not be read"));
  CHECK(contains(run.errors, "of unknown types passed over") == !findsResults);
}
