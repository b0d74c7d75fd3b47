#pragma once

#include "wsferry/core/asio_settings.hpp"

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <memory>
#include <tuple>
#include <utility>

namespace wsferry {

/// A completion handler of any type together with its executor: what an asynchronous call keeps
/// until it is done. Move-only; completed at most once; destroying it uncompleted destroys the
/// handler.
///
/// Completing takes two hops: post to the connection's executor, then dispatch to the handler's.
/// So no handler runs inside the call that completes it, and a handler without an executor of its
/// own runs on the connection's.
template <class... Args>
class Completion {
 public:
  Completion() = default;

  template <class Handler>
  Completion(Handler&& handler, const asio::any_io_executor& executor)
      : node_(std::make_unique<Node<std::decay_t<Handler>>>(std::forward<Handler>(handler),
                                                            executor)) {}

  explicit operator bool() const noexcept { return node_ != nullptr; }

  /// Makes per-operation cancellation call `cancel()`, on whatever thread emits it. To be called
  /// before the initiating call returns; does nothing for a handler without a cancellation slot.
  template <class Cancel>
  void onCancel(Cancel cancel) {
    node_->onCancel([cancel = std::move(cancel)]() mutable { cancel(); });
  }

  /// Whether the handler can be cancelled at all; lets a caller skip the work for onCancel().
  bool isCancellable() const { return node_->isCancellable(); }

  void operator()(Args... args) {
    auto node = std::move(node_);
    Base* const raw = node.get();
    raw->complete(std::move(node), std::tuple<Args...>(std::move(args)...));
  }

 private:
  class CancelFunction {
   public:
    template <class F>
    explicit CancelFunction(F f) : run_(std::make_unique<Model<F>>(std::move(f))) {}
    void operator()() { run_->run(); }

   private:
    struct Concept {
      virtual ~Concept() = default;
      virtual void run() = 0;
    };
    template <class F>
    struct Model final : Concept {
      explicit Model(F f) : function(std::move(f)) {}
      void run() override { function(); }
      F function;
    };
    std::unique_ptr<Concept> run_;
  };

  struct Base {
    virtual ~Base() = default;
    virtual void complete(std::unique_ptr<Base> self, std::tuple<Args...> args) = 0;
    virtual bool isCancellable() const = 0;
    virtual void assignCancel(CancelFunction cancel) = 0;

    template <class F>
    void onCancel(F f) {
      if (isCancellable()) {
        assignCancel(CancelFunction(std::move(f)));
      }
    }
  };

  template <class Handler>
  struct Node final : Base {
    // Work is kept outstanding on both executors: neither may run out while the call is pending.
    using OwnExecutor = std::decay_t<decltype(asio::prefer(
        std::declval<asio::associated_executor_t<Handler, asio::any_io_executor>>(),
        asio::execution::outstanding_work.tracked))>;

    template <class H>
    Node(H&& h, const asio::any_io_executor& executor)
        : handler(std::forward<H>(h)),
          connection(asio::prefer(executor, asio::execution::outstanding_work.tracked)),
          own(asio::prefer(asio::get_associated_executor(handler, executor),
                           asio::execution::outstanding_work.tracked)) {}

    bool isCancellable() const override {
      return asio::get_associated_cancellation_slot(handler).is_connected();
    }

    void assignCancel(CancelFunction cancel) override {
      asio::get_associated_cancellation_slot(handler).assign(
          [cancel = std::make_shared<CancelFunction>(std::move(cancel))](asio::cancellation_type) {
            (*cancel)();
          });
    }

    void complete(std::unique_ptr<Base> self, std::tuple<Args...> args) override {
      std::unique_ptr<Node> node(static_cast<Node*>(self.release()));
      // A context that is out of work may be destroyed at once. So both executors count as work
      // while post() and dispatch() to them run, and the connection's work is given back by a
      // thread that runs its context.
      const auto connectionExecutor = connection;
      asio::post(connectionExecutor, [node = std::move(node), args = std::move(args)]() mutable {
        const OwnExecutor executor = node->own;
        node->connection = asio::any_io_executor();
        asio::dispatch(executor, [node = std::move(node), args = std::move(args)]() mutable {
          asio::get_associated_cancellation_slot(node->handler).clear();
          Handler taken(std::move(node->handler));
          node.reset();
          std::apply(std::move(taken), std::move(args));
        });
      });
    }

    Handler handler;
    asio::any_io_executor connection;
    OwnExecutor own;
  };

  std::unique_ptr<Base> node_;
};

/// Starts an asynchronous operation with completion signature `void(Args...)`. `start` is called
/// with the handler as `Completion<Args...>`; it must arrange for the completion and return.
template <class... Args>
struct AsyncOperation {
  template <class Start>
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

  template <class Start, class Token>
  static auto run(const asio::any_io_executor& executor, Start start, Token&& token) {
    return asio::async_initiate<Token, void(Args...)>(Initiation<Start>(executor, std::move(start)),
                                                      token);
  }
};

}  // namespace wsferry
