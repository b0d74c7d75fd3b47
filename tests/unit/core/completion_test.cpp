#include "wsferry/core/completion.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/system_executor.hpp>
#include <asio/use_future.hpp>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "catch.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/testing/scripted_transport.hpp"

using namespace wsferry;

namespace {

using Call = Completion<std::error_code, std::string>;

/// A connection whose one call waits until the test completes it.
struct Connection {
  asio::io_context context;
  Call waiting;
  std::vector<asio::cancellation_type> cancelled;

  template <class Token>
  auto call(Token&& token) {
    return detail::initiate<std::error_code, std::string>(
        context.get_executor(),
        [this](Call completion) {
          completion.onCancel([this](asio::cancellation_type type) { cancelled.push_back(type); });
          waiting = std::move(completion);
        },
        std::forward<Token>(token));
  }

  std::size_t run() {
    context.restart();
    return context.poll();
  }
};

/// What an allocator gave out.
struct Memory {
  std::size_t allocations = 0;
  std::size_t live = 0;
};

template <class T>
struct CountingAllocator {
  using value_type = T;

  explicit CountingAllocator(Memory& counted) : memory(&counted) {}
  template <class U>
  CountingAllocator(const CountingAllocator<U>& other) : memory(other.memory) {}

  T* allocate(std::size_t count) {
    ++memory->allocations;
    memory->live += count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* at, std::size_t count) {
    memory->live -= count * sizeof(T);
    std::allocator<T>().deallocate(at, count);
  }
  template <class U>
  bool operator==(const CountingAllocator<U>& other) const {
    return memory == other.memory;
  }
  template <class U>
  bool operator!=(const CountingAllocator<U>& other) const {
    return memory != other.memory;
  }

  Memory* memory;
};

/// A handler with an allocator, and with the executor of `own`.
struct AllocatingHandler {
  using allocator_type = CountingAllocator<void>;
  using executor_type = asio::io_context::executor_type;

  allocator_type get_allocator() const noexcept { return allocator_type(memory); }
  executor_type get_executor() const noexcept { return own.get_executor(); }
  void operator()(const std::error_code&, const std::string&) { liveInHandler = memory.live; }

  Memory& memory;
  asio::io_context& own;
  std::optional<std::size_t>& liveInHandler;
};

}  // namespace

TEST_CASE(
    "A handler without an executor runs on the connection's, not inside the completing call") {
  Connection connection;
  int calls = 0;
  connection.call([&](const std::error_code& error, const std::string& text) {
    ++calls;
    CHECK(error == Errc::timedOut);
    CHECK(text == "late");
    CHECK(connection.context.get_executor().running_in_this_thread());
  });
  CHECK(connection.run() == 0);
  connection.waiting(Errc::timedOut, "late");
  CHECK(calls == 0);
  CHECK_FALSE(connection.waiting);
  connection.run();
  CHECK(calls == 1);
  connection.run();
  CHECK(calls == 1);
}

TEST_CASE("A handler runs on its own executor") {
  Connection connection;
  asio::io_context own;
  int calls = 0;
  SECTION("a context") {
    connection.call(asio::bind_executor(own, [&](const std::error_code&, const std::string&) {
      ++calls;
      CHECK(own.get_executor().running_in_this_thread());
      CHECK_FALSE(connection.context.get_executor().running_in_this_thread());
    }));
  }
  SECTION("a strand") {
    const auto strand = asio::make_strand(own);
    connection.call(
        asio::bind_executor(strand, [&, strand](const std::error_code&, const std::string&) {
          ++calls;
          CHECK(strand.running_in_this_thread());
        }));
  }
  SECTION("a strand behind a polymorphic executor") {
    const auto strand = asio::make_strand(own);
    connection.call(asio::bind_executor(asio::any_io_executor(strand),
                                        [&, strand](const std::error_code&, const std::string&) {
                                          ++calls;
                                          CHECK(strand.running_in_this_thread());
                                        }));
  }
  connection.waiting({}, "");
  CHECK(own.poll() == 0);  // First it takes the connection's.
  connection.run();
  CHECK(calls == 0);
  own.restart();
  own.poll();
  CHECK(calls == 1);
}

TEST_CASE("A call that is pending is work for both contexts") {
  Connection connection;
  asio::io_context own;
  connection.call(asio::bind_executor(own, [](const std::error_code&, const std::string&) {}));
  connection.context.poll();
  own.poll();
  CHECK_FALSE(connection.context.stopped());
  CHECK_FALSE(own.stopped());
  SECTION("until it was completed") {
    connection.waiting({}, "");
    connection.context.poll();
    CHECK(connection.context.stopped());
    CHECK_FALSE(own.stopped());
    own.poll();
    CHECK(own.stopped());
  }
  SECTION("until it is destroyed") {
    connection.waiting = Call();
    connection.context.poll();
    own.poll();
    CHECK(connection.context.stopped());
    CHECK(own.stopped());
  }
}

TEST_CASE("A call that is destroyed uncompleted destroys its handler, and does not call it") {
  const auto held = std::make_shared<int>(0);
  int calls = 0;
  const auto handler = [held, &calls](const std::error_code&, const std::string&) { ++calls; };
  SECTION("while it waits") {
    Connection connection;
    connection.call(handler);
    CHECK(held.use_count() == 3);
    connection.waiting = Call();
    CHECK(held.use_count() == 2);
    connection.run();
  }
  SECTION("on its way, with the context") {
    Connection connection;
    connection.call(handler);
    connection.waiting({}, "");
  }
  CHECK(held.use_count() == 2);
  CHECK(calls == 0);
}

TEST_CASE("A call's memory comes from the handler's allocator, and is back before it runs") {
  Memory memory;
  std::optional<std::size_t> liveInHandler;
  asio::io_context own;
  Connection connection;
  connection.call(AllocatingHandler{memory, own, liveInHandler});
  CHECK(memory.allocations == 1);
  const std::size_t pending = memory.live;
  CHECK(pending > 0);
  SECTION("completed") {
    connection.waiting({}, "");
    connection.run();
    // The context of the handler takes an allocator, so that the hop to it is one more.
    CHECK(memory.allocations == 2);
    CHECK(memory.live > pending);
    CHECK_FALSE(liveInHandler);
    own.run();
    CHECK(liveInHandler == 0U);
  }
  SECTION("destroyed") {
    connection.waiting = Call();
  }
  CHECK(memory.live == 0);
}

TEST_CASE("Futures and handlers that cannot be copied are tokens, too") {
  Connection connection;
  std::future<std::string> future = connection.call(asio::use_future);
  connection.waiting({}, "value");
  connection.run();
  CHECK(future.get() == "value");

  std::string taken;
  connection.call([&taken, only = std::make_unique<std::string>("only")](
                      const std::error_code&, const std::string&) { taken = *only; });
  connection.waiting({}, "");
  connection.run();
  CHECK(taken == "only");
}

TEST_CASE("Cancellation tells its type, until the handler is about to run") {
  Connection connection;
  asio::cancellation_signal signal;
  int calls = 0;
  connection.call(asio::bind_cancellation_slot(
      signal.slot(), [&](const std::error_code&, const std::string&) { ++calls; }));
  CHECK(connection.waiting.isCancellable());
  CHECK_FALSE(connection.waiting.isCancelled());
  signal.emit(asio::cancellation_type::total);
  CHECK(connection.waiting.isCancelled());
  signal.emit(asio::cancellation_type::partial);
  CHECK(connection.cancelled ==
        std::vector{asio::cancellation_type::total, asio::cancellation_type::partial});
  CHECK(calls == 0);  // That is the operation's own decision.
  connection.waiting(Errc::cancelled, "");
  connection.run();
  CHECK(calls == 1);
  signal.emit(asio::cancellation_type::terminal);
  CHECK(connection.cancelled.size() == 2);

  connection.call([](const std::error_code&, const std::string&) {});
  CHECK_FALSE(connection.waiting.isCancellable());
  CHECK_FALSE(connection.waiting.isCancelled());
}

TEST_CASE("Terminal and partial cancellation end what has begun, total does not") {
  using Type = asio::cancellation_type;
  CHECK(endsBegunCall(Type::terminal));
  CHECK(endsBegunCall(Type::partial));
  CHECK(endsBegunCall(Type::all));
  CHECK(endsBegunCall(Type::total | Type::partial));
  CHECK_FALSE(endsBegunCall(Type::total));
  CHECK_FALSE(endsBegunCall(Type::none));
}

TEST_CASE("A call that is done at once does not run its handler inside itself") {
  Connection connection;
  int calls = 0;
  connection.call([&](const std::error_code&, const std::string&) {
    ++calls;
    CHECK(connection.context.get_executor().running_in_this_thread());
  });
  connection.waiting.completeAtOnce({}, "");
  CHECK(calls == 0);
  connection.run();
  CHECK(calls == 1);
}

#if ASIO_VERSION >= 102800
namespace {

/// A handler that runs wherever it is completed.
struct InlineHandler {
  using executor_type = asio::system_executor;
  using immediate_executor_type = asio::system_executor;

  executor_type get_executor() const noexcept { return {}; }
  immediate_executor_type get_immediate_executor() const noexcept { return {}; }
  void operator()(const std::error_code&, const std::string&) { ++calls; }

  int& calls;
};

}  // namespace

TEST_CASE("A call that is done at once runs its handler by the immediate executor") {
  Connection connection;
  int calls = 0;
  connection.call(InlineHandler{calls});
  SECTION("at once") {
    connection.waiting.completeAtOnce({}, "");
    CHECK(calls == 1);
    connection.run();
  }
  SECTION("not when it is done later") {
    connection.waiting({}, "");
    CHECK(calls == 0);
    connection.run();
  }
  CHECK(calls == 1);
}
#endif

namespace {

/// A call over a connection, cancelled before or after its message is sent.
struct CancelledRequest {
  asio::io_context context;
  std::shared_ptr<testing::ScriptedTransport> peer =
      std::make_shared<testing::ScriptedTransport>(context);
  strapi::Dispatcher dispatcher{peer};
  asio::cancellation_signal signal;
  int calls = 0;
  std::error_code error;
  std::string message;

  CancelledRequest() { peer->run(); }

  template <class Answer>
  auto handler() {
    return asio::bind_cancellation_slot(signal.slot(),
                                        [this](const std::error_code& code, const Answer& answer) {
                                          ++calls;
                                          error = code;
                                          message = answer.error.message;
                                        });
  }
  void start(bool isInit) {
    if (isInit) {
      dispatcher.init(strapi::InitRequest::pull(), handler<strapi::InitAnswer>());
    } else {
      dispatcher.dispatchCommand(strapi::Command::status, "", handler<strapi::Answer>());
    }
  }
};

}  // namespace

TEST_CASE_METHOD(CancelledRequest, "Every type cancels a request that was not sent") {
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                             asio::cancellation_type::total);
  start(GENERATE(false, true));
  signal.emit(type);
  CHECK(calls == 0);
  peer->run();
  REQUIRE(calls == 1);
  CHECK(error == Errc::cancelled);
  CHECK(message.find("before") != std::string::npos);
  CHECK(peer->sent().empty());
  signal.emit(type);
  peer->run();
  CHECK(calls == 1);
}

TEST_CASE_METHOD(CancelledRequest, "A request that was sent is cancelled by its type") {
  start(GENERATE(false, true));
  peer->run();
  REQUIRE(peer->sent().size() == 1);
  SECTION("total cannot be kept, and is ignored") {
    signal.emit(asio::cancellation_type::total);
    peer->run();
    CHECK(calls == 0);
    signal.emit(asio::cancellation_type::partial);
  }
  SECTION("partial") {
    signal.emit(asio::cancellation_type::partial);
  }
  SECTION("terminal") {
    signal.emit(asio::cancellation_type::terminal);
  }
  SECTION("all") {
    signal.emit(asio::cancellation_type::all);
  }
  peer->run();
  REQUIRE(calls == 1);
  CHECK(error == Errc::cancelled);
  CHECK(message.find("may have taken effect") != std::string::npos);
  CHECK_FALSE(peer->isAborted());
  CHECK_FALSE(peer->closeCode());
}

TEST_CASE_METHOD(CancelledRequest, "Closing is cancelled before it begins, or no more waited for") {
  const auto type = GENERATE(asio::cancellation_type::terminal, asio::cancellation_type::partial,
                             asio::cancellation_type::total);
  peer->answersClose = false;
  dispatcher.close(asio::bind_cancellation_slot(signal.slot(), [this](const std::error_code& code) {
    ++calls;
    error = code;
  }));
  SECTION("before") {
    signal.emit(type);
    peer->run();
    CHECK(calls == 1);
    CHECK_FALSE(peer->closeCode());
  }
  SECTION("then") {
    peer->run();
    CHECK(peer->closeCode() == 1000);
    signal.emit(type);
    peer->run();
    CHECK(calls == (endsBegunCall(type) ? 1 : 0));
    peer->lose(Errc::connectionLost);
    CHECK(calls == 1);
  }
  CHECK(error == (endsBegunCall(type) || !peer->closeCode() ? make_error_code(Errc::cancelled)
                                                            : std::error_code()));
}
