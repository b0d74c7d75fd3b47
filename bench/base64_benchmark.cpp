// Base64 of one message's worth of bytes, next to what else is done with each byte on its way.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>
#include <string>

#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/core/detail/text/sha256.hpp"

namespace {

std::string randomBytes(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  return bytes;
}

std::size_t sizeOf(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

// Bytes per second are those of the decoded side everywhere.
void countBytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void decode(benchmark::State& state) {
  std::string text;
  wsferry::encodeBase64(randomBytes(sizeOf(state)), text);
  std::string out;
  for (auto _ : state) {
    out.clear();
    if (!wsferry::decodeBase64(text, out)) {
      state.SkipWithError("not base64");
    }
    benchmark::DoNotOptimize(out.data());
  }
  countBytes(state);
}

void encode(benchmark::State& state) {
  const std::string bytes = randomBytes(sizeOf(state));
  std::string text;
  for (auto _ : state) {
    text.clear();
    wsferry::encodeBase64(bytes, text);
    benchmark::DoNotOptimize(text.data());
  }
  countBytes(state);
}

void copy(benchmark::State& state) {
  const std::string bytes = randomBytes(sizeOf(state));
  std::string out(bytes.size(), '\0');
  for (auto _ : state) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  countBytes(state);
}

void sha256(benchmark::State& state) {
  const std::string bytes = randomBytes(sizeOf(state));
  wsferry::Sha256 hash;
  for (auto _ : state) {
    hash.update(bytes);
    benchmark::DoNotOptimize(hash.hex());
  }
  countBytes(state);
}

}  // namespace

BENCHMARK(decode)->Arg(64)->Arg(64 << 10)->Arg(1 << 20);
BENCHMARK(encode)->Arg(64)->Arg(64 << 10)->Arg(1 << 20);
BENCHMARK(copy)->Arg(64 << 10)->Arg(1 << 20);
BENCHMARK(sha256)->Arg(64)->Arg(64 << 10)->Arg(1 << 20);
