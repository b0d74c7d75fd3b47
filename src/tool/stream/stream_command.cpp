#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "tool/commands/commands.hpp"
#include "tool/report/result_output.hpp"
#include "tool/stream/audio_input.hpp"
#include "tool/stream/stream_display.hpp"
#include "tool/stream/stream_json.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/stream.hpp"

namespace wsferry::tool {

namespace {

using std::chrono::milliseconds;

// After a signal the audio ends and the last results are waited for; then the stream is closed.
constexpr Patience patience{milliseconds(30'000), milliseconds(1'800)};
constexpr milliseconds reportInterval{1'000};
// What ends the stream ends its recorder, too: how long that may take, and how much may be left of
// it, which is what a pipe can hold.
constexpr milliseconds recorderEnd{1'000};
constexpr std::size_t longestRest = std::size_t{1} << 20;
// Within which a WAV file has to say what it is.
constexpr std::size_t longestHeader = std::size_t{64} << 10;

milliseconds since(TimePoint begin) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

std::unique_ptr<StreamReport> makeReport(const ReportingOptions& reporting, ResultOutput& results) {
  if (reporting.json) {
    return std::make_unique<StreamJson>(std::cout, results.isFile() ? &results : nullptr,
                                        verbosityOf(reporting));
  }
  return std::make_unique<StreamDisplay>(standardError(), results, verbosityOf(reporting));
}

gateway::StreamEvents eventsFor(StreamReport& report, AudioInput& input) {
  gateway::StreamEvents events;
  events.onMetadata = [&report](const gateway::StreamMetadata& metadata) {
    report.metadata(metadata);
  };
  events.onResponse = [&report](const gateway::Response& response) { report.response(response); };
  events.onBinary = [&report](std::string_view bytes) { report.binary(bytes); };
  events.onRawText = [&report](std::string_view text) { report.rawText(text); };
  events.onUnknown = [&report](std::string_view json) { report.unknown(json); };
  events.onProtocolError = [&report](std::string_view problem, std::string_view text) {
    report.warning("message that cannot be read", std::string(problem) + ": " + std::string(text));
  };
  events.onWarning = [&report](gateway::StreamWarning, std::string_view message) {
    report.warning("warning about the connection", message);
  };
  events.onVerdict = [&input](const gateway::Verdict&) { input.stop(); };
  return events;
}

/// The audio as it is read: its start, looked at before there is a stream, and its rate if it is to
/// be paced.
struct Audio {
  AudioInput& input;
  std::string start;
  std::optional<double> rate;  ///< Bytes a second.

  std::string read(std::size_t size) {
    if (start.empty()) {
      return input.read(size);
    }
    std::string bytes = start.substr(0, size);
    start.erase(0, bytes.size());
    return bytes;
  }

  /// Whether there is more. To be asked when nothing more is read.
  bool isLeft() { return !start.empty() || !input.isAtEnd(); }
};

// A recorder that died has to be noticed, and audio that cannot be paced refused, before the
// gateway is asked for a stream.
Audio beginAudio(AudioInput& input, const StreamRequest& request,
                 const Interruption& interruption) {
  Audio audio{input, input.read(request.chunkSize), std::nullopt};
  interruption.throwIfRequested();
  if (audio.start.empty()) {
    throw Error(Errc::fileFailed, "there is no audio in " + input.name() +
                                      ": it ended before its first byte, and no stream was made");
  }
  if (!request.realTime) {
    return audio;
  }
  audio.rate = bytesPerSecond(audio.start, request.rawAudio);
  std::string more = audio.start;
  while (!audio.rate && !more.empty() && audio.start.size() < longestHeader) {
    more = input.read(longestHeader);
    audio.start += more;
    audio.rate = bytesPerSecond(audio.start, request.rawAudio);
  }
  interruption.throwIfRequested();
  if (!audio.rate) {
    throw Error(Errc::invalidOption,
                "--real-time has to know how many bytes a second of audio takes: give a WAV file, "
                "or say with --raw-audio linear16 or mulaw what the audio is");
  }
  return audio;
}

// False once the stream is over.
bool send(gateway::Stream& stream, std::string bytes) {
  std::promise<std::error_code> promise;
  auto taken = promise.get_future();
  stream.sendAudio(std::move(bytes),
                   [promise = std::move(promise)](const std::error_code& error) mutable {
                     promise.set_value(error);
                   });
  return !taken.get();
}

/// One stream from its first byte of audio to its verdict.
class StreamRun {
 public:
  StreamRun(const StreamRequest& request, StreamReport& report, gateway::Stream& stream)
      : request_(request), report_(report), stream_(stream) {
    // The verdict tells how it went; meanwhile audio that arrives waits in the queue.
    auto connected = std::make_shared<std::promise<void>>();
    connected_ = connected->get_future().share();
    stream_.connect(
        [connected](const std::error_code&, const ErrorInfo&) { connected->set_value(); });
  }

  /// To the end of the audio, or to that of the stream.
  void sendAll(Audio& audio) {
    std::optional<AudioPace> pace;
    if (audio.rate) {
      // What is sent before audio may flow would go out in one burst when it may.
      connected_.wait();
      pace.emplace(*audio.rate);
    }
    for (std::string bytes = audio.read(request_.chunkSize); !bytes.empty();
         bytes = audio.read(request_.chunkSize)) {
      const std::size_t size = bytes.size();
      if (!offer(std::move(bytes))) {
        return;
      }
      if (pace && !audio.input.waitUntil(pace->next(size, Clock::now()))) {
        return;
      }
    }
  }

  /// After a signal, what a recorder had left in the pipe.
  void sendRest(AudioInput& input) {
    const TimePoint deadline = Clock::now() + recorderEnd;
    std::size_t total = 0;
    while (refused_ == 0 && total < longestRest) {
      std::string bytes =
          input.readRest(std::min(request_.chunkSize, longestRest - total), deadline);
      if (bytes.empty()) {
        return;
      }
      total += bytes.size();
      offer(std::move(bytes));
    }
  }

  /// Waits for the last results, which may take long.
  StreamOutcome finish(Audio& audio) {
    std::promise<gateway::Verdict> promise;
    auto finished = promise.get_future();
    stream_.finish([promise = std::move(promise)](gateway::Verdict verdict) mutable {
      promise.set_value(std::move(verdict));
    });
    while (finished.wait_for(reportInterval) != std::future_status::ready) {
      reportProgress();
    }
    StreamOutcome outcome;
    outcome.verdict = finished.get();
    addAudioLeft(outcome.verdict, audio);
    outcome.elapsed = since(begin_);
    return outcome;
  }

 private:
  // False once the stream is over.
  bool offer(std::string bytes) {
    const std::size_t size = bytes.size();
    if (!send(stream_, std::move(bytes))) {
      refused_ = size;
      return false;
    }
    queued_ += size;
    reportProgress();
    return true;
  }

  // The stream knows of the audio that it was offered alone.
  void addAudioLeft(gateway::Verdict& verdict, Audio& audio) const {
    if (!verdict.endedByServer || (refused_ == 0 && !audio.isLeft())) {
      return;
    }
    verdict.audioBytesUnsent += refused_;
    if (verdict.isSuccess()) {
      verdict.outcome = gateway::Outcome::endedEarly;
      verdict.error = Errc::connectionClosed;
      verdict.info.message =
          "The gateway ended the stream by itself, and audio was left: it is not in the results. "
          "Look at the template's limits, and stream the rest anew.";
    }
  }

  void reportProgress() {
    report_.progress(
        {queued_ - std::min<std::uint64_t>(queued_, stream_.queuedBytes()), since(begin_)});
  }

  const StreamRequest& request_;
  StreamReport& report_;
  gateway::Stream& stream_;
  std::shared_future<void> connected_;  ///< Audio may flow, or the stream is over.
  const TimePoint begin_ = Clock::now();
  std::uint64_t queued_ = 0;
  std::uint64_t refused_ = 0;  ///< Offered when the stream was over.
};

// A signal before there is a stream ends the wait for it. Later the first one ends the audio, and
// the last results are waited for; the second one gives that up.
void onSignal(gateway::Stream& stream, AudioInput& input, std::atomic<bool>& ending) {
  const gateway::StreamState state = stream.state();
  const bool isOpening = state == gateway::StreamState::idle ||
                         state == gateway::StreamState::connecting ||
                         state == gateway::StreamState::awaitingMetadata;
  input.stop();
  if (ending.exchange(true) || isOpening) {
    stream.close();
  }
}

ExitCode exitCodeOf(const gateway::Verdict& verdict) {
  if (verdict.isSuccess()) {
    return ExitCode::done;
  }
  const bool isCutShort = verdict.outcome == gateway::Outcome::incomplete ||
                          verdict.outcome == gateway::Outcome::lost ||
                          verdict.outcome == gateway::Outcome::endedEarly;
  return isCutShort ? ExitCode::connection : exitCodeFor(verdict.error);
}

FailureReport failureOf(const gateway::Verdict& verdict) {
  FailureReport failure;
  if (!verdict.isSuccess()) {
    failure = reportStreamFailure(Error(verdict.error, verdict.info));
  }
  failure.exitCode = exitCodeOf(verdict);
  if (verdict.cause == gateway::LossCause::inactivity) {
    failure.remedy = "--keep-alive and --keep-alive-interval set how often it is sent.";
  }
  if (!verdict.response.message.empty()) {
    failure.remoteDetails.clear();  // The message has them in words.
  }
  return failure;
}

void addInterruption(StreamOutcome& outcome, Audio& audio) {
  outcome.interrupted = true;
  outcome.audioLeft = audio.isLeft();
  outcome.failure.exitCode = ExitCode::interrupted;
  if (outcome.verdict.isSuccess()) {
    outcome.failure.error = "cancelled";
    outcome.failure.message = outcome.audioLeft
                                  ? "interrupted; the results are those of the audio that was sent"
                                  : "interrupted; everything recorded was sent";
  }
}

StreamOutcome runSession(const StreamRequest& request, AudioInput& input, StreamReport& report,
                         Interruption& interruption) {
  gateway::Stream stream(request.stream, eventsFor(report, input));
  std::atomic<bool> ending{false};
  const Interruption::Scope scope(
      interruption, [&] { onSignal(stream, input, ending); }, {}, patience);
  report.start(Url::parse(request.stream.baseUrl).display(), request.input);
  for (const std::string& option : request.unusedOptions) {
    report.warning("option without effect", option);
  }
  Audio audio = beginAudio(input, request, interruption);
  StreamRun running(request, report, stream);
  running.sendAll(audio);
  if (interruption.requested() && !request.realTime) {
    running.sendRest(input);
  }
  StreamOutcome outcome = running.finish(audio);
  if (outcome.verdict.exception) {
    std::rethrow_exception(outcome.verdict.exception);
  }
  outcome.failure = failureOf(outcome.verdict);
  if (interruption.requested()) {
    addInterruption(outcome, audio);
  }
  return outcome;
}

bool isSameFile(const std::string& input, const std::string& output) {
  std::error_code ignored;  // One that does not exist is no other.
  return !output.empty() && std::filesystem::equivalent(input, output, ignored);
}

}  // namespace

ExitCode runStream(const StreamArguments& options, CommandRun& run) {
  run.failure.useJson(options.reporting.json);
  const StreamRequest request = resolveStream(options, environmentVariable);
  if (isSameFile(request.input, request.output)) {
    throw Error(Errc::invalidOption, "the results would replace the audio: " + request.input);
  }
  AudioInput input(request.input);
  ResultOutput results(request.output, options.force);
  const std::unique_ptr<StreamReport> report = makeReport(options.reporting, results);
  const StreamOutcome outcome = runSession(request, input, *report, run.interruption);
  if (outcome.verdict.isSuccess()) {
    results.complete();
  }
  report->ended(outcome);
  if (options.reporting.json && !outcome.isSuccess()) {
    std::cerr << outcome.failure.text();  // For people, too.
  }
  return outcome.failure.exitCode;
}

}  // namespace wsferry::tool
