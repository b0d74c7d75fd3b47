#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "wsferry/export.hpp"

#include "core/file/file_handle.hpp"

namespace wsferry {

/// The memory that all spools together may take.
struct SpoolBudget {
  std::size_t limit = 0;
  std::size_t used = 0;
  std::string spare;  ///< The memory of the last spool, for the next: growing anew costs a copy.
};

/// Collects bytes of unknown number: in memory as long as the budget lasts, then in a file without
/// a name. Not thread-safe, nor are spools of the same budget.
class WSFERRY_API Spool {
 public:
  /// `folder` takes the file. `budget` outlives the spool.
  Spool(SpoolBudget& budget, std::string folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void write(std::string_view bytes);
  std::uint64_t size() const { return size_; }

  /// Gives everything, in order.
  void read(const std::function<void(std::string_view)>& take);

  /// Up to `size` bytes from `offset`, and up to 256 KiB of what is in the file. Valid until the
  /// next call; empty only for a size of 0.
  std::string_view readAt(std::uint64_t offset, std::uint64_t size);

 private:
  void release();

  SpoolBudget& budget_;
  std::string folder_;
  std::string memory_;
  FileHandle file_;
  std::string piece_;
  std::uint64_t size_ = 0;
};

}  // namespace wsferry
