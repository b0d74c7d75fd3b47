// Transcribes samples from standard input over as many streams as it takes, as a connection that
// breaks ends its stream:
//   arecord -f S16_LE -r 16000 -c 1 -t raw | reconnect GATEWAY_URL TEMPLATE_ID
// The credentials are taken from the environment, such as an API key from WS_GATEWAY_API_KEY.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include "wsferry/gateway/stream.hpp"

namespace gateway = wsferry::gateway;

namespace {

constexpr std::size_t bytesPerMillisecond = 32;  // 16 kHz, two bytes, mono.
constexpr int mostFruitless = 5;                 // Streams in a row that bring nothing.

// Audio that no final result covers yet: what the next stream begins with.
class Kept {
 public:
  void add(const std::string& audio) { bytes_ += audio; }
  const std::string& bytes() const { return bytes_; }

  // A stream that began with what was kept then covers so much of it.
  void cover(wsferry::Duration position) {
    const std::size_t covered = static_cast<std::size_t>(position.count()) * bytesPerMillisecond;
    const std::size_t size = std::min(covered - std::min(covered, dropped_), bytes_.size());
    bytes_.erase(0, size);
    dropped_ += size;
  }
  void beginStream() { dropped_ = 0; }
  bool hasProgress() const { return dropped_ > 0; }

 private:
  std::string bytes_;
  std::size_t dropped_ = 0;  // Since the stream began.
};

std::string nextAudio() {
  std::string block(4096, '\0');
  std::cin.read(block.data(), static_cast<std::streamsize>(block.size()));
  block.resize(static_cast<std::size_t>(std::cin.gcount()));
  return block;
}

// One stream: to the end of the audio, or to its own.
gateway::Verdict runStream(const gateway::StreamOptions& options, Kept& kept) {
  gateway::StreamEvents events;
  events.onFinal = [](const gateway::Transcript& said) { std::cout << said.text << std::endl; };
  gateway::Stream stream(options, events);
  kept.beginStream();
  try {
    stream.connect();
    stream.sendAudio(kept.bytes());
    for (std::string audio = nextAudio(); !audio.empty(); audio = nextAudio()) {
      kept.add(audio);
      kept.cover(stream.coveredAudio());
      stream.sendAudio(std::move(audio));
    }
  } catch (const wsferry::Error&) {
    // The verdict tells why.
  }
  gateway::Verdict verdict = stream.finish();
  kept.cover(stream.coveredAudio());
  return verdict;
}

// What another stream may not meet. A server that refuses what it is sent does so again.
bool isWorthAnother(const gateway::Verdict& verdict) {
  return verdict.retryable || verdict.outcome == gateway::Outcome::lost ||
         (verdict.outcome == gateway::Outcome::incomplete &&
          verdict.error == wsferry::ErrorCondition::connection);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: WS_GATEWAY_API_KEY=... reconnect GATEWAY_URL TEMPLATE_ID\n";
    return 2;
  }
  gateway::StreamOptions options;
  options.baseUrl = argv[1];
  options.templateId = argv[2];
  options.credentials = gateway::Credentials::fromEnvironment();
  options.patches = {gateway::setPatch("encoding", "linear16"),
                     gateway::setPatch("sampleRate", "16000"), gateway::setPatch("channels", "1")};
  Kept kept;
  for (int fruitless = 0; fruitless < mostFruitless;) {
    const gateway::Verdict verdict = runStream(options, kept);
    std::cerr << toString(verdict.outcome) << ": " << verdict.info.message << '\n';
    if (verdict.isSuccess()) {
      return 0;
    }
    if (!isWorthAnother(verdict)) {
      return 1;
    }
    fruitless = kept.hasProgress() ? 0 : fruitless + 1;
    std::this_thread::sleep_for(std::chrono::seconds(fruitless));
  }
  return 1;
} catch (const wsferry::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
