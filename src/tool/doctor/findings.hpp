#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "tool/doctor/finding.hpp"
#include "tool/report/json_line.hpp"

namespace wsferry::tool {

/// What all checks have found, in their order.
class Findings {
 public:
  /// `show` gets each one as it is found; may be empty.
  explicit Findings(std::function<void(const Finding&)> show) : show_(std::move(show)) {}

  /// Shows each on standard output as it is found, or with `json` all of them by conclude().
  static Findings onStandardOutput(bool json);

  /// For programs: one object, with the member `name` for what was examined. Returns exitCode().
  ExitCode conclude(const char* name, const std::string& examined) const;

  void add(Finding finding);

  /// Checks that cannot be made, all for one reason.
  void skip(std::initializer_list<const char*> checks, const std::string& why);

  /// The code of the worst failure, which is the first: each check is of use only if those before
  /// it pass. ExitCode::done if none failed.
  ExitCode exitCode() const;

  /// The members `ok`, `exitCode` and `checks`.
  void write(JsonLine& line) const;

 private:
  std::function<void(const Finding&)> show_;
  std::vector<Finding> findings_;
  bool isJson_ = false;
};

/// One as people read it: a line, and one for the remedy.
std::string findingText(const Finding& finding);

}  // namespace wsferry::tool
