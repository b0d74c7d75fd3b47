#pragma once

#include <chrono>

#include "failure_report.hpp"
#include "pull_options.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

enum class Verbosity { quiet, normal, verbose };

/// What a pull that is done has to show.
struct PullOutcome {
  strapi::TransferResult transfer;
  archive::ArchiveResult archive;
  bool checksums = false;  ///< Assets were verified.
  WebSocketStatistics statistics;
  std::chrono::milliseconds elapsed{0};

  std::uint64_t neverTransferred() const {
    std::uint64_t sum = 0;
    for (const auto& stage : transfer.stages) {
      sum += stage.second.neverTransferred;
    }
    return sum;
  }
};

/// Tells somebody how a pull goes. progress() and diagnostic() may come from different threads.
class PullReport {
 public:
  virtual ~PullReport() = default;
  virtual void start(const PullRequest& request) = 0;
  virtual void progress(const strapi::StageProgress& progress) = 0;
  virtual void diagnostic(const strapi::Diagnostic& diagnostic) = 0;
  virtual void warning(const std::string& message) = 0;
  virtual void done(const PullOutcome& outcome) = 0;
  virtual void failed(const FailureReport& failure) = 0;
};

}  // namespace wsferry::tool
