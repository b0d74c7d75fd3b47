#pragma once

#include <ostream>
#include <string>

#include "tool/report/verbosity.hpp"
#include "tool/upload/upload_report.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Tells programs of an upload: an event a line, as docs/tool.md has them.
class UploadJson final : public UploadReport {
 public:
  UploadJson(std::ostream& events, Verbosity verbosity) : events_(events), verbosity_(verbosity) {}

  void start(const std::string& url, const std::string& input) override;
  void progress(const UploadProgress& progress) override;
  void stream(const gateway::StreamMetadata& stream, Awaited awaited) override;
  void warning(const std::string& message) override;
  void ended(const UploadOutcome& outcome) override;

 private:
  std::ostream& events_;
  Verbosity verbosity_;
  TimePoint lastProgress_{};
};

}  // namespace wsferry::tool
