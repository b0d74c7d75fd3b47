#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/server/http_request.hpp"

namespace wsferry::testing {

inline constexpr std::string_view egressPath = "/egress-service/api/v1/egress/live";

/// What a reader asks the Egress Service for (protocol section 9.4).
struct EgressQuery {
  std::vector<std::string> streams;
  std::string group;
  std::optional<std::uint64_t> count;
  bool isMain = true;  ///< Among the tags is that of all results here.
  bool isRaw = false;
  bool isFinalOnly = false;
  bool omitsPayload = false;
  std::map<std::string, std::uint64_t> resume;  ///< By topic the last result that the reader has.
  std::string problem;                          ///< An ErrorResponse; empty for none.
};

EgressQuery egressQuery(std::string_view target);

}  // namespace wsferry::testing
