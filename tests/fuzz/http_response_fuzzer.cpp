// An HTTP answer is read alike however it is cut into pieces, within its bounds, and what is told
// of it holds no secret. The first byte says how it is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/net/http_response.hpp"

namespace {

using wsferry::HttpResponse;

struct Answer {
  HttpResponse response;
  std::string left;  ///< What was not taken.
};

// Pieces as large as they are taken: what is left of one is offered again with the next.
Answer readInPieces(std::string_view bytes, std::size_t size) {
  Answer answer;
  while (!bytes.empty()) {
    answer.left.append(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
    for (bool moved = true; moved && !answer.left.empty();) {
      const auto state = answer.response.state();
      const std::string_view rest = answer.response.feed(answer.left);
      moved = rest.size() < answer.left.size() || answer.response.state() != state;
      answer.left = std::string(rest);
    }
  }
  answer.response.feedEnd();
  return answer;
}

void requireSame(const HttpResponse& a, const HttpResponse& b) {
  require(a.state() == b.state() && a.isCut() == b.isCut());
  if (a.state() == HttpResponse::State::invalid) {
    return;
  }
  require(a.status() == b.status() && a.statusText({}) == b.statusText({}));
  require(a.headers() == b.headers() && a.body() == b.body());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Answer whole = readInPieces(bytes, bytes.size() + 1);
  requireSame(whole.response, readInPieces(bytes, data[0] % 16 + 1U).response);
  require(whole.response.body().size() <= HttpResponse::maxBodySize);
  require(whole.response.head().size() <= HttpResponse::maxHeadSize);

  const std::string secret = "correct horse";
  wsferry::ErrorInfo info;
  wsferry::describeAnswer(whole.response, {secret}, info);
  for (const std::string& text : {info.message, info.httpBody}) {
    require(text.find(secret) == std::string::npos);
  }
  return 0;
}
