#pragma once

#include <cstdint>
#include <string>

#include "testing/gateway/gateway_request.hpp"

namespace wsferry::testing {

/// A made-up transcription: of a stream's second `number`, counted from 1, the word for that
/// number.
struct MadeUpResult {
  std::uint64_t number = 1;
  std::uint64_t endMilliseconds = 0;
  std::uint64_t sequenceId = 0;
  bool isFinal = true;

  /// "one", then " two" and so on: words join without a separator.
  std::string text() const;
};

// The messages of protocol section 6, as JSON text; the same for the same arguments.
std::string metadataMessage(const RequestedStream& settings, bool nullMembers);
std::string responseMessage(const RequestedStream& settings, const MadeUpResult& result,
                            bool integerTimestamps, bool nullMembers);
std::string errorMessage(const std::string& errorResponse);
std::string endMessage();

}  // namespace wsferry::testing
