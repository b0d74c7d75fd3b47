#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "tool/audio/audio_check.hpp"
#include "tool/audio/audio_input.hpp"
#include "tool/commands/commands.hpp"
#include "tool/report/result_output.hpp"
#include "tool/stream/audio_start.hpp"
#include "tool/stream/stream_display.hpp"
#include "tool/stream/stream_json.hpp"
#include "tool/stream/verdict_losses.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/platform/http_url_provider.hpp"

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

constexpr const char* unreadableMessage = "message that cannot be read";

milliseconds since(TimePoint begin) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

std::unique_ptr<StreamReport> makeReport(const ReportingOptions& reporting, ResultOutput& output,
                                         TranscriptOutput& results) {
  if (reporting.json) {
    return std::make_unique<StreamJson>(std::cout, results, verbosityOf(reporting));
  }
  return std::make_unique<StreamDisplay>(standardError(), output, results, verbosityOf(reporting));
}

gateway::StreamEvents eventsFor(const StreamRequest& request, StreamReport& report,
                                AudioInput& input, std::atomic<std::uint64_t>& unreadable) {
  gateway::StreamEvents events;
  events.onMetadata = [&report](const gateway::StreamMetadata& metadata) {
    report.metadata(metadata);
  };
  events.onResponse = [&report, &unreadable](const gateway::Response& response) {
    if (const std::string problem = unreadableText(response); !problem.empty()) {
      ++unreadable;
      report.warning(unreadableMessage, problem + ": " + response.json);
    }
    report.response(response);
  };
  const bool isRaw = request.stream.format == gateway::EgressFormat::raw;
  events.onBinary = [&report, &unreadable, isRaw](std::string_view bytes) {
    if (isRaw) {
      report.binary(bytes);
      return;
    }
    ++unreadable;
    report.warning(unreadableMessage, counted(bytes.size(), "byte", "bytes") +
                                          " that are not text, without --format raw");
  };
  events.onRawText = [&report](std::string_view text) { report.rawText(text); };
  events.onUnknown = [&report](std::string_view json) { report.unknown(json); };
  events.onProtocolError = [&report, &unreadable](std::string_view problem, std::string_view text) {
    ++unreadable;
    report.warning(unreadableMessage, std::string(problem) + ": " + std::string(text));
  };
  events.onWarning = [&report](gateway::StreamWarning warning, std::string_view message) {
    report.warning(warning == gateway::StreamWarning::serverError ? gatewaysWarning
                                                                  : "warning about the connection",
                   message);
  };
  events.onVerdict = [&input](const gateway::Verdict&) { input.stop(); };
  return events;
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
  StreamRun(StreamReport& report, gateway::Stream& stream) : report_(report), stream_(stream) {
    // The verdict tells how it went; meanwhile audio that arrives waits in the queue.
    auto connected = std::make_shared<std::promise<void>>();
    connected_ = connected->get_future().share();
    stream_.connect(
        [connected](const std::error_code&, const ErrorInfo&) { connected->set_value(); });
  }

  /// To the end of the audio, or to that of the stream.
  void sendAll(Audio& audio) {
    std::optional<AudioPace> pace;
    if (audio.pace) {
      // What is sent before audio may flow would go out in one burst when it may.
      connected_.wait();
      pace.emplace(*audio.pace);
    }
    for (std::string bytes = audio.read(); !bytes.empty(); bytes = audio.read()) {
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
  void sendRest(Audio& audio) {
    const TimePoint deadline = Clock::now() + recorderEnd;
    std::size_t total = 0;
    while (refused_ == 0 && total < longestRest) {
      std::string bytes = audio.audioIn(
          audio.input.readRest(std::min(audio.chunkSize, longestRest - total), deadline));
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
          "The gateway ended the stream by itself while audio was left: the results lack it, and "
          "perhaps some of what was sent. Check the template's limits, and stream the audio after "
          "the last result.";
    }
  }

  void reportProgress() {
    report_.progress(
        {queued_ - std::min<std::uint64_t>(queued_, stream_.queuedBytes()), since(begin_)});
  }

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
  const bool isKnown = verdict.error == Errc::dataMissing || verdict.error == Errc::fileFailed ||
                       verdict.error == ErrorCondition::authentication;
  return isCutShort && !isKnown ? ExitCode::connection : exitCodeFor(verdict.error);
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

// What could not be read may have been results.
void addUnreadable(gateway::Verdict& verdict, std::uint64_t unreadable) {
  if (unreadable != 0 && verdict.isSuccess()) {
    addLoss(verdict, Errc::protocolViolation,
            counted(unreadable, "message", "messages") +
                " from the gateway could not be read, so results may be missing");
  }
}

// Of a pipe, whose end is seen when all of it was sent: the results are those of a part.
void addCutAudio(gateway::Verdict& verdict, const Audio& audio) {
  if (const std::uint64_t missing = audio.missing(); missing > 0 && verdict.isSuccess()) {
    addLoss(verdict, Errc::dataMissing,
            cutShort(audio.input, missing) + ". The results cover what came.");
  }
}

// Of a file that became shorter meanwhile. Behind audio that a header counts nothing is read.
void addShrunkAudio(gateway::Verdict& verdict, const Audio& audio) {
  const std::uint64_t missing = audio.left == 0U ? 0 : audio.input.missing();
  if (missing > 0 && verdict.isSuccess()) {
    addLoss(verdict, Errc::dataMissing,
            audio.input.name() + " became " + counted(missing, "byte", "bytes") +
                " shorter while it was sent. The results cover what was there: send it again when "
                "it is finished.");
  }
}

// Of a result that could not be written, which has ended the stream from within.
void addException(gateway::Verdict& verdict) {
  if (!verdict.exception) {
    return;
  }
  try {
    std::rethrow_exception(std::exchange(verdict.exception, nullptr));
  } catch (const Error& error) {
    if (verdict.outcome == gateway::Outcome::cancelled) {
      verdict.outcome = gateway::Outcome::complete;
    }
    addLoss(verdict, error.code(), error.info().message);
  }
}

/// Carries out what may not be written.
template <class Write>
void writeOrLose(gateway::Verdict& verdict, Write write) {
  try {
    write();
  } catch (const Error& error) {
    addLoss(verdict, error.code(), error.info().message);
  }
}

void addInterruption(StreamOutcome& outcome) {
  outcome.failure.exitCode = ExitCode::interrupted;
  if (outcome.verdict.isSuccess()) {
    outcome.failure.error = "cancelled";
    outcome.failure.message = outcome.audioLeft
                                  ? "interrupted; the results cover the audio that was sent"
                                  : "interrupted; everything recorded was sent";
  }
}

gateway::StreamOptions streamOptionsOf(const StreamRequest& request) {
  gateway::StreamOptions options = request.stream;
  if (request.token) {
    options.credentials.tokenProvider =
        std::make_shared<platform::ClientCredentials>(*request.token);
  }
  if (!options.profile.sessionRequest.url.empty()) {
    http::ClientOptions connection;
    static_cast<wsferry::ConnectionOptions&>(connection) = options.connection;
    connection.headers.clear();  // They come with the request.
    // Before the stream gives up the wait for it, which says less.
    connection.connectTimeout = options.connection.connectTimeout * 9 / 10;
    connection.responseTimeout = connection.connectTimeout;
    options.urlProvider = std::make_shared<platform::HttpUrlProvider>(std::move(connection));
  }
  return options;
}

// A gateway that takes samples is told by the header of a WAV file which they are.
std::optional<WavSamples> readWavHeader(StreamRequest& request, AudioInput& input,
                                        Interruption& interruption) {
  if (!request.readsWav) {
    return std::nullopt;
  }
  const Interruption::Scope scope(
      interruption, [&] { input.stop(); }, {}, patience);
  WavSamples samples =
      readWavSamples(input, request.stream.profile, request.forceAudio, interruption);
  request.rawAudio = samples.audio;
  request.stream.rawAudio = request.rawAudio;
  return samples;
}

// What a WAV file holds, and the gateway does not take, has to be converted.
gateway::Stream makeStream(const StreamRequest& request, gateway::StreamEvents events) {
  try {
    return gateway::Stream(streamOptionsOf(request), std::move(events));
  } catch (const Error& error) {
    if (!request.readsWav || error.info().option != "rawAudio") {
      throw;
    }
    throw Error(error.code(), request.input + ": " + error.info().message +
                                  conversionFor(request.stream.profile, request.input))
        .ofOption("rawAudio");
  }
}

StreamOutcome runSession(const StreamRequest& request, gateway::Stream& stream, AudioInput& input,
                         std::optional<WavSamples> samples, StreamReport& report,
                         Interruption& interruption, const std::atomic<std::uint64_t>& unreadable) {
  report.start(Url::parse(request.stream.baseUrl).display(), request.input);
  for (const std::string& option : request.unusedOptions) {
    report.warning("option without effect", option);
  }
  Audio audio = samples ? beginSamples(input, request, *std::move(samples), interruption)
                        : beginAudio(input, request, interruption);
  StreamRun running(report, stream);
  std::optional<Error> unread;
  try {
    running.sendAll(audio);
    if (interruption.requested() && !request.realTime) {
      running.sendRest(audio);
    }
  } catch (const Error& error) {  // Of the audio. What was sent has results all the same.
    unread = error;
  }
  StreamOutcome outcome = running.finish(audio);
  addException(outcome.verdict);
  if (unread) {
    addLoss(outcome.verdict, unread->code(), unread->info().message);
  }
  addUnreadable(outcome.verdict, unreadable);
  outcome.interrupted = interruption.requested();
  outcome.audioLeft = outcome.interrupted && audio.isLeft();
  if (!outcome.interrupted && !request.forceAudio) {
    addCutAudio(outcome.verdict, audio);
  }
  if (!outcome.interrupted) {
    addShrunkAudio(outcome.verdict, audio);
  }
  return outcome;
}

// Writes what is left of the results, and says what has become of the stream.
void concludeStream(const StreamRequest& request, StreamOutcome& outcome,
                    const ResultOutput& output, TranscriptOutput& results, StreamReport& report) {
  gateway::Verdict& verdict = outcome.verdict;
  writeOrLose(verdict, [&results] { results.finish(); });
  addLoss(verdict, Errc::dataMissing, results.losses());
  if (verdict.isSuccess()) {
    writeOrLose(verdict, [&results] { results.complete(); });
  }
  if (const std::string notes = results.notes(); !notes.empty()) {
    report.warning("subtitles", notes);
  }
  outcome.failure = failureOf(verdict);
  adviseCredentials(outcome.failure, verdict.error, request.howToGiveCredentials);
  if (outcome.interrupted) {
    addInterruption(outcome);
  }
  if (!verdict.isSuccess()) {
    output.addPart(outcome.failure);
  }
}

}  // namespace

ExitCode runStream(const StreamArguments& options, CommandRun& run) {
  run.failure.useJson(options.reporting.json || options.transcripts.format == "json");
  StreamRequest request = resolveStream(options, environmentVariable);
  AudioInput input(request.input);
  input.requireOther(request.output);
  ResultOutput output(request.output, options.force);
  const bool hasOutput = !request.reporting.json || output.isFile();
  TranscriptOutput results(hasOutput ? &output : nullptr, request.transcriptForm);
  const std::unique_ptr<StreamReport> report = makeReport(request.reporting, output, results);
  std::atomic<std::uint64_t> unreadable{0};
  std::optional<WavSamples> samples = readWavHeader(request, input, run.interruption);
  gateway::Stream stream = makeStream(request, eventsFor(request, *report, input, unreadable));
  std::atomic<bool> ending{false};
  // To the end of the report: a signal that comes between does not keep it back.
  const Interruption::Scope scope(
      run.interruption, [&] { onSignal(stream, input, ending); }, {}, patience);
  StreamOutcome outcome =
      runSession(request, stream, input, std::move(samples), *report, run.interruption, unreadable);
  concludeStream(request, outcome, output, results, *report);
  report->ended(outcome);
  if (request.reporting.json && !outcome.isSuccess()) {
    std::cerr << outcome.failure.text();  // For people, too.
  }
  return outcome.failure.exitCode;
}

}  // namespace wsferry::tool
