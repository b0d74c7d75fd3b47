#pragma once

#include <new>
#include <utility>

namespace wsferry {

/// An object for a static variable, which threads may need while the process exits: it is never
/// destroyed, and needs no memory, unlike one made by `new`.
template <class Object>
class NeverDestroyed {
 public:
  template <class... Arguments>
  explicit NeverDestroyed(Arguments&&... arguments) {
    ::new (static_cast<void*>(storage_)) Object(std::forward<Arguments>(arguments)...);
  }
  NeverDestroyed(const NeverDestroyed&) = delete;
  NeverDestroyed& operator=(const NeverDestroyed&) = delete;

  const Object& operator*() const noexcept {
    return *std::launder(reinterpret_cast<const Object*>(storage_));
  }

 private:
  alignas(Object) unsigned char storage_[sizeof(Object)];
};

}  // namespace wsferry
