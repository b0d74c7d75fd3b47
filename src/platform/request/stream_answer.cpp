#include "platform/request/stream_answer.hpp"

#include <utility>

#include "platform/request/service_refusal.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

namespace wsferry::platform {

StreamAnswer readStreamAnswer(const http::Response& response,
                              const std::vector<std::string>& secrets, const std::string& service,
                              bool isNeeded) {
  StreamAnswer answer;
  const bool isSuccess = response.head.status >= 200 && response.head.status < 300;
  if (isSuccess && isUtf8(response.body) && gateway::isWholeJsonObject(response.body)) {
    answer.stream = gateway::readMetadata(blankSecrets(response.body, secrets));
  }
  if (isSuccess && (!answer.stream.streamId.empty() || !isNeeded)) {
    return answer;
  }
  ServiceRefusal refusal = serviceRefusal(response, secrets, "a stream", service);
  answer.error = refusal.error;
  answer.info = std::move(refusal.info);
  return answer;
}

}  // namespace wsferry::platform
