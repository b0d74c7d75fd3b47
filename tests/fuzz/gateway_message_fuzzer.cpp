// Whatever a gateway sends is read without an exception, from within the text, and always the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "support/is_within.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

namespace {

using namespace wsferry::gateway;

/// The WS Gateway's, and one with rules on several members.
const Profile profiles[] = {{}, [] {
                              Profile profile;
                              profile.typeMember.clear();
                              profile.rules = {{MessageKind::error, "", "error_code"},
                                               {MessageKind::end, "true", "finished"},
                                               {MessageKind::metadata, "1", "version"},
                                               {MessageKind::response, "", "tokens"}};
                              profile.responseMember.clear();
                              return profile;
                            }()};

void checkResponse(std::string_view json) {
  const Response response = readResponse(json);
  const Response again = readResponse(json);
  require(response.json == json && again.payload == response.payload);
  require(response.streamId == again.streamId && response.tags == again.tags);
  require(response.headers == again.headers && response.sequenceId == again.sequenceId);
  require(!response.publishMicroseconds || response.publishTime.empty());
  const auto transcription = transcriptionOf(response);
  require(!transcription || response.hasSchema("TranscriptionResponseDto"));
  require(transcription.has_value() == transcriptionOf(again).has_value());
  require(!transcription || !rawPayloadOf(response));
  require(rawPayloadOf(response) == rawPayloadOf(again));
}

void checkReaders(std::string_view json) {
  checkResponse(json);
  require(readMetadata(json).streamId == readMetadata(json).streamId);
  require(readMetadata(json).json == json);
  const ErrorResponse error = readErrorResponse(json);
  require(error.json == json && error.message == readErrorResponse(json).message);
}

void check(const Profile& profile, std::string_view text) {
  const IncomingMessage message = readIncoming(profile, text);
  require(support::isWithin(message.subject, text));
  require(message.problem.empty() ||
          (message.subject.empty() && message.kind == MessageKind::unknown));
  const IncomingMessage again = readIncoming(profile, text);
  require(message.kind == again.kind && message.subject == again.subject &&
          message.problem == again.problem);
  checkReaders(message.subject);
  checkReaders(text);
  const auto error = readErrorBody(profile, text);
  require(!error || text.find(error->json) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  wsferry::Utf8Validator validator;
  if (!validator.update(text) || !validator.complete()) {
    static_cast<void>(readErrorBody(profiles[0], text));
    return 0;
  }
  for (const Profile& profile : profiles) {
    check(profile, text);
  }
  return 0;
}
