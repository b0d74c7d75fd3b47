// The outside of a message is read in one pass, whatever is inside; beside it a copy of the bytes
// and RapidJSON's two ways of reading them.
#include <benchmark/benchmark.h>
#include <rapidjson/document.h>
#include <rapidjson/reader.h>

#include <cstdint>
#include <string>

#include "wsferry/strapi/detail/messages/envelope.hpp"

namespace {

constexpr const char* before =
    R"({"uuid":"237ea599-9d99-48ad-9a7a-765ef516874b","data":{"type":"transfer","data":)";
constexpr const char* after =
    R"(,"ended":false,"error":null,"id":"6e1a365d-2dad-4a6d-86b2-133671ae7322"}})";

std::string assetMessage() {
  return before +
         (R"([[{"action":"stream","assetID":"x","encoding":"base64","data":")" +
          std::string(1400000, 'A') + R"("}]])") +
         after;
}

std::string linkMessage() {
  const std::string link =
      R"({"kind":"relation.basic","relation":"manyToOne","left":{"type":"api::article.article",)"
      R"("field":"author","ref":4711},"right":{"type":"api::author.author","field":"articles",)"
      R"("ref":7,"pos":1}})";
  std::string text = before + ("[" + link);
  while (text.size() < 1 << 20) {
    text += "," + link;
  }
  return text + "]" + after;
}

std::string answerMessage() {
  return R"({"uuid":"91a2f6ed-0fb6-4370-9c9c-435c19504f05","data":{"ok":true},"error":null})";
}

void readIt(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(wsferry::strapi::readEnvelope(message));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

void copyIt(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    std::string copy(message);
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

void buildDom(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    rapidjson::Document document;
    document.Parse(message.data(), message.size());
    benchmark::DoNotOptimize(document.IsObject());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

void skipWithEvents(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    rapidjson::Reader reader;
    rapidjson::BaseReaderHandler<> handler;
    rapidjson::StringStream stream(message.c_str());
    benchmark::DoNotOptimize(reader.Parse(stream, handler).IsError());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

BENCHMARK_CAPTURE(readIt, answer, answerMessage());
BENCHMARK_CAPTURE(readIt, assets, assetMessage());
BENCHMARK_CAPTURE(copyIt, assets, assetMessage());
BENCHMARK_CAPTURE(buildDom, assets, assetMessage());
BENCHMARK_CAPTURE(skipWithEvents, assets, assetMessage());
BENCHMARK_CAPTURE(readIt, links, linkMessage());
BENCHMARK_CAPTURE(buildDom, links, linkMessage());
BENCHMARK_CAPTURE(skipWithEvents, links, linkMessage());

}  // namespace
