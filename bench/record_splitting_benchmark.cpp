// From a message to its records: split, read, put on one line.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "wsferry/strapi/detail/messages/record_array.hpp"

namespace {

using wsferry::strapi::TransferStage;

constexpr std::size_t messageSize = 1 << 20;

std::string arrayOf(const std::string& record) {
  std::string text = "[" + record;
  while (text.size() < messageSize) {
    text += "," + record;
  }
  return text + "]";
}

std::string entities(std::size_t textSize) {
  return arrayOf(
      R"({"type":"api::article.article","id":4711,"data":{"documentId":"l88v0x6e852n88elyd540g7z",)"
      R"("title":"Lorem ipsum dolor sit amet","text":")" +
      std::string(textSize, 'x') +
      R"(","rating":4.25,"featured":true,"createdAt":"2024-01-01T01:41:40.000Z","locale":null}})");
}

std::string links() {
  return arrayOf(
      R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::article.article",)"
      R"("field":"author","ref":4711},"right":{"type":"api::author.author","field":"articles",)"
      R"("ref":7,"pos":1}})");
}

void count(benchmark::State& state, const std::string& text, std::uint64_t records) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(records));
}

void split(benchmark::State& state, TransferStage stage, const std::string& text) {
  wsferry::strapi::RecordReader reader;
  std::uint64_t records = 0;
  for (auto _ : state) {
    wsferry::strapi::RecordArray array(stage, text, reader);
    while (const auto record = array.next()) {
      benchmark::DoNotOptimize(&record->views());
      ++records;
    }
  }
  count(state, text, records);
}

}  // namespace

BENCHMARK_CAPTURE(split, entities, TransferStage::entities, entities(200));
BENCHMARK_CAPTURE(split, longEntities, TransferStage::entities, entities(20000));
BENCHMARK_CAPTURE(split, links, TransferStage::links, links());
