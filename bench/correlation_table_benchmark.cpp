// A message's way through the table while a number of others wait.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "wsferry/core/detail/liveness/correlation_table.hpp"

namespace {

using Table = wsferry::CorrelationTable<std::function<void()>>;
using wsferry::TimePoint;
using wsferry::Uuid;

constexpr wsferry::Duration overallCap = std::chrono::hours(1);

void addAndTake(benchmark::State& state) {
  Table table(overallCap);
  std::deque<Uuid> waiting;
  TimePoint now;
  const auto add = [&] {
    waiting.push_back(Uuid::random());
    benchmark::DoNotOptimize(table.add(
        waiting.back(), std::string(200, 'x'), {}, [] {}, now));
    now += std::chrono::milliseconds(1);
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    add();
  }
  for (auto _ : state) {
    add();
    benchmark::DoNotOptimize(table.nextDeadline());
    benchmark::DoNotOptimize(table.take(waiting.front()));
    waiting.pop_front();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// Every message is overdue and repeated.
void due(benchmark::State& state) {
  Table table(overallCap);
  TimePoint now;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    wsferry::RetryMessageOptions retry;
    benchmark::DoNotOptimize(table.add(
        Uuid::random(), std::string(200, 'x'), retry, [] {}, now));
  }
  std::size_t repeated = 0;
  for (auto _ : state) {
    now += std::chrono::minutes(1);
    if (now.time_since_epoch() >= std::chrono::minutes(59)) {
      state.PauseTiming();
      now = TimePoint();
      Table fresh(overallCap);
      for (std::int64_t i = 0; i < state.range(0); ++i) {
        benchmark::DoNotOptimize(fresh.add(
            Uuid::random(), std::string(200, 'x'), {}, [] {}, now));
      }
      table = std::move(fresh);
      now += std::chrono::minutes(1);
      state.ResumeTiming();
    }
    repeated += table.due(now, wsferry::Liveness::alive).size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(repeated));
}

}  // namespace

BENCHMARK(addAndTake)->Arg(0)->Arg(100)->Arg(10000);
BENCHMARK(due)->Arg(1)->Arg(100)->Arg(10000);
