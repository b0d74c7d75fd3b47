#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

namespace wsferry {

/// A running SHA-256.
class WSFERRY_API Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::string_view bytes);

  /// The digest in lower-case hex; afterwards the object is as new.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsferry
