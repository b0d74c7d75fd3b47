// Checking UTF-8: ours, and websocketpp's own for comparison.
#include <benchmark/benchmark.h>

#include <string>
#include <websocketpp/utf8_validator.hpp>

#include "wsferry/core/detail/text/utf8_validator.hpp"

namespace {

constexpr std::size_t size = 1 << 20;

std::string repeated(const std::string& pattern) {
  std::string text;
  while (text.size() + pattern.size() <= size) {
    text += pattern;
  }
  return text;
}

std::string textOfKind(std::int64_t kind) {
  switch (kind) {
    case 0:
      return repeated("{\"name\":\"plain ASCII\",\"data\":\"QUJD\"},");
    case 1:
      return repeated(
          "Gr\xC3\xBC\xC3\x9F"
          "e aus K\xC3\xB6ln, sch\xC3\xB6n ist es hier. ");
    default:
      return repeated("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xF0\x9F\x98\x80");
  }
}

void name(benchmark::State& state) {
  constexpr const char* names[] = {"ASCII", "German", "Japanese and emoji"};
  state.SetLabel(names[state.range(0)]);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void ours(benchmark::State& state) {
  const std::string text = textOfKind(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    wsferry::Utf8Validator validator;
    benchmark::DoNotOptimize(validator.update(text) && validator.complete());
  }
  name(state);
}
BENCHMARK(ours)->DenseRange(0, 2);

void oursPortable(benchmark::State& state) {
  const std::string text = textOfKind(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(wsferry::detail::isValidUtf8Portable(text));
  }
  name(state);
}
BENCHMARK(oursPortable)->DenseRange(0, 2);

void websocketppOwn(benchmark::State& state) {
  const std::string text = textOfKind(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(websocketpp::utf8_validator::validate(text));
  }
  name(state);
}
BENCHMARK(websocketppOwn)->DenseRange(0, 2);

}  // namespace
