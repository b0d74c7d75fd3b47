#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "core/thread/io_thread.hpp"
#include "tool/audio/audio_check.hpp"
#include "tool/audio/audio_input.hpp"
#include "tool/commands/commands.hpp"
#include "tool/report/result_output.hpp"
#include "tool/results/final_state.hpp"
#include "tool/results/results_reading.hpp"
#include "tool/stream/verdict_losses.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/upload/upload_display.hpp"
#include "tool/upload/upload_json.hpp"
#include "tool/upload/upload_remains.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/platform/client_credentials.hpp"
#include "wsferry/platform/file_upload.hpp"
#include "wsferry/platform/stream_service.hpp"

namespace wsferry::tool {

namespace {

constexpr std::size_t uploadBlock = std::size_t{256} << 10;

/// The gateway's answer to an upload.
struct UploadAnswer {
  std::error_code error;
  ErrorInfo info;
  gateway::StreamMetadata stream;
};

struct SentFile {
  UploadAnswer answer;
  UploadProgress progress;
};

std::unique_ptr<UploadReport> makeUploadReport(const ReportingOptions& reporting) {
  if (reporting.json) {
    return std::make_unique<UploadJson>(std::cout, verbosityOf(reporting));
  }
  return std::make_unique<UploadDisplay>(standardError(), std::cout, verbosityOf(reporting));
}

std::optional<std::uint64_t> sizeOfInput(const std::string& path) {
  std::error_code unknown;
  if (path == "-" || !std::filesystem::is_regular_file(path, unknown)) {
    return std::nullopt;
  }
  const std::uintmax_t size = std::filesystem::file_size(path, unknown);
  return unknown ? std::nullopt : std::optional<std::uint64_t>(size);
}

/// One file on its way.
class SendingFile {
 public:
  SendingFile(const UploadRequest& request, AudioInput& input, UploadReport& report)
      : input_(input), report_(report) {
    platform::UploadOptions options = request.upload;
    options.size = progress_.size = sizeOfInput(request.input);
    thread_.onException([this](const std::exception_ptr&) {
      lose();  // Words need memory, which may be what is missing.
      input_.stop();
    });
    upload_.emplace(thread_.context(), std::move(options));
  }

  SendingFile(const SendingFile&) = delete;
  SendingFile& operator=(const SendingFile&) = delete;
  ~SendingFile() {
    if (isLost()) {
      thread_.stop();  // What it was at needs no memory any more.
    }
  }

  /// From the signal thread.
  void cancel() {
    isCancelled_ = true;
    input_.stop();
    upload_->close();
  }

  /// `countedSize`: of a WAV file, how much there has to be by its header.
  SentFile send(std::string block, std::uint64_t countedSize) {
    upload_->start(
        [this](const std::error_code& error, ErrorInfo info, gateway::StreamMetadata stream) {
          set(answer_, {error, std::move(info), std::move(stream)});
          if (error) {
            input_.stop();  // Whoever waits for a recorder.
          }
        });
    SentFile sent;
    try {
      while (!block.empty() && write(std::move(block))) {
        block = input_.read(uploadBlock);
      }
      requireUnchanged();
      requireWhole(countedSize);
      upload_->finish();
      waitFor(answer_);
      sent.answer = *answer_;
    } catch (const Error& error) {  // Of the file. There may be a stream all the same.
      upload_->close();
      static_cast<void>(awaited(answer_));
      sent.answer = {error.code(), error.info(), {}};
    }
    sent.progress = progress_;
    sent.progress.elapsed = elapsed();
    return sent;
  }

 private:
  // What grew is not in the stream, and of what shrank there is none.
  void requireUnchanged() const {
    const bool hasGrown = progress_.bytes > progress_.size.value_or(progress_.bytes);
    const bool hasShrunk = progress_.bytes < progress_.size.value_or(0) && !hasFailed();
    if (!isCancelled_ && (hasGrown || hasShrunk)) {
      throw Error(Errc::fileFailed,
                  input_.name() + " changed its size while it was uploaded, from " +
                      std::to_string(*progress_.size) + " bytes. Upload it when it is finished.");
    }
  }

  // Of a pipe, whose end is seen when all of it was sent.
  void requireWhole(std::uint64_t countedSize) const {
    if (!isCancelled_ && progress_.bytes < countedSize && !hasFailed()) {
      throw Error(Errc::fileFailed, cutShort(input_, countedSize - progress_.bytes) +
                                        ". Upload all of it; --force-audio uploads what is there.");
    }
  }

  bool hasFailed() const {
    const std::lock_guard lock(mutex_);
    return isLost_ || (answer_ && answer_->error);
  }

  bool isLost() const {
    const std::lock_guard lock(mutex_);
    return isLost_;
  }

  template <class Value>
  void set(std::optional<Value>& result, Value value) {
    const std::lock_guard lock(mutex_);
    result = std::move(value);
    changed_.notify_all();
  }

  void lose() {
    const std::lock_guard lock(mutex_);
    isLost_ = true;
    changed_.notify_all();
  }

  // Whether the result has come; else none comes any more. The thread changes it no more then.
  template <class Value>
  bool awaited(const std::optional<Value>& result) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return result || isLost_; });
    return result.has_value();
  }

  template <class Value>
  void waitFor(const std::optional<Value>& result) {
    if (!awaited(result)) {
      throw Error(Errc::outOfResources, "The upload was given up: out of memory");
    }
  }

  // False where nothing more is wanted, which the answer tells about.
  bool write(std::string block) {
    const std::size_t size = block.size();
    if (progress_.size && size > *progress_.size - progress_.bytes) {
      progress_.bytes += size;
      return false;
    }
    written_.reset();
    upload_->write(std::move(block),
                   [this](const std::error_code& error) { set(written_, std::error_code(error)); });
    waitFor(written_);
    if (*written_ && *written_ != Errc::connectionClosed) {
      throw Error(*written_,
                  "a block of " + input_.name() + " was not accepted: " + written_->message());
    }
    if (*written_) {
      waitFor(answer_);  // It is over, and this is why.
      return false;
    }
    progress_.bytes += size;
    progress_.elapsed = elapsed();
    report_.progress(progress_);
    return true;
  }

  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_);
  }

  AudioInput& input_;
  UploadReport& report_;
  const TimePoint begin_ = Clock::now();
  UploadProgress progress_;
  std::atomic<bool> isCancelled_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<UploadAnswer> answer_;
  std::optional<std::error_code> written_;  ///< The last block.
  bool isLost_ = false;                     ///< No answer comes any more.
  IoThread thread_;
  std::optional<platform::FileUpload> upload_;
};

SentFile sendFile(const UploadRequest& request, AudioInput& input, UploadReport& report,
                  Interruption& interruption) {
  report.start(Url::parse(request.upload.url).display(), request.input);
  for (const std::string& option : request.unusedOptions) {
    report.warning(option);
  }
  std::string block = firstAudio(input, uploadBlock, interruption);
  if (!request.forceAudio) {
    requireAudio(input, block, interruption);
  }
  SendingFile sending(request, input, report);
  const Interruption::Scope scope(interruption, [&sending] { sending.cancel(); });
  interruption
      .holdEnd();  // A stream is not left behind by a signal between this and the next step.
  const std::uint64_t countedSize = request.forceAudio ? 0 : countedBytes(block);
  return sending.send(std::move(block), countedSize);
}

// What has become of a stream that nobody wants any more. Without a service to ask it goes on.
std::string cancelUnwanted(const UploadRequest& request, const std::string& id,
                           Interruption& interruption) {
  return request.service ? cancelStream(*request.service, id, interruption) : std::string();
}

ResultsOutcome awaitResults(const UploadRequest& request, const std::string& id,
                            TranscriptOutput& results, ResultsReport& report,
                            Interruption& interruption) {
  const TimePoint begin = Clock::now();
  platform::EgressOptions egress = *request.egress;
  egress.streams = {id};
  ResultsReading reading(std::move(egress), report);
  const Interruption::Scope scope(interruption, [&reading] { reading.close(); });
  return resultsOutcome(reading.run(), begin, results, report);
}

std::string readCommand(const std::string& id) {
  return "wsferry results " + id + " --egress-url URL";
}

// Whatever fails behind an upload, the stream is there.
void addStream(std::string& message, const std::string& id) {
  const bool hasEnd = message.empty() || message.back() == '.' || message.back() == '?';
  message += (hasEnd ? "" : ".") + std::string(" The stream was created: `") + readCommand(id) +
             "` reads it.";
}

ExitCode tellResults(const UploadRequest& request, const std::string& id, ResultOutput& output,
                     Interruption& interruption) {
  const bool hasOutput = !request.reporting.json || output.isFile();
  TranscriptOutput results(hasOutput ? &output : nullptr, request.transcriptForm);
  const std::unique_ptr<ResultsReport> report =
      makeResultsReport(request.reporting, output, results);
  ResultsOutcome outcome = awaitResults(request, id, results, *report, interruption);
  const bool hasAll = outcome.verdict.isSuccess();
  if (request.service) {
    requireCompleted(*request.service, {id}, request.stateLimit(), interruption, outcome);
  }
  if (interruption.requested() && !outcome.verdict.isSuccess()) {
    const std::string cancelled = cancelUnwanted(request, id, interruption);
    report->warning(cancelled.empty() ? "the stream goes on: `" + readCommand(id) + "` reads it"
                                      : cancelled);
  }
  if (outcome.verdict.isSuccess()) {
    results.complete();
  } else {
    if (!hasAll || outcome.verdict.outcome == platform::EgressOutcome::failed) {
      output.addPart(outcome.failure);
    }
    if (outcome.failure.exitCode == ExitCode::connection ||
        outcome.failure.exitCode == ExitCode::data) {
      addStream(outcome.failure.message, id);
    }
  }
  report->ended(outcome);
  if (request.reporting.json && !outcome.verdict.isSuccess()) {
    std::cerr << outcome.failure.text();  // For people, too.
  }
  return outcome.failure.exitCode;
}

UploadOutcome uploadOutcome(const UploadRequest& request, const SentFile& sent,
                            Interruption& interruption) {
  UploadOutcome outcome;
  outcome.ok = !sent.answer.error;
  outcome.streamId = sent.answer.stream.streamId;
  outcome.progress = sent.progress;
  outcome.failure.exitCode = ExitCode::done;
  if (!outcome.ok) {
    outcome.failure = reportStreamFailure(Error(sent.answer.error, sent.answer.info));
    adviseCredentials(outcome.failure, sent.answer.error, request.howToGiveCredentials);
    outcome.failure.exitCode = exitCodeFor(sent.answer.error);
    if (sent.answer.error == Errc::cancelled) {
      outcome.failure.message = "interrupted";
    }
    outcome.failure.remoteDetails.clear();  // The message has them in words.
    if (mayHaveMadeStream(sent.answer.error, sent.answer.info, request.upload.url)) {
      outcome.streamId = request.upload.streamId;
      outcome.cancelled = cancelUnwanted(request, outcome.streamId, interruption);
    }
  }
  return outcome;
}

// What has become of a stream whose results are read elsewhere.
void addState(const UploadRequest& request, Interruption& interruption, UploadOutcome& outcome) {
  const auto answer =
      awaitFinalState(*request.service, outcome.streamId, request.stateLimit(), interruption);
  outcome.state = answer ? answer->stream.state : std::string();
  if (interruption.requested()) {
    outcome.ok = false;
    outcome.failure = reportStreamFailure(
        Error(Errc::cancelled, "interrupted while the stream's end was waited for"));
    outcome.failure.exitCode = ExitCode::interrupted;
    outcome.cancelled = cancelUnwanted(request, outcome.streamId, interruption);
    return;
  }
  if (const auto failure = failureOf(answer)) {
    outcome.ok = false;
    outcome.failure = reportStreamFailure(Error(failure->error, failure->message));
    outcome.failure.exitCode = failure->exitCode();
  }
}

ExitCode endUpload(const UploadRequest& request, const SentFile& sent, UploadReport& report,
                   Interruption& interruption) {
  UploadOutcome outcome = uploadOutcome(request, sent, interruption);
  if (const auto& state = sent.answer.stream.state; outcome.ok && isFailedState(state)) {
    outcome.ok = false;
    outcome.state = state;
    outcome.failure = reportStreamFailure(
        Error(Errc::remoteFailed, "The gateway says that the stream is " + state));
    outcome.failure.exitCode = ExitCode::remote;
  } else if (outcome.ok && request.service) {
    addState(request, interruption, outcome);
  }
  report.ended(outcome);
  if (request.reporting.json && !outcome.ok) {
    std::cerr << outcome.failure.text();  // For people, too.
  }
  return outcome.failure.exitCode;
}

void shareToken(UploadRequest& request) {
  if (!request.token) {
    return;
  }
  const auto provider = std::make_shared<platform::ClientCredentials>(*request.token);
  request.upload.credentials.tokenProvider = provider;
  if (request.egress) {
    request.egress->credentials.tokenProvider = provider;
  }
  if (request.service) {
    request.service->credentials.tokenProvider = provider;
  }
}

}  // namespace

ExitCode runUpload(const UploadArguments& options, CommandRun& run) {
  run.failure.useJson(options.reporting.json || options.transcripts.format == "json");
  UploadRequest request = resolveUpload(options, environmentVariable);
  AudioInput input(request.input);
  input.requireOther(request.output);
  ResultOutput output(request.output, options.force);
  shareToken(request);
  const std::unique_ptr<UploadReport> report = makeUploadReport(request.reporting);
  const SentFile sent = sendFile(request, input, *report, run.interruption);
  if (sent.answer.error) {
    return endUpload(request, sent, *report, run.interruption);
  }
  try {
    report->stream(sent.answer.stream, request.awaited());
    return request.egress && !isFailedState(sent.answer.stream.state)
               ? tellResults(request, sent.answer.stream.streamId, output, run.interruption)
               : endUpload(request, sent, *report, run.interruption);
  } catch (const Error& error) {
    ErrorInfo info = error.info();
    addStream(info.message, sent.answer.stream.streamId);
    throw Error(error.code(), std::move(info));
  }
}

}  // namespace wsferry::tool
