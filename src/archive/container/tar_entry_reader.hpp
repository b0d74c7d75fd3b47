#pragma once

#include <memory>
#include <string>

#include "archive/container/entry_source.hpp"
#include "archive/container/open_archive.hpp"

namespace wsferry::archive {

/// Reads a tar to its proper end.
class TarEntryReader final : public EntrySource {
 public:
  /// `name` is the file's, for messages. `cancelled` may be null, and outlives it.
  TarEntryReader(OpenedArchive opened, std::string name, const std::atomic<bool>* cancelled);
  ~TarEntryReader() override;

  std::optional<Entry> next() override;
  const std::string& leadingFolder() const override;
  std::string_view read() override;
  std::uint64_t passedOver() const override;
  std::string entryBehindEnd() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsferry::archive
