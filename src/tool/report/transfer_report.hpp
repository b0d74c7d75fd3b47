#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tool/push/push_plan.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/report/failure_report.hpp"
#include "tool/report/verbosity.hpp"
#include "tool/series/retention.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// What goes where: paths, and URLs without secrets.
struct TransferEnds {
  std::string command;  ///< pull, push, copy, convert; backup for that of a push.
  std::string from;
  std::string to;
};

/// What a transfer that is done has to show.
struct TransferOutcome {
  ExitCode exitCode = ExitCode::done;  ///< By what was lost.
  strapi::TransferResult transfer;
  std::optional<archive::ArchiveResult> archive;          ///< The one that was made.
  std::optional<std::string> url;                         ///< The server that was pushed into.
  std::optional<bool> checksums;                          ///< Were agreed on, of a server.
  std::optional<http::FileSourceStatistics> filesByHttp;  ///< Where they were to come so.
  WebSocketStatistics statistics;
  std::chrono::milliseconds elapsed{0};
  std::optional<unsigned> attempts;  ///< That it took, where there may be several.
  /// What is wrong with the source's archive and was told nowhere else.
  std::vector<std::string> sourceNotes;
  std::vector<std::string> planNotes;  ///< The same that the plan tells, where that is hidden.
  std::map<std::string, std::string> damagedArchives;  ///< Paths of reused ones, and what is wrong.
  std::optional<RetentionResult> retention;  ///< Of the series of the archive, where asked for.

  /// What there is to know besides what was lost, for a person to read.
  std::vector<std::string> notes() const {
    std::vector<std::string> notes = planNotes;
    notes.insert(notes.end(), sourceNotes.begin(), sourceNotes.end());
    if (archive) {
      notes.insert(notes.end(), archive->notes.begin(), archive->notes.end());
    }
    notes.insert(notes.end(), transfer.remarks.begin(), transfer.remarks.end());
    return notes;
  }

  /// Whether the files that crossed the network were verified on their way, each by a checksum;
  /// nothing without any.
  std::optional<bool> verified() const {
    const auto files = transfer.stages.find(strapi::TransferStage::assets);
    const bool hasFiles = files != transfer.stages.end() && files->second.moved.count > 0;
    const bool haveCrossed = !filesByHttp || filesByHttp->byHttp != 0 || filesByHttp->bySocket != 0;
    if (!hasFiles || !haveCrossed || !checksums) {
      return std::nullopt;
    }
    return *checksums && (!filesByHttp || filesByHttp->byHttp == 0);
  }

  /// The sum of a counter over the stages.
  std::uint64_t sum(std::uint64_t strapi::StageProgress::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& stage : transfer.stages) {
      sum += stage.second.*counter;
    }
    return sum;
  }
};

/// A failed attempt that is followed by another.
struct FailedAttempt {
  FailureReport failure;
  unsigned number;  ///< From 1.
  unsigned most;
  std::chrono::milliseconds pause;  ///< Until the next one.

  /// In one line.
  std::string text() const;
};

/// How many of a server's messages of one kind are told; what is lost is counted by itself.
constexpr std::uint64_t mostMessages = 100;

/// What keeps an earlier archive from being used, which is told also with --quiet: `note`, a kind
/// of diagnostic of the tool's own.
inline strapi::Diagnostic asNote(strapi::Diagnostic diagnostic) {
  diagnostic.kind = "note";
  return diagnostic;
}

/// Whether it is the server's, of which there may be many.
inline bool isOfServer(const strapi::Diagnostic& diagnostic) {
  return diagnostic.kind != "waiting" && diagnostic.kind != "note";
}

/// What a server's message is, in words of ours.
inline const char* kindOf(const strapi::Diagnostic& diagnostic) {
  return diagnostic.kind == "warning" ? "warnings of the server"
         : diagnostic.kind == "error" ? "errors of the server"
                                      : "messages of the server";
}

/// Tells somebody how a transfer goes. progress() and diagnostic() may come from different threads.
class TransferReport {
 public:
  virtual ~TransferReport() = default;
  virtual void start(const TransferEnds& ends) = 0;
  /// `isResult` where nothing is to be done but this.
  virtual void plan(const PushPlan& plan, bool isResult) = 0;
  virtual void progress(const strapi::StageProgress& progress) = 0;
  virtual void diagnostic(const strapi::Diagnostic& diagnostic) = 0;
  virtual void warning(const std::string& message) = 0;
  virtual void retry(const FailedAttempt& attempt) = 0;
  virtual void done(const TransferOutcome& outcome) = 0;
  virtual void failed(const FailureReport& failure) = 0;
  /// In place of a transfer: what one would keep and remove.
  virtual void retention(const RetentionResult& result) = 0;
  /// The last there is to say: what the process returns.
  virtual void ended(ExitCode /*exitCode*/) {}
};

}  // namespace wsferry::tool
