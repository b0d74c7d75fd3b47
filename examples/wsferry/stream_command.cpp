#include <atomic>
#include <exception>
#include <future>
#include <iostream>
#include <memory>
#include <utility>

#include "audio_input.hpp"
#include "commands.hpp"
#include "result_output.hpp"
#include "stream_display.hpp"
#include "stream_events.hpp"
#include "terminal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/gateway/stream.hpp"

namespace wsferry::tool {

namespace {

using std::chrono::milliseconds;

// After a signal the audio ends and the last results are waited for; then the stream is closed.
constexpr Patience patience{milliseconds(30'000), milliseconds(1'800)};

milliseconds since(TimePoint begin) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
}

std::unique_ptr<StreamReport> makeReport(const ReportingOptions& reporting, ResultOutput& results,
                                         bool resultsInFile) {
  if (reporting.json) {
    return std::make_unique<StreamEvents>(std::cout, resultsInFile ? &results : nullptr,
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
    report.warning(std::string(problem) + ": " + std::string(text));
  };
  events.onWarning = [&report](gateway::StreamWarning, std::string_view message) {
    report.warning(message);
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

double realTimeRate(const StreamRequest& request, std::string_view start) {
  if (const auto rate = bytesPerSecond(start, request.rawAudio)) {
    return *rate;
  }
  throw Error(Errc::invalidOption,
              "--real-time has to know how many bytes a second of audio takes: give a WAV file, or "
              "say with --raw-audio linear16 or mulaw what the audio is");
}

// Sends the audio to its end, or to that of the stream.
void sendAll(AudioInput& input, const StreamRequest& request, gateway::Stream& stream,
             StreamReport& report) {
  const TimePoint begin = Clock::now();
  std::uint64_t sent = 0;
  double rate = 0;
  for (std::string bytes = input.read(request.chunkSize); !bytes.empty();
       bytes = input.read(request.chunkSize)) {
    if (request.realTime && sent == 0) {
      rate = realTimeRate(request, bytes);
    }
    sent += bytes.size();
    if (!send(stream, std::move(bytes))) {
      return;
    }
    report.progress({sent, since(begin)});
    const std::chrono::duration<double> played(rate > 0 ? static_cast<double>(sent) / rate : 0);
    if (rate > 0 && !input.waitUntil(begin + std::chrono::duration_cast<Clock::duration>(played))) {
      return;
    }
  }
}

// The server may say in a message, too, that it does not know or allow the client.
ExitCode exitCodeOf(const gateway::Verdict& verdict) {
  const std::string& name = verdict.response.internalErrorName;
  if (verdict.isSuccess()) {
    return ExitCode::done;
  }
  if (name == "GENERAL_AUTHENTICATION_ERROR" || name == "GENERAL_AUTHORIZATION_ERROR") {
    return ExitCode::authentication;
  }
  switch (verdict.outcome) {
    case gateway::Outcome::failed:
      return ExitCode::remote;
    case gateway::Outcome::incomplete:
    case gateway::Outcome::lost:
      return ExitCode::connection;
    default:
      return exitCodeFor(verdict.error);
  }
}

// What other commands advise is about Strapi, but for the options of the connection itself.
bool concernsConnecting(const std::error_code& error) {
  return error == Errc::plaintextCredentials || error == Errc::connectTimedOut ||
         error == Errc::tlsFailed || error == Errc::proxyRefused;
}

FailureReport failureOf(const gateway::Verdict& verdict) {
  FailureReport failure = reportFailure(Error(verdict.error, verdict.info));
  failure.exitCode = exitCodeOf(verdict);
  if (!concernsConnecting(verdict.error)) {
    failure.remedy.clear();
  }
  if (!verdict.response.message.empty()) {
    failure.remoteDetails.clear();  // The message has them in words.
  }
  return failure;
}

StreamOutcome runStream(const StreamRequest& request, StreamReport& report,
                        Interruption& interruption) {
  const TimePoint begin = Clock::now();
  AudioInput input(request.input);
  gateway::Stream stream(request.stream, eventsFor(report, input));
  std::atomic<bool> ending{false};
  const Interruption::Scope scope(
      interruption,
      [&] {
        if (ending.exchange(true)) {
          stream.close();
        } else {
          input.stop();
        }
      },
      {}, patience);
  report.start(Url::parse(request.stream.baseUrl).display(), request.input);
  // The verdict tells how it went; meanwhile audio that arrives waits in the queue.
  stream.connect([](const std::error_code&, const ErrorInfo&) {});
  sendAll(input, request, stream, report);
  StreamOutcome outcome;
  outcome.verdict = stream.finish();
  outcome.elapsed = since(begin);
  if (outcome.verdict.exception) {
    std::rethrow_exception(outcome.verdict.exception);
  }
  if (!outcome.verdict.isSuccess()) {
    outcome.failure = failureOf(outcome.verdict);
  } else {
    outcome.failure.exitCode = ExitCode::done;
  }
  if (interruption.requested()) {
    outcome.failure.exitCode = ExitCode::interrupted;
  }
  return outcome;
}

}  // namespace

ExitCode runStream(const StreamOptions& options, Interruption& interruption) {
  const StreamRequest request = resolveStream(options, environmentVariable);
  ResultOutput results(request.output, options.force);
  const std::unique_ptr<StreamReport> report =
      makeReport(options.reporting, results, !request.output.empty());
  const StreamOutcome outcome = runStream(request, *report, interruption);
  report->ended(outcome);
  return outcome.failure.exitCode;
}

}  // namespace wsferry::tool
