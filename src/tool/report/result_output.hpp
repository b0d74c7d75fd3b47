#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "tool/report/failure_report.hpp"
#include "tool/terminal/terminal.hpp"

namespace wsferry::tool {

/// Where the results of a stream go: a file, or standard output. Each reaches it at once.
class ResultOutput {
 public:
  /// An empty path and `-` are standard output. A file is made with the first result, or at the end
  /// of a stream that has none: one that never began leaves what was there. Whether it can be made
  /// is looked at here. @throws Error: fileExists for a file without `force`; invalidOption for a
  /// folder; fileFailed for what cannot be written.
  ResultOutput(const std::string& path, bool force);
  ~ResultOutput() { clearPartial(); }
  ResultOutput(const ResultOutput&) = delete;
  ResultOutput& operator=(const ResultOutput&) = delete;

  /// A result of text, in one line: control characters become blanks, and one without text is left
  /// out. On a terminal it replaces partial(). @throws Error with Errc::fileFailed.
  void line(std::string_view text);

  /// Several such lines, whose line ends, empty lines and tabs stay. @throws as line().
  void lines(std::string_view text);

  /// Bytes as they are; on a terminal what is printable of them. @throws Error: fileFailed.
  void bytes(std::string_view bytes);

  /// What may become a result, shown on a terminal only; of a long one its end.
  void partial(std::string_view text);

  /// Removes what partial() shows.
  void clearPartial();

  /// Makes the file of a stream without results. @throws Error: fileFailed.
  void complete();

  bool isFile() const { return file_ != nullptr; }

  /// Adds to the failure of a stream that the file has only a part of its results, if there is one.
  void addPart(FailureReport& failure) const;

  /// Bytes on standard output have ended within a line.
  bool isInLine() const { return isInLine_ && !file_; }

  /// Results go to a terminal, so that nothing else may draw there.
  bool isTerminal() const { return isTerminal_; }

 private:
  void open();
  void flush();

  std::string name_;
  std::unique_ptr<std::ofstream> file_;
  Terminal terminal_;
  bool isTerminal_ = false;
  bool hasPartial_ = false;
  bool isInLine_ = false;
};

}  // namespace wsferry::tool
