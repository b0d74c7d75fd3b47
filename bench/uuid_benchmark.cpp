// What naming and recognising a message costs.
#include <benchmark/benchmark.h>

#include <string>

#include "wsferry/core/uuid.hpp"

namespace {

void random(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(wsferry::Uuid::random());
  }
}

void parse(benchmark::State& state) {
  const std::string text = wsferry::Uuid::random().toString();
  for (auto _ : state) {
    benchmark::DoNotOptimize(wsferry::Uuid::parse(text));
  }
}

void toString(benchmark::State& state) {
  const wsferry::Uuid uuid = wsferry::Uuid::random();
  for (auto _ : state) {
    benchmark::DoNotOptimize(uuid.toString());
  }
}

}  // namespace

BENCHMARK(random);
BENCHMARK(parse);
BENCHMARK(toString);
