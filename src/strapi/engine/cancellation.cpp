#include "wsferry/strapi/detail/engine/cancellation.hpp"

#include "wsferry/core/error.hpp"

namespace wsferry::strapi {

void Cancellation::request() noexcept {
  {
    // So that no pause falls between its look at the flag and its wait.
    const std::lock_guard<std::mutex> lock(mutex_);
    requested_ = true;
  }
  requests_.notify_all();
}

void Cancellation::check() const {
  if (requested_) {
    throw Error(Errc::cancelled, "The transfer was cancelled.");
  }
}

void Cancellation::pause(Duration duration) {
  std::unique_lock<std::mutex> lock(mutex_);
  requests_.wait_for(lock, duration, [this] { return requested_.load(); });
  check();
}

}  // namespace wsferry::strapi
