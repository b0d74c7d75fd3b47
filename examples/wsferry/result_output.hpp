#pragma once

#include <fstream>
#include <ostream>
#include <string>
#include <string_view>

#include "terminal.hpp"

namespace wsferry::tool {

/// Where the results of a stream go: a file, or standard output. Each reaches it at once.
class ResultOutput {
 public:
  /// An empty path is standard output. @throws Error: fileExists without `force`, fileFailed.
  ResultOutput(const std::string& path, bool force);
  ~ResultOutput() { clearPartial(); }
  ResultOutput(const ResultOutput&) = delete;
  ResultOutput& operator=(const ResultOutput&) = delete;

  /// A result of text, in a line of its own; on a terminal it replaces partial().
  /// @throws Error with Errc::fileFailed.
  void line(std::string_view text);

  /// Bytes as they are; on a terminal what is printable of them. @throws Error: fileFailed.
  void bytes(std::string_view bytes);

  /// What may become a result, shown on a terminal only.
  void partial(std::string_view text);

  /// Removes what partial() shows.
  void clearPartial();

  /// Results go to a terminal, so that nothing else may draw there.
  bool isTerminal() const { return isTerminal_; }

 private:
  void flush();

  std::string name_;
  std::ofstream file_;
  Terminal terminal_;
  bool isTerminal_ = false;
  bool hasPartial_ = false;
};

}  // namespace wsferry::tool
