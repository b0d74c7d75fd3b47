#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace wsferry::tool {

/// Where people read: a stream, and what is at its other end. The one part of the tool that needs
/// POSIX for it is terminal.cpp.
struct Terminal {
  std::ostream& stream;
  bool live = false;                     ///< A terminal whose last line may be rewritten.
  std::chrono::milliseconds refresh{0};  ///< How often a live line is drawn anew; 0: never.
  /// Its width now, as it may be resized at any time; unset: 80.
  std::function<std::size_t()> width = {};

  std::size_t columns() const { return width ? width() : 80; }
};

/// Keeps the numbers of standard input, output and error from going to the program's own files and
/// sockets where it was started without them: reading and writing fail there then.
/// To be called first of all. @throws Error with Errc::fileFailed.
void occupyStandardDescriptors();

/// Standard error as a terminal. Not live when it is none, and for TERM=dumb. Nothing of the tool's
/// has a colour, so NO_COLOR changes nothing.
Terminal standardError();

/// Standard output as one, by the same rules.
Terminal standardOutput();

/// A remark for people, on standard error, made printable.
void printNote(const std::string& text);

/// Whether what is written to standard output and to standard error ends up in one place, or may do
/// so: in one file or pipe, or on the terminal that standard error is.
bool outputsMayMeet();

/// Whether standard output is a terminal.
bool standardOutputIsTerminal();

/// Whether somebody can be asked: standard input and standard error are terminals.
bool canAskOnTerminal();

/// Asks on standard error and gives the line from standard input, without white space around it;
/// nothing where nobody can be asked.
std::optional<std::string> askOnTerminal(const std::string& question);

}  // namespace wsferry::tool
