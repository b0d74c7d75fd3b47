#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tool/report/failure_report.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::tool {

/// How far an upload is.
struct UploadProgress {
  std::uint64_t bytes = 0;  ///< Sent.
  std::optional<std::uint64_t> size;
  std::chrono::milliseconds elapsed{0};
};

/// How an upload has ended, whose results are not waited for, or which has failed.
struct UploadOutcome {
  bool ok = false;
  std::string streamId;   ///< That the gateway has told; of a failure, that it may have made.
  std::string state;      ///< The stream's, if its end was waited for.
  std::string cancelled;  ///< Of a failure, what the Stream Service made of the stream, in words.
  UploadProgress progress;
  FailureReport failure;
};

/// What is waited for behind an upload.
enum class Awaited { nothing, results, state };

/// Tells somebody how an upload goes.
class UploadReport {
 public:
  virtual ~UploadReport() = default;
  virtual void start(const std::string& url, const std::string& input) = 0;
  virtual void progress(const UploadProgress& progress) = 0;
  virtual void stream(const gateway::StreamMetadata& stream, Awaited awaited) = 0;
  virtual void warning(const std::string& message) = 0;
  virtual void ended(const UploadOutcome& outcome) = 0;
};

}  // namespace wsferry::tool
