#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/execution.hpp>
#include <asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "wsferry/core/completion.hpp"

namespace wsferry::gateway {

/// Waits for what a provider of secrets gives. The program may keep the completion for ever, and
/// complete it when who waited and the context are long gone: it counts as no work of the context,
/// and does nothing behind end(). To be used on the executor.
class SecretWait {
 public:
  explicit SecretWait(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  SecretWait(const SecretWait&) = delete;
  SecretWait& operator=(const SecretWait&) = delete;
  ~SecretWait() { end(); }

  /// For the provider, in place of an earlier one. Calls `take(owner, args...)` on the executor, if
  /// the owner still lives; perhaps once behind end(), if that comes in the same moment.
  template <class... Args, class Owner, class Take>
  Completion<Args...> begin(std::weak_ptr<Owner> owner, Take take) {
    end();
    link_ = std::make_shared<Link>(executor_);
    return Completion<Args...>(
        [weak = std::move(owner), take = std::move(take)](Args... args) {
          if (const auto held = weak.lock()) {
            take(*held, std::move(args)...);
          }
        },
        LinkExecutor(link_, asio::query(executor_, asio::execution::context)));
  }

  void end() {
    if (link_) {
      link_->close();
      link_.reset();
    }
  }

 private:
  class Link {
   public:
    explicit Link(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    template <class Function>
    void post(Function&& function) {
      const std::lock_guard lock(mutex_);
      if (executor_) {
        asio::post(executor_, std::forward<Function>(function));
      }
    }

    void close() {
      const std::lock_guard lock(mutex_);
      executor_ = {};
    }

   private:
    std::mutex mutex_;
    asio::any_io_executor executor_;
  };

  /// An executor that counts as no work of the one behind it.
  class LinkExecutor {
   public:
    LinkExecutor(std::shared_ptr<Link> link, asio::execution_context& context)
        : link_(std::move(link)), context_(&context) {}

    template <class Function>
    void execute(Function&& function) const {
      link_->post(std::forward<Function>(function));
    }

    asio::execution_context& query(asio::execution::context_t) const noexcept { return *context_; }
    static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
      return asio::execution::blocking.never;
    }
    LinkExecutor require(asio::execution::blocking_t::never_t) const { return *this; }

    friend bool operator==(const LinkExecutor& a, const LinkExecutor& b) noexcept {
      return a.link_ == b.link_;
    }
    friend bool operator!=(const LinkExecutor& a, const LinkExecutor& b) noexcept {
      return !(a == b);
    }

   private:
    std::shared_ptr<Link> link_;
    asio::execution_context* context_;
  };

  const asio::any_io_executor executor_;
  std::shared_ptr<Link> link_;
};

}  // namespace wsferry::gateway
