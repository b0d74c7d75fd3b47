#pragma once

#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

class Interruption;

/// What a command writes to its standard output until it ends, without the line break behind that:
/// a token. It is run by `/bin/sh -c`, with nothing to read on its standard input; its standard
/// error is this process's, and so is the terminal, to ask for a password. What it leaves running
/// in the background is not waited for. Where it does not end in time, or after a signal, it is
/// ended with all that it has started.
/// @param source names it in messages, such as `token-command of production`.
/// @param interruption tells of signals; null: they are not waited for.
/// @throws Error with ToolErrc::tokenCommandFailed if it fails, does not end in time, or writes
/// nothing or more than 64 KB; with Errc::cancelled after a signal. Its output is not repeated.
std::string outputOfTokenCommand(const std::string& command, const std::string& source,
                                 Interruption* interruption = nullptr,
                                 Duration limit = Duration(60'000));

}  // namespace wsferry::tool
