#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

/// Reads results as a profile says where they have what (Profile::results); those of a profile that
/// does not, as the WS Gateway's. Of one stream, in order, as partial results may go on where the
/// last one ended. Not thread-safe.
class ResultReader {
 public:
  explicit ResultReader(ResultMembers members) : members_(std::move(members)) {}

  /// `json` is what the result is about, and JSON as readIncoming() found it; `isLast`: no other
  /// follows. Never throws for what a peer sends.
  [[nodiscard]] Response read(std::string_view json, Finality finality, bool isLast = false);

 private:
  Transcript readWhole(std::string_view json) const;
  std::vector<Transcript> readOne(std::string_view json, bool isFinal) const;
  std::vector<Transcript> readParts(std::string_view json, bool isFinal, bool isLast) const;
  template <class Take>
  void forEachWord(std::string_view json, Take take) const;
  bool isFinal(std::string_view json, Finality finality) const;
  void append(Transcript& transcript);

  ResultMembers members_;
  std::map<std::string, std::string> partials_;  ///< Of turns that go on, what they were so far.
};

}  // namespace wsferry::gateway
