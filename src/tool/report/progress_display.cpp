#include "tool/report/progress_display.hpp"

#include <algorithm>
#include <vector>

#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/result_table.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::tool {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds plainLineInterval{10'000};

milliseconds elapsed(const strapi::StageProgress& progress, TimePoint now) {
  const TimePoint end = progress.finished.value_or(now);
  return std::chrono::duration_cast<milliseconds>(std::max(end, progress.started) -
                                                  progress.started);
}

std::string amount(const std::string& moved, const std::string& total) {
  return total.empty() ? moved : moved + " of " + total;
}

std::string_view noun(strapi::TransferStage stage, std::uint64_t count) {
  return stage == strapi::TransferStage::assets ? formOf(count, "file", "files")
                                                : formOf(count, "record", "records");
}

// What a destination does not take, though it was selected.
std::string unknownText(const TransferOutcome& outcome) {
  std::string text;
  const auto add = [&](std::uint64_t strapi::StageProgress::*counter, const char* one,
                       const char* many) {
    if (const std::uint64_t count = outcome.sum(counter); count > 0) {
      text +=
          "left out: " + formatCount(count, one, many) + " that the destination does not have\n";
    }
  };
  add(&strapi::StageProgress::unknown, "record or link of a type or relation",
      "records and links of types or relations");
  add(&strapi::StageProgress::shortened, "record lost attributes", "records lost attributes");
  return text;
}

std::string droppedText(const TransferOutcome& outcome) {
  const std::uint64_t never = outcome.sum(&strapi::StageProgress::neverTransferred);
  const std::string text =
      never == 0 ? ""
                 : "left out: " +
                       formatCount(never, "record or link of a type that never transfers",
                                   "records and links of types that never transfer") +
                       " (administrators with their roles and permissions, API and transfer "
                       "tokens, releases)\n";
  return text + unknownText(outcome);
}

// What became of the rest. The files were named before.
std::string keptText(const TransferOutcome& outcome, const std::string& command,
                     bool areFilesMissing) {
  if (outcome.url) {
    return "The " + command + " was committed without " +
           (areFilesMissing ? "these files" : "that");
  }
  const bool hasPath = outcome.archive && outcome.archive->path != "-";
  return (hasPath ? printable(outcome.archive->path) : "What did arrive") +
         std::string(" was stored nevertheless");
}

// With what accepts the loss.
std::string afterLossText(const TransferOutcome& outcome, const std::string& command) {
  using strapi::LossKind;
  const auto& losses = outcome.transfer.losses;
  const auto isMissing = [](const strapi::Loss& loss) {
    return loss.accepted || loss.kind == LossKind::missingFile;
  };
  const bool isAboutFiles = std::any_of(losses.begin(), losses.end(), [](const auto& loss) {
    return !loss.accepted &&
           (loss.kind == LossKind::missingFile || loss.kind == LossKind::shortFile);
  });
  return "          " +
         keptText(outcome, command, std::all_of(losses.begin(), losses.end(), isMissing)) + "." +
         (isAboutFiles ? " If files are missing on purpose, give --allow-missing-files.\n" : "\n");
}

// The backup of a push tells what the destination lacked.
const char* lossLabel(const strapi::Loss& loss, const std::string& command) {
  return command == "backup" ? (loss.accepted ? "backup lacks: " : "backup LOST: ")
         : loss.accepted     ? "lacks:    "
                             : "LOST:     ";
}

std::string lostText(const TransferOutcome& outcome, const std::string& command) {
  std::string text;
  for (const strapi::Loss& loss : outcome.transfer.losses) {
    const std::string words = strapi::describe(loss);
    text += lossLabel(loss, command) + printable(words, words.size()) + "\n";
  }
  return outcome.transfer.isWhole() ? text : text + afterLossText(outcome, command);
}

std::string retentionText(const TransferOutcome& outcome, bool problemsOnly) {
  return outcome.retention ? retentionText(*outcome.retention, problemsOnly) : std::string();
}

// Where it went, how long that took, and how to recognise it.
std::string stageEndText(const TransferOutcome& outcome) {
  const std::string elapsedText = ", in " + formatDuration(outcome.elapsed) + "\n";
  if (outcome.archive) {
    const archive::ArchiveResult& archive = *outcome.archive;
    return "archive:  " + (archive.path == "-" ? "standard output" : printable(archive.path)) +
           ", " + formatBytes(archive.bytes) + elapsedText +
           (archive.sha256.empty() ? "" : "sha256:   " + archive.sha256 + "\n");
  }
  return "server:   " + printable(outcome.url.value_or("")) + elapsedText;
}

// How the files came, and what that proves of them; to follow the server's version.
std::string verificationText(const TransferOutcome& outcome) {
  const std::optional<bool> verified = outcome.verified();
  if (!verified) {
    return {};
  }
  if (*verified) {
    return ", files verified against checksums";
  }
  if (!outcome.filesByHttp || outcome.filesByHttp->byHttp == 0) {
    return ", files not verified: no checksums";
  }
  const http::FileSourceStatistics& files = *outcome.filesByHttp;
  return ", " + formatCount(files.byHttp, "file", "files") + " by HTTP, verified by size and type" +
         (files.bySocket == 0 ? ""
          : *outcome.checksums
              ? ", " + std::to_string(files.bySocket) + " over the socket, by checksums"
              : ", " + std::to_string(files.bySocket) + " over the socket, without checksums");
}

// What did not have to be fetched.
std::string reuseText(const TransferOutcome& outcome) {
  if (!outcome.filesByHttp || !outcome.filesByHttp->mayReuse) {
    return {};
  }
  const http::FileSourceStatistics& files = *outcome.filesByHttp;
  const std::uint64_t shared = outcome.archive ? outcome.archive->sharedFiles : 0;
  return "files:    " + formatCount(files.reused) + " reused, " + formatBytes(files.bytesReused) +
         (shared == 0 ? "" : " (" + formatCount(shared) + " as links or clones)") + "; " +
         formatCount(files.byHttp + files.bySocket) + " fetched, " +
         formatBytes(files.bytesByHttp + files.bytesBySocket) + "\n";
}

// Those that a run has chosen: another one has others.
std::string comparedNames(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
    text += (i == 0 ? ": " : ", ") + printable(names[i]);
  }
  return text + (names.size() > most ? ", ..." : "");
}

std::string comparedText(const TransferOutcome& outcome) {
  if (!outcome.filesByHttp || outcome.filesByHttp->compared == 0) {
    return {};
  }
  const http::FileSourceStatistics& files = *outcome.filesByHttp;
  return "compared: " + formatCount(files.compared, "file", "files") + " both ways, " +
         (files.differing == 0 ? "all equal" : formatCount(files.differing) + " different") +
         comparedNames(files.comparedFiles) + "\n";
}

std::string attemptsText(const TransferOutcome& outcome) {
  return outcome.attempts.value_or(1) == 1
             ? std::string()
             : "attempts: " + std::to_string(*outcome.attempts) + "\n";
}

}  // namespace

std::string FailedAttempt::text() const {
  const std::string why = failure.message.substr(0, failure.message.find('\n'));
  return "attempt " + std::to_string(number) + " of " + std::to_string(most) + " failed: " + why +
         (why.empty() || why.back() == '.' ? " " : ". ") + "The next one starts in " +
         formatDuration(pause);
}

std::optional<milliseconds> timeLeft(const strapi::StageProgress& progress, TimePoint now) {
  const double spent = static_cast<double>(elapsed(progress, now).count());
  const auto estimate =
      [&](std::uint64_t moved,
          const std::optional<std::uint64_t>& total) -> std::optional<milliseconds> {
    if (!total || moved == 0 || *total < moved || spent < 1) {
      return std::nullopt;
    }
    const double left = static_cast<double>(*total - moved) / static_cast<double>(moved);
    return milliseconds(static_cast<long long>(std::min(spent * left, 1e12)));
  };
  if (const auto byBytes = estimate(progress.moved.bytes, progress.totals.bytes)) {
    return byBytes;
  }
  return estimate(progress.moved.count, progress.totals.count);
}

std::string stageLine(const strapi::StageProgress& progress, TimePoint now) {
  const strapi::Tally& moved = progress.moved;
  const bool running = !progress.finished;
  const bool byteTotal = running && progress.totals.bytes && *progress.totals.bytes >= moved.bytes;
  const bool countTotal = running && progress.totals.count && *progress.totals.count >= moved.count;
  const milliseconds spent = elapsed(progress, now);
  std::string line(strapi::toString(progress.stage));
  line +=
      ": " +
      amount(formatCount(moved.count), countTotal ? formatCount(*progress.totals.count) : "") +
      " " + std::string(noun(progress.stage, countTotal ? *progress.totals.count : moved.count)) +
      ", " + amount(formatBytes(moved.bytes), byteTotal ? formatBytes(*progress.totals.bytes) : "");
  const std::string rate = formatRate(moved.bytes, spent);
  line += (rate.empty() ? "" : ", " + rate) + ", " + formatDuration(spent);
  if (running) {
    if (const auto left = timeLeft(progress, now)) {
      line += ", about " + formatDuration(*left) + " left";
    }
  }
  return line;
}

ProgressDisplay::ProgressDisplay(const Terminal& terminal, std::ostream& results,
                                 Verbosity verbosity, bool withProgress)
    : terminal_(terminal),
      results_(results),
      verbosity_(verbosity),
      withProgress_(withProgress && verbosity != Verbosity::quiet) {
  if (withProgress_ && terminal_.live && terminal_.refresh > milliseconds::zero()) {
    refresher_ = std::thread([this] { refresh(); });
  }
}

ProgressDisplay::~ProgressDisplay() {
  if (refresher_.joinable()) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    end_.notify_one();
    refresher_.join();
  }
}

// A server that prepares much is silent for long; the time that passes shows that we still wait.
void ProgressDisplay::refresh() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!end_.wait_for(lock, terminal_.refresh, [this] { return ending_; })) {
    if (running_) {
      live(stageLine(*running_, Clock::now()));
    }
  }
}

void ProgressDisplay::line(const std::string& text) {
  endLive();
  terminal_.stream << text << '\n' << std::flush;
}

// Rewriting needs no escape codes: a carriage return, and spaces over what was longer.
void ProgressDisplay::live(const std::string& text) {
  const std::size_t width = terminal_.columns();
  leaveWrapped(width);
  const std::string_view shown = clipped(text, width - 1);
  const std::size_t columns = displayWidth(shown);
  terminal_.stream << '\r' << shown
                   << std::string(liveColumns_ - std::min(liveColumns_, columns), ' ')
                   << std::flush;
  liveColumns_ = columns;
}

// On a terminal that has become narrower than the line, that takes several rows now, and a carriage
// return leads to the last of them: it stays, and the next one is drawn below it.
void ProgressDisplay::leaveWrapped(std::size_t width) {
  if (liveColumns_ >= width) {
    terminal_.stream << '\n';
    liveColumns_ = 0;
  }
}

void ProgressDisplay::endLive() {
  leaveWrapped(terminal_.columns());
  if (liveColumns_ > 0) {
    terminal_.stream << '\r' << std::string(liveColumns_, ' ') << '\r';
    liveColumns_ = 0;
  }
}

void ProgressDisplay::start(const TransferEnds& ends) {
  const std::lock_guard<std::mutex> lock(mutex_);
  command_ = ends.command;
  if (verbosity_ != Verbosity::quiet) {
    line(ends.command + ": " + printable(ends.from) + " into " +
         (ends.to == "-" ? "standard output" : printable(ends.to)));
  }
}

void ProgressDisplay::plan(const PushPlan& plan, bool isResult) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (isResult) {
    results_ << planText(plan) << std::flush;
  } else if (verbosity_ != Verbosity::quiet) {
    terminal_.stream << planText(plan) << std::flush;
  }
}

void ProgressDisplay::progress(const strapi::StageProgress& progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!withProgress_) {
    return;
  }
  const TimePoint now = Clock::now();
  if (progress.finished) {
    running_.reset();
    line(stageLine(progress, now));
  } else if (terminal_.live) {
    running_ = progress;
    live(stageLine(progress, now));
  } else if (now - std::max(lastPlainLine_, progress.started) >= plainLineInterval) {
    line(stageLine(progress, now));
    lastPlainLine_ = now;
  }
}

void ProgressDisplay::diagnostic(const strapi::Diagnostic& diagnostic) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool shown = diagnostic.kind == "info"
                         ? verbosity_ == Verbosity::verbose
                         : diagnostic.kind == "note" || verbosity_ != Verbosity::quiet;
  if (shown && (!isOfServer(diagnostic) || admitted_.admits(kindOf(diagnostic)))) {
    const std::string& text = diagnostic.message.empty() ? diagnostic.details : diagnostic.message;
    line(printable(diagnostic.kind) + ": " + printable(text));
  }
}

void ProgressDisplay::warning(const std::string& message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (verbosity_ != Verbosity::quiet) {
    line("warning: " + printable(message));
  }
}

void ProgressDisplay::retry(const FailedAttempt& attempt) {
  const std::lock_guard<std::mutex> lock(mutex_);
  running_.reset();
  if (verbosity_ != Verbosity::quiet) {
    line("warning: " + attempt.text());
  }
}

void ProgressDisplay::tellHeldBack() {
  for (const std::string& kind : admitted_.takeHeldBack()) {
    line("note: " + kind);
  }
}

void ProgressDisplay::done(const TransferOutcome& outcome) {
  const std::lock_guard<std::mutex> lock(mutex_);
  running_.reset();
  endLive();
  tellHeldBack();
  const std::vector<std::string> notes = outcome.notes();
  const std::string noteLabel = command_ == "backup" ? "backup note: " : "note: ";
  if (verbosity_ == Verbosity::quiet) {
    // An import may need these to be put right, and what is missing has to be known.
    for (const std::string& note : notes) {
      line(noteLabel + printable(note));
    }
    terminal_.stream << unknownText(outcome) << lostText(outcome, command_)
                     << retentionText(outcome, true) << std::flush;
    return;
  }
  results_ << transferTable(outcome.transfer) << droppedText(outcome);
  for (const std::string& note : notes) {
    results_ << noteLabel << printable(note) << '\n';
  }
  results_ << lostText(outcome, command_)
           << "strapi:   " << printable(outcome.transfer.metadata.strapiVersion)
           << verificationText(outcome) << "\n"
           << reuseText(outcome) << comparedText(outcome) << attemptsText(outcome)
           << stageEndText(outcome) << retentionText(outcome, false);
  if (verbosity_ == Verbosity::verbose) {
    const WebSocketStatistics& wire = outcome.statistics;
    const auto messages = [](std::uint64_t count) {
      return formatCount(count, "message", "messages");
    };
    results_ << "network:  " << messages(wire.messagesReceived) << ", "
             << formatBytes(wire.bytesReceived) << " received; " << messages(wire.messagesSent)
             << ", " << formatBytes(wire.bytesSent) << " sent\n";
  }
  results_ << std::flush;
}

void ProgressDisplay::failed(const FailureReport& failure) {
  const std::lock_guard<std::mutex> lock(mutex_);
  running_.reset();
  endLive();
  tellHeldBack();
  terminal_.stream << (verbosity_ == Verbosity::quiet ? failure.line() : failure.text())
                   << std::flush;
}

void ProgressDisplay::retention(const RetentionResult& result) {
  results_ << retentionText(result, false) << std::flush;
}

}  // namespace wsferry::tool
