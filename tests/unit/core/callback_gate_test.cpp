#include "wsferry/core/detail/thread/callback_gate.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "catch.hpp"

using namespace wsferry;

TEST_CASE("a gate lets calls through until it is closed") {
  CallbackGate gate;
  int calls = 0;
  gate.run([&] { ++calls; });
  gate.close();
  gate.run([&] { ++calls; });
  gate.close();
  CHECK(calls == 1);
}

TEST_CASE("a gate may be closed in its own calls, however deep, and by one that throws") {
  CallbackGate gate;
  CallbackGate other;
  int calls = 0;
  gate.run([&] {
    other.run([&] {
      gate.run([&] {
        gate.close();
        ++calls;
      });
      gate.run([&] { ++calls; });
    });
  });
  CHECK(calls == 1);
  CHECK_THROWS_AS(other.run([] { throw std::runtime_error("no"); }), std::runtime_error);
  other.close();
}

TEST_CASE("a circle of gates that close each other comes to an end") {
  constexpr int size = 3;
  std::vector<CallbackGate> gates(size);
  std::vector<std::promise<void>> entered(size);
  std::vector<std::shared_future<void>> running;
  for (auto& promise : entered) {
    running.push_back(promise.get_future().share());
  }
  std::atomic<int> closed{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < size; ++i) {
    threads.emplace_back([&, i] {
      gates[i].run([&] {
        entered[i].set_value();
        for (auto& other : running) {
          other.wait();
        }
        gates[(i + 1) % size].close();
        ++closed;
      });
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(closed == size);
}

TEST_CASE("a guarded function is empty where it was, and silent behind a closed gate") {
  const auto gate = std::make_shared<CallbackGate>();
  CHECK_FALSE(guarded(gate, std::function<void(int)>()));
  int sum = 0;
  const auto add = guarded(gate, std::function<void(int)>([&](int value) { sum += value; }));
  add(2);
  gate->close();
  add(3);
  CHECK(sum == 2);
}
