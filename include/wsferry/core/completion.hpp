#pragma once

#include "wsferry/core/asio_settings.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/version.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#if ASIO_VERSION >= 102800
#include <asio/associated_immediate_executor.hpp>
#endif

namespace wsferry {

/// Whether cancellation of `type` ends a call that has already had an effect: `terminal` and
/// `partial` do. `total` promises that nothing has happened.
[[nodiscard]] constexpr bool endsBegunCall(asio::cancellation_type type) {
  return (type & (asio::cancellation_type::terminal | asio::cancellation_type::partial)) !=
         asio::cancellation_type::none;
}

/// A completion handler of any type together with what Asio associates with it: what an
/// asynchronous call keeps until it is done. Move-only; completed at most once; destroying it
/// uncompleted destroys the handler. Not thread-safe, but may pass from thread to thread.
///
/// Completing takes two hops: post to the connection's executor, then dispatch to the handler's
/// own. So no handler runs inside the call that completes it, and a handler without its own
/// executor runs on the connection's. Both executors count as having work until then. The memory of
/// the call comes from the handler's allocator, which both hops pass on, and is given back before
/// the handler runs.
template <class... Args>
class Completion {
 public:
  Completion() = default;

  template <class Handler>
  Completion(Handler&& handler, const asio::any_io_executor& executor)
      : node_(Node<std::decay_t<Handler>>::make(std::forward<Handler>(handler), executor)) {}

  explicit operator bool() const noexcept { return node_ != nullptr; }

  /// Whether the handler can be cancelled at all.
  [[nodiscard]] bool isCancellable() const { return node_->isCancellable(); }

  /// Makes per-operation cancellation call `cancel(type)`, on whatever thread emits it. To be
  /// called before the initiating call returns; does nothing for a handler without a cancellation
  /// slot.
  template <class Cancel>
  void onCancel(Cancel cancel) {
    if (isCancellable()) {
      node_->asked = std::make_shared<std::atomic<bool>>(false);
      node_->assign(
          [asked = node_->asked, cancel = std::move(cancel)](asio::cancellation_type type) {
            *asked = true;
            cancel(type);
          });
    }
  }

  /// Whether cancellation of any type was requested since onCancel(). For a call that is about to
  /// begin: because nothing has happened yet, every type ends it.
  [[nodiscard]] bool isCancelled() const { return node_->asked && *node_->asked; }

  void operator()(Args... args) {
    Pointer node = std::move(node_);
    Base* const raw = node.get();
    raw->complete(std::move(node), std::tuple<Args...>(std::move(args)...));
  }

  /// The same for a call that is done before its initiating function returns: by the handler's
  /// immediate executor, if it has one (Asio 1.28), instead of the connection's.
  void completeAtOnce(Args... args) {
    Pointer node = std::move(node_);
    Base* const raw = node.get();
    raw->completeAtOnce(std::move(node), std::tuple<Args...>(std::move(args)...));
  }

 private:
  struct Base;
  struct Destroy {
    void operator()(Base* node) const noexcept { node->destroy(); }
  };
  using Pointer = std::unique_ptr<Base, Destroy>;
  using CancelFunction = std::function<void(asio::cancellation_type)>;

  struct Base {
    virtual void destroy() noexcept = 0;
    virtual void complete(Pointer self, std::tuple<Args...>&& args) = 0;
    virtual void completeAtOnce(Pointer self, std::tuple<Args...>&& args) = 0;
    virtual bool isCancellable() const = 0;
    virtual void assign(CancelFunction cancel) = 0;

    std::shared_ptr<std::atomic<bool>> asked;  ///< Set by cancellation; null without a slot.

   protected:
    ~Base() = default;
  };

  template <class Handler>
  struct Node final : Base {
    // Work is kept outstanding on both executors: neither may run out while the call is pending.
    using OwnExecutor = std::decay_t<decltype(asio::prefer(
        std::declval<asio::associated_executor_t<Handler, asio::any_io_executor>>(),
        asio::execution::outstanding_work.tracked))>;
    using Allocator = asio::associated_allocator_t<Handler>;
    using NodeAllocator = typename std::allocator_traits<Allocator>::template rebind_alloc<Node>;

    template <class H>
    static Pointer make(H&& h, const asio::any_io_executor& executor) {
      NodeAllocator allocator(asio::get_associated_allocator(h));
      const auto giveBack = [&allocator](Node* memory) { allocator.deallocate(memory, 1); };
      std::unique_ptr<Node, decltype(giveBack)> memory(allocator.allocate(1), giveBack);
      Pointer node(::new (static_cast<void*>(memory.get())) Node(std::forward<H>(h), executor));
      static_cast<void>(memory.release());
      return node;
    }

    template <class H>
    Node(H&& h, const asio::any_io_executor& executor)
        : handler(std::forward<H>(h)),
          allocator(asio::get_associated_allocator(handler)),
          connection(asio::prefer(executor, asio::execution::outstanding_work.tracked)),
          own(asio::prefer(asio::get_associated_executor(handler, executor),
                           asio::execution::outstanding_work.tracked)) {}

    void destroy() noexcept override {
      NodeAllocator memory(allocator);
      this->~Node();
      memory.deallocate(this, 1);
    }

    bool isCancellable() const override {
      return asio::get_associated_cancellation_slot(handler).is_connected();
    }

    void assign(CancelFunction cancel) override {
      asio::get_associated_cancellation_slot(handler).assign(std::move(cancel));
    }

    void complete(Pointer self, std::tuple<Args...>&& args) override {
      const auto executor = connection;
      asio::post(executor, FirstHop{allocator, take(std::move(self)), std::move(args)});
    }

    void completeAtOnce(Pointer self, std::tuple<Args...>&& args) override {
#if ASIO_VERSION >= 102800
      const auto executor = asio::get_associated_immediate_executor(handler, connection);
      asio::dispatch(executor, FirstHop{allocator, take(std::move(self)), std::move(args)});
#else
      complete(std::move(self), std::move(args));
#endif
    }

    using NodePointer = std::unique_ptr<Node, Destroy>;
    static NodePointer take(Pointer self) {
      return NodePointer(static_cast<Node*>(self.release()));
    }

    // On the connection's executor. A context that is out of work may be destroyed at once. So both
    // executors count as work while post() and dispatch() to them run, and the connection's work is
    // given back by a thread that runs its context.
    struct FirstHop {
      using allocator_type = Allocator;
      allocator_type get_allocator() const noexcept { return allocator; }

      void operator()() {
        const OwnExecutor executor = node->own;
        node->connection = asio::any_io_executor();
        asio::dispatch(executor, SecondHop{allocator, std::move(node), std::move(args)});
      }

      Allocator allocator;
      NodePointer node;
      std::tuple<Args...> args;
    };

    // On the handler's own executor.
    struct SecondHop {
      using allocator_type = Allocator;
      allocator_type get_allocator() const noexcept { return allocator; }

      void operator()() {
        asio::get_associated_cancellation_slot(node->handler).clear();
        Handler taken(std::move(node->handler));
        node.reset();
        std::apply(std::move(taken), std::move(args));
      }

      Allocator allocator;
      NodePointer node;
      std::tuple<Args...> args;
    };

    Handler handler;
    const Allocator allocator;
    asio::any_io_executor connection;
    OwnExecutor own;
  };

  Pointer node_;
};

namespace detail {

/// What async_initiate() calls with the handler. @see initiate()
template <class Start, class... Args>
class Initiation {
 public:
  using executor_type = asio::any_io_executor;

  Initiation(asio::any_io_executor executor, Start start)
      : executor_(std::move(executor)), start_(std::move(start)) {}

  executor_type get_executor() const noexcept { return executor_; }

  template <class Handler>
  void operator()(Handler&& handler) {
    start_(Completion<Args...>(std::forward<Handler>(handler), executor_));
  }

 private:
  asio::any_io_executor executor_;
  Start start_;
};

/// Starts an asynchronous operation with completion signature `void(Args...)`. `start` is called
/// with the handler as `Completion<Args...>`; it must arrange for the completion and return.
template <class... Args, class Start, class Token>
auto initiate(const asio::any_io_executor& executor, Start start, Token&& token) {
  return asio::async_initiate<Token, void(Args...)>(
      Initiation<Start, Args...>(executor, std::move(start)), token);
}

}  // namespace detail
}  // namespace wsferry
