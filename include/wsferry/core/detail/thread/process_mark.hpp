#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <utility>

namespace wsferry {

/// The process in which an object was created. In a fork of it the object's threads do not exist
/// and its locks may be held forever, so it is neither waited for nor destroyed there: its
/// destructor leaves that to the end of the process.
class ProcessMark {
 public:
  ProcessMark() : process_(::getpid()) {}
  bool isOther() const { return ::getpid() != process_; }

 private:
  pid_t process_;
};

/// Leaks what belongs to another process.
inline void keepForEver(std::shared_ptr<const void> object) {
  struct Kept {
    std::shared_ptr<const void> object;
    Kept* next;
  };
  static std::atomic<Kept*> first{nullptr};
  auto* const kept = new Kept{std::move(object), first};
  while (!first.compare_exchange_weak(kept->next, kept)) {
  }
}

}  // namespace wsferry
