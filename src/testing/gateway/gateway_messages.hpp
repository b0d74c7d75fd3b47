#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
/// The Stream object alone; `source` is where its audio comes from.
std::string streamObject(const RequestedStream& settings, std::string_view source,
                         std::string_view state, bool nullMembers);
struct ResultForm {
  bool integerTimestamps = false;
  bool nullMembers = false;
  bool omitsPayload = false;
};
std::string sinkMessage(const RequestedStream& settings, const MadeUpResult& result,
                        const ResultForm& form);
std::string responseMessage(const RequestedStream& settings, const MadeUpResult& result,
                            bool integerTimestamps, bool nullMembers);
std::string sinkTopicOf(const RequestedStream& settings);
std::string errorMessage(const std::string& errorResponse);
std::string endMessage();

}  // namespace wsferry::testing
