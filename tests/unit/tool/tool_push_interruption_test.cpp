#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <future>

#include "catch.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/core/error.hpp"

using namespace wsferry;
using namespace wsferry::tool;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::minutes longEnough{10};

/// Can be waited for until it was called a number of times.
struct Calls {
  explicit Calls(int expected) : left(expected) {}
  void operator()() {
    if (--left == 0) {
      reached.set_value();
    }
  }
  void await() { reached.get_future().get(); }

  int left;
  std::promise<void> reached;
};

}  // namespace

TEST_CASE("nothing is interrupted before a signal") {
  Interruption interruption;
  CHECK_FALSE(interruption.requested());
  CHECK_NOTHROW(interruption.throwIfRequested());
}

TEST_CASE("a signal that work overtook stops the next step") {
  Interruption interruption;
  {
    Calls first(1);
    const Interruption::Scope scope(interruption, std::ref(first), {}, {{}, longEnough});
    REQUIRE(::kill(::getpid(), SIGINT) == 0);
    first.await();
  }
  CHECK(interruption.requested());
  try {
    interruption.throwIfRequested();
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
  }
  Calls next(1);
  const Interruption::Scope scope(interruption, std::ref(next), {}, {{}, longEnough});
  CHECK(next.left == 0);
}

TEST_CASE("a signal behind the work that another has ended leaves time to tell of it") {
  Interruption interruption;
  {
    Calls first(1);
    const Interruption::Scope scope(interruption, std::ref(first), {}, {{}, longEnough});
    REQUIRE(::kill(::getpid(), SIGINT) == 0);
    first.await();
  }
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  interruption.limit(std::chrono::steady_clock::now() + std::chrono::hours(1));  // After it.
  CHECK(interruption.requested());
}

TEST_CASE("work that does not end in good order in time is asked again") {
  Interruption interruption;
  Calls calls(2);
  const Interruption::Scope scope(interruption, std::ref(calls), {}, {milliseconds(1), longEnough});
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  calls.await();
  CHECK(calls.left == 0);
}

TEST_CASE("each signal asks anew") {
  Interruption interruption;
  Calls first(1);
  Calls second(2);
  const Interruption::Scope scope(interruption,
                                  [&] {
                                    second();
                                    if (first.left > 0) {
                                      first();
                                    }
                                  },
                                  {}, {longEnough, longEnough});
  REQUIRE(::kill(::getpid(), SIGINT) == 0);
  first.await();
  REQUIRE(::kill(::getpid(), SIGINT) == 0);
  second.await();
  CHECK(second.left == 0);
}

TEST_CASE("a deadline asks the work of then and of later to end, and is no signal") {
  Interruption interruption;
  CHECK_FALSE(interruption.expired());
  {
    Calls now(1);
    const Interruption::Scope scope(interruption, std::ref(now));
    interruption.limit(std::chrono::steady_clock::now());
    now.await();
  }
  CHECK(interruption.expired());
  CHECK_FALSE(interruption.requested());
  CHECK_NOTHROW(interruption.throwIfRequested());
  Calls later(1);
  const Interruption::Scope scope(interruption, std::ref(later));
  CHECK(later.left == 0);
}
