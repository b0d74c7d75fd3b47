#pragma once

#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "support/http_calls.hpp"
#include "wsferry/platform/egress_reader.hpp"

namespace support {

struct NextResult {
  std::error_code error;
  platform::EgressEvent event;
};

inline auto keepNext(const std::shared_ptr<std::promise<NextResult>>& promise) {
  return [promise](const std::error_code& error, platform::EgressEvent event) {
    promise->set_value({error, std::move(event)});
  };
}

inline std::future<NextResult> startNext(platform::EgressReader& reader) {
  auto promise = std::make_shared<std::promise<NextResult>>();
  reader.next(keepNext(promise));
  return promise->get_future();
}

/// All that a reader gives, to the verdict.
struct Reading {
  std::vector<std::string> ids;
  std::string bytes;
  std::vector<std::string> problems;
  std::vector<std::string> reconnections;
  platform::EgressVerdict verdict;
};

inline Reading readToVerdict(platform::EgressReader& reader) {
  Reading reading;
  while (true) {
    platform::EgressEvent event = get(startNext(reader)).event;
    switch (event.kind) {
      case platform::EgressEvent::Kind::result:
        reading.ids.push_back(event.result.messageId);
        break;
      case platform::EgressEvent::Kind::bytes:
        reading.bytes += event.text;
        break;
      case platform::EgressEvent::Kind::problem:
        reading.problems.push_back(event.message + "|" + event.text);
        break;
      case platform::EgressEvent::Kind::reconnecting:
        reading.reconnections.push_back(event.message);
        break;
      case platform::EgressEvent::Kind::end:
        reading.verdict = event.verdict;
        return reading;
    }
  }
}

inline Reading readAllOf(const platform::EgressOptions& options) {
  RunningContext running;
  platform::EgressReader reader(running.context(), options);
  return readToVerdict(reader);
}

}  // namespace support
