#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "wsferry/core/clock.hpp"

namespace wsferry::tool {

/// Audio from a file or from standard input, as it arrives. The one part of the command that needs
/// POSIX for it is audio_input.cpp.
class AudioInput {
 public:
  /// `-` is standard input. @throws Error: fileFailed; invalidOption for a terminal, a folder, and
  /// what is not there.
  explicit AudioInput(const std::string& path);
  ~AudioInput();
  AudioInput(const AudioInput&) = delete;
  AudioInput& operator=(const AudioInput&) = delete;

  /// For messages.
  const std::string& name() const { return name_; }

  /// As given.
  const std::string& path() const { return path_; }

  /// What is written to that path, or where it is none or `-` to standard output, must not go into
  /// the file that is read. @throws Error: invalidOption.
  void requireOther(const std::string& output) const;

  /// How much there is in all; nothing for what is no regular file.
  std::optional<std::uint64_t> size() const { return size_; }

  /// What there is, at most `size` bytes; waits for the first one. Empty at the end, and after
  /// stop(). @throws Error: fileFailed.
  std::string read(std::size_t size);

  /// Adds what comes within `gathering`, until there are `size` bytes: recorders write in short
  /// blocks. Where there is nothing yet, the first byte is waited for first, however long that
  /// takes. @throws Error: fileFailed.
  void fill(std::string& bytes, std::size_t size, Duration gathering);

  /// After stop(), what a recorder that the same signal ends has recorded: as read(), but from a
  /// pipe or socket alone, and what comes until `deadline`. Empty at the end, too. @throws Error:
  /// fileFailed.
  std::string readRest(std::size_t size, TimePoint deadline);

  /// Whether all of the audio was read. To be asked when nothing more is read: it may take a byte.
  bool isAtEnd();

  /// Waits for a time. False after stop().
  bool waitUntil(TimePoint when);

  /// How much of size() there was not. To be asked at the end.
  std::uint64_t missing() const { return size_.value_or(0) - std::min(size_.value_or(0), read_); }

  /// Ends waiting for good. From any thread.
  void stop();

 private:
  void closeAll() const;
  bool isStopped(int timeoutMilliseconds);
  std::optional<std::string> readBefore(std::size_t size, TimePoint deadline);
  std::optional<std::string> readWhatIsThere(std::size_t size);

  std::string path_;
  std::string name_;
  std::optional<std::uint64_t> size_;
  std::uint64_t read_ = 0;
  int file_ = -1;
  int stopped_ = -1;  ///< Can be read from when stop() was called.
  int stop_ = -1;
};

}  // namespace wsferry::tool
