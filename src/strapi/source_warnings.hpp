#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strapi/server_words.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// What a server's warning says that it leaves out of a pull; nothing for one that says no such
/// thing. Servers have had these words since 5.54; before, they leave out in silence.
inline std::optional<Omission> readOmission(const Diagnostic& diagnostic) {
  const std::string_view message = diagnostic.message;
  if (diagnostic.kind != "warning") {
    return std::nullopt;
  }
  if (beginsWith(message, "Failed to read")) {
    return Omission{Omission::Kind::type, std::string(between(message, "of type \"", "\"")), 1,
                    diagnostic.message};
  }
  // Each of the first few, and at the end the number of them all.
  if (beginsWith(message, "Omitting link")) {
    return Omission{Omission::Kind::link, {}, 0, diagnostic.message};
  }
  if (beginsWith(message, "Links export omitted")) {
    const std::string_view number = between(message, "omitted ", " ");
    return Omission{Omission::Kind::link, {}, countOf(number), {}};
  }
  if (message.find("no corresponding file was found") != std::string_view::npos) {
    return Omission{Omission::Kind::file, std::string(between(message, "(hash: ", ")")), 1,
                    diagnostic.message};
  }
  return std::nullopt;
}

/// What a server's diagnostics say of its losses, from the connection's thread to that of a
/// transfer. They are part of no step, but come before the answer to the end of their step.
/// Thread-safe.
class SourceWarnings {
 public:
  void note(const Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex_);
    if (diagnostic.kind == "error") {
      lastError_ = diagnostic.message;
    }
    // More than that is no honest server's.
    if (auto omission = readOmission(diagnostic); omission && omissions_.size() < mostWaiting) {
      omissions_.push_back(std::move(*omission));
      if (wake_) {
        wake_();
      }
    }
  }

  /// Calls `wake` with each omission that comes, in place of what was given before: a server that
  /// waits for a lock sends nothing else for long.
  void wakeOnOmission(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

  std::vector<Omission> takeOmissions() {
    const std::lock_guard lock(mutex_);
    return std::exchange(omissions_, {});
  }

  /// The words of the last `error` since this was called; empty if there was none.
  std::string takeLastError() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lastError_, {});
  }

 private:
  static constexpr std::size_t mostWaiting = 100'000;

  std::mutex mutex_;
  std::vector<Omission> omissions_;
  std::function<void()> wake_;
  std::string lastError_;
};

}  // namespace wsferry::strapi
