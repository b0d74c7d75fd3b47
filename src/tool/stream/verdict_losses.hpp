#pragma once

#include <string>
#include <system_error>

namespace wsferry::tool {

/// Of the verdict of a stream, or of reading results: what came, or stands in the output, is not
/// all. Of one that is no success for another reason, its message says it besides.
template <class Verdict>
void addLoss(Verdict& verdict, const std::error_code& error, const std::string& message) {
  if (message.empty() || message == verdict.info.message) {
    return;
  }
  if (!verdict.isSuccess()) {
    std::string& all = verdict.info.message;
    all += (all.empty() || all.back() == '.' ? " Besides, " : ". Besides, ") + message;
    return;
  }
  verdict.outcome = decltype(verdict.outcome)::incomplete;
  verdict.error = error;
  verdict.info.message = message;
}

}  // namespace wsferry::tool
