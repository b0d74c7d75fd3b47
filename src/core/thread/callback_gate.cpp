#include "wsferry/core/detail/thread/callback_gate.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <vector>

namespace wsferry {

/// Who waits for what. Of the process, as a circle of waits goes through several gates; touched
/// only where a gate is closed while calls run.
class GateWaits {
 public:
  using Passage = CallbackGate::Passage;

  static GateWaits& instance() {
    // Never destroyed: objects may be destroyed by static destructors.
    static auto* const waits = new GateWaits;
    return *waits;
  }

  /// Of this thread.
  static const Passage*& innermost() {
    thread_local const Passage* passage = nullptr;
    return passage;
  }

  static bool isIn(const Passage* passage, const CallbackGate& gate) {
    for (; passage != nullptr; passage = passage->outer()) {
      if (&passage->gate() == &gate) {
        return true;
      }
    }
    return false;
  }

  void wait(const CallbackGate& gate, unsigned own) {
    std::unique_lock lock(mutex_);
    if (closesCircle(gate)) {
      return;
    }
    const auto self = waits_.insert(waits_.end(), {&gate, innermost()});
    changed_.wait(lock, [&] { return gate.isLeftBy(own); });
    waits_.erase(self);
  }

  void tell() {
    // Under the lock: not between the waiting thread's look and its wait.
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

 private:
  struct Wait {
    const CallbackGate* gate;
    const Passage* within;  ///< The calls that the waiting thread is in.
  };

  // Whether a call in `gate` waits for one of this thread's, over however many others.
  bool closesCircle(const CallbackGate& gate) const {
    std::vector<const CallbackGate*> open{&gate};
    for (std::size_t i = 0; i < open.size(); ++i) {
      for (const Wait& wait : waits_) {
        if (!isIn(wait.within, *open[i])) {
          continue;
        }
        if (isIn(innermost(), *wait.gate)) {
          return true;
        }
        if (std::find(open.begin(), open.end(), wait.gate) == open.end()) {
          open.push_back(wait.gate);
        }
      }
    }
    return false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Wait> waits_;
};

CallbackGate::Passage::Passage(CallbackGate& gate)
    : gate_(gate), outer_(GateWaits::innermost()), isOpen_(gate.enter()) {
  if (isOpen_) {
    GateWaits::innermost() = this;
  }
}

CallbackGate::Passage::~Passage() {
  if (isOpen_) {
    GateWaits::innermost() = outer_;
    gate_.leave();
  }
}

void CallbackGate::close() {
  unsigned own = 0;
  for (const Passage* passage = GateWaits::innermost(); passage != nullptr;
       passage = passage->outer()) {
    own += &passage->gate() == this ? 1U : 0U;
  }
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (running_ == own || process_.isOther()) {
      return;
    }
  }
  GateWaits::instance().wait(*this, own);
}

bool CallbackGate::enter() {
  const std::lock_guard lock(mutex_);
  running_ += closed_ ? 0U : 1U;
  return !closed_;
}

void CallbackGate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    if (!closed_) {
      return;
    }
  }
  GateWaits::instance().tell();
}

bool CallbackGate::isLeftBy(unsigned own) const {
  const std::lock_guard lock(mutex_);
  return running_ <= own;
}

}  // namespace wsferry
