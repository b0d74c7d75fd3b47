// Results of any vendor are read without an exception and always the same; one message is one line
// of the input, and all are of one stream.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "fuzz/require.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/result_reader.hpp"

namespace {

using namespace wsferry::gateway;

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all = [] {
    std::vector<Profile> made;
    for (const auto& name : profileNames()) {
      made.push_back(profileNamed(name));
    }
    return made;
  }();
  return all;
}

void requireSame(const Response& a, const Response& b) {
  const auto transcripts = transcriptsOf(a);
  const auto others = transcriptsOf(b);
  require(a.json == b.json && transcripts.size() == others.size());
  for (std::size_t i = 0; i < transcripts.size(); ++i) {
    require(transcripts[i].text == others[i].text && transcripts[i].isFinal == others[i].isFinal);
    require(transcripts[i].words.size() == others[i].words.size());
  }
}

void readStream(const Profile& profile, std::string_view lines) {
  ResultReader reader(profile.results);
  ResultReader again(profile.results);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const IncomingMessage message = readIncoming(profile, line);
    if (message.kind == MessageKind::response) {
      requireSame(reader.read(message.subject, message.finality, message.ends),
                  again.read(message.subject, message.finality, message.ends));
    }
    if (message.problem.empty()) {  // Then it is JSON.
      requireSame(reader.read(line, message.finality), again.read(line, message.finality));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  wsferry::Utf8Validator validator;
  if (validator.update(text) && validator.complete()) {
    for (const Profile& profile : profiles()) {
      readStream(profile, text);
    }
  }
  return 0;
}
