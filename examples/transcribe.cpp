// Transcribes an audio file: transcribe GATEWAY_URL TEMPLATE_ID FILE
// The credentials are taken from the environment, such as an API key from WS_GATEWAY_API_KEY.
#include <iostream>

#include "wsferry/gateway/stream.hpp"

namespace gateway = wsferry::gateway;

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: WS_GATEWAY_API_KEY=... transcribe GATEWAY_URL TEMPLATE_ID FILE\n";
    return 2;
  }
  gateway::StreamOptions options;
  options.baseUrl = argv[1];
  options.templateId = argv[2];
  options.credentials = gateway::Credentials::fromEnvironment();
  gateway::StreamEvents events;
  events.onFinal = [](const gateway::Transcript& said) { std::cout << said.text << std::endl; };
  gateway::Stream stream(options, events);
  const auto pace = gateway::FilePace::unpaced();  // As fast as the server takes it.
  const gateway::Verdict verdict = stream.streamFile(argv[3], pace);
  std::cerr << toString(verdict.outcome) << ": " << verdict.info.message << '\n';
  return verdict.isSuccess() ? 0 : 1;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
