// Checking JSON that passes through: long strings, records, and Buffers as numbers. RapidJSON's
// parser, which also builds nothing here, is the measure for records.
#include <benchmark/benchmark.h>
#include <rapidjson/reader.h>

#include <random>
#include <string>

#include "wsferry/core/detail/json/json_cursor.hpp"

namespace {

constexpr std::size_t messageSize = 1 << 20;

std::string longString() {
  return '"' + std::string(messageSize, 'A') + '"';
}

std::string records() {
  const std::string record =
      R"({"type":"api::article.article","id":4711,"data":{"documentId":"l88v0x6e852n88elyd540g7z",)"
      R"("title":"Lorem ipsum dolor sit amet","text":"consectetur adipiscing elit, sed do eiusmod )"
      R"(tempor incididunt ut labore \"et dolore\" magna aliqua\n","rating":4.25,"featured":true,)"
      R"("createdAt":"2024-01-01T01:41:40.000Z","updatedAt":"2024-01-01T01:41:40.000Z","locale":null,)"
      R"("tags":["a","b","c"],"seo":{"metaTitle":"Lorem","keywords":[]}}})";
  std::string text = "[" + record;
  while (text.size() < messageSize) {
    text += "," + record;
  }
  return text + "]";
}

std::string numbers() {
  std::mt19937 random(1);
  std::string text = "[0";
  while (text.size() < messageSize) {
    text += "," + std::to_string(random() % 256);
  }
  return text + "]";
}

void countBytes(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void skip(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    wsferry::JsonCursor cursor(text);
    benchmark::DoNotOptimize(cursor.skipValue());
  }
  countBytes(state, text);
}

void readByteArray(benchmark::State& state) {
  const std::string text = numbers();
  std::string out;
  for (auto _ : state) {
    out.clear();
    wsferry::JsonCursor cursor(text);
    cursor.readByteArray(out);
    benchmark::DoNotOptimize(out.data());
  }
  countBytes(state, text);
}

void rapidJson(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::BaseReaderHandler<> handler;
    rapidjson::Reader reader;
    benchmark::DoNotOptimize(reader.Parse<rapidjson::kParseIterativeFlag>(stream, handler));
  }
  countBytes(state, text);
}

}  // namespace

BENCHMARK_CAPTURE(skip, string, longString());
BENCHMARK_CAPTURE(skip, records, records());
BENCHMARK_CAPTURE(skip, numbers, numbers());
BENCHMARK(readByteArray);
BENCHMARK_CAPTURE(rapidJson, string, longString());
BENCHMARK_CAPTURE(rapidJson, records, records());
BENCHMARK_CAPTURE(rapidJson, numbers, numbers());
