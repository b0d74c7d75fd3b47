// Transcribes an audio file: transcribe GATEWAY_URL TEMPLATE_ID FILE
// The API key is taken from WS_GATEWAY_API_KEY.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "wsferry/gateway/stream.hpp"

namespace gateway = wsferry::gateway;

int main(int argc, char** argv) try {
  const char* key = std::getenv("WS_GATEWAY_API_KEY");
  std::ifstream file(argc == 4 ? argv[3] : "", std::ios::binary);
  if (key == nullptr || !file) {
    std::cerr << "usage: WS_GATEWAY_API_KEY=... transcribe GATEWAY_URL TEMPLATE_ID FILE\n";
    return 2;
  }
  gateway::StreamOptions options;
  options.baseUrl = argv[1];
  options.templateId = argv[2];
  options.credentials.kind = gateway::Credentials::Kind::apiKey;
  options.credentials.secret = key;
  gateway::StreamEvents events;
  events.onResponse = [](const gateway::Response& response) {
    if (const auto heard = gateway::transcriptionOf(response); heard && response.isFinal()) {
      std::cout << heard->text << std::endl;
    }
  };
  gateway::Stream stream(options, events);
  stream.connect();
  for (std::string chunk(4096, '\0'); file.read(chunk.data(), 4096) || file.gcount() > 0;) {
    stream.sendAudio(chunk.substr(0, static_cast<std::size_t>(file.gcount())));
  }
  const gateway::Verdict verdict = stream.finish();
  std::cerr << toString(verdict.outcome) << ": " << verdict.info.message << '\n';
  return verdict.isSuccess() ? 0 : 1;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
