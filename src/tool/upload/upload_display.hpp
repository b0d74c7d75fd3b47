#pragma once

#include <ostream>
#include <string>

#include "tool/report/verbosity.hpp"
#include "tool/terminal/live_line.hpp"
#include "tool/terminal/terminal.hpp"
#include "tool/upload/upload_report.hpp"
#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Shows an upload to people: the stream's id to `output`, everything else to `messages`.
class UploadDisplay final : public UploadReport {
 public:
  UploadDisplay(const Terminal& messages, std::ostream& output, Verbosity verbosity)
      : messages_(messages), output_(output), verbosity_(verbosity) {}

  void start(const std::string& url, const std::string& input) override;
  void progress(const UploadProgress& progress) override;
  void stream(const gateway::StreamMetadata& stream, Awaited awaited) override;
  void warning(const std::string& message) override;
  void ended(const UploadOutcome& outcome) override;

 private:
  void message(const std::string& text);

  Terminal messages_;
  std::ostream& output_;
  Verbosity verbosity_;
  LiveLine live_;
  TimePoint lastProgress_{};
  bool wasToldStream_ = false;
};

}  // namespace wsferry::tool
