#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "tool/report/failure_report.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/platform/egress_event.hpp"

namespace wsferry::tool {

/// How reading results has ended.
struct ResultsOutcome {
  platform::EgressVerdict verdict;
  FailureReport failure;  ///< Of reading that was not complete.
  std::chrono::milliseconds elapsed{0};
};

/// Tells somebody what is read. Those that write results throw Error with Errc::fileFailed if they
/// cannot be written.
class ResultsReport {
 public:
  virtual ~ResultsReport() = default;
  virtual void start(const std::string& url, const std::string& what) = 0;
  virtual void result(const gateway::Response& response) = 0;
  virtual void bytes(std::string_view bytes) = 0;
  virtual void problem(const std::string& problem, std::string_view text) = 0;
  virtual void reconnecting(const std::string& reason) = 0;
  virtual void warning(const std::string& message) = 0;
  virtual void ended(const ResultsOutcome& outcome) = 0;
};

}  // namespace wsferry::tool
