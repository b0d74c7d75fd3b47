#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tool/report/reporting_options.hpp"
#include "tool/report/result_output.hpp"
#include "tool/results/results_report.hpp"
#include "tool/stream/transcript_output.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/platform/egress_reader.hpp"
#include "wsferry/platform/stream_service.hpp"

namespace wsferry::tool {

/// Reads results to the verdict, on the thread that runs it.
class ResultsReading {
 public:
  ResultsReading(platform::EgressOptions options, ResultsReport& report)
      : reader_(context_, std::move(options)), report_(report) {}

  /// Ends where the report cannot write.
  platform::EgressVerdict run();

  /// Ends it. From any thread.
  void close() { reader_.close(); }

 private:
  void next();
  void take(platform::EgressEvent event);
  void tell(const platform::EgressEvent& event);
  void fail(const Error& error);

  asio::io_context context_{1};
  platform::EgressReader reader_;
  ResultsReport& report_;
  platform::EgressVerdict verdict_;
  std::optional<Error> unwritten_;
  std::uint64_t unreadable_ = 0;
};

/// What has become of reading that began then. Writes what is left of the results.
ResultsOutcome resultsOutcome(platform::EgressVerdict verdict, TimePoint begin,
                              TranscriptOutput& results, ResultsReport& report);

/// Asks the Stream Service about each of the streams, whose results may end in good order though it
/// has failed.
void requireCompleted(const platform::StreamServiceOptions& service,
                      const std::vector<std::string>& streams, Duration limit,
                      Interruption& interruption, ResultsOutcome& outcome);

std::unique_ptr<ResultsReport> makeResultsReport(const ReportingOptions& reporting,
                                                 ResultOutput& output, TranscriptOutput& results);

}  // namespace wsferry::tool
