#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/strapi/detail/messages/server_words.hpp"
#include "wsferry/strapi/dispatcher.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

/// What a server omits from a pull according to its warning; nothing for any other warning. Servers
/// without ServerAbility::omissionWarnings omit silently.
inline std::optional<Omission> readOmission(const Diagnostic& diagnostic) {
  const std::string_view message = diagnostic.message;
  if (diagnostic.kind != "warning") {
    return std::nullopt;
  }
  if (startsWith(message, "Failed to read")) {
    return Omission{Omission::Kind::type, std::string(between(message, "of type \"", "\"")), 1,
                    diagnostic.message};
  }
  // Each of the first few, and at the end the total number.
  if (startsWith(message, "Omitting link")) {
    return Omission{Omission::Kind::link, {}, 0, diagnostic.message};
  }
  if (startsWith(message, "Links export omitted")) {
    const std::string_view number = between(message, "omitted ", " ");
    return Omission{Omission::Kind::link, {}, countOf(number), {}};
  }
  if (message.find("no corresponding file was found") != std::string_view::npos) {
    return Omission{Omission::Kind::file, std::string(between(message, "Media item ", " ")), 1,
                    diagnostic.message};
  }
  return std::nullopt;
}

/// Passes what a server's diagnostics say about its losses from the connection's thread to that of
/// a transfer. They do not belong to a step, but come before the answer to the end of their step.
/// Thread-safe.
class SourceWarnings {
 public:
  void note(const Diagnostic& diagnostic) {
    const std::lock_guard lock(mutex_);
    if (diagnostic.kind == "error") {
      lastError_ = diagnostic.message;
    }
    if (auto omission = readOmission(diagnostic)) {
      add(std::move(*omission));
      if (wake_) {
        wake_();
      }
    }
  }

  /// Calls `wake`, which replaces an earlier one, with each omission: a server that waits for a
  /// lock sends nothing else for long.
  void wakeOnOmission(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

  std::vector<Omission> takeOmissions() {
    const std::lock_guard lock(mutex_);
    for (auto& [kind, omission] : std::exchange(beyond_, {})) {
      omissions_.push_back(std::move(omission));
    }
    waiting_.clear();
    return std::exchange(omissions_, {});
  }

  /// The words of the last `error` since this was called; empty if there was none.
  std::string takeLastError() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lastError_, {});
  }

  /// This many of a kind are kept until they are taken. Those beyond become one more, with their
  /// number but no subject: types among them may be any.
  static constexpr std::size_t mostOfKind = 1000;

 private:
  static constexpr std::size_t longestText = 2000;

  void add(Omission omission) {
    // No honest server sends longer ones.
    omission.words = printable(omission.words, longestText);
    if (omission.subject.size() > longestText) {
      omission.subject.clear();
    }
    std::size_t& waiting = waiting_[omission.kind];
    if (waiting < mostOfKind) {
      ++waiting;
      omissions_.push_back(std::move(omission));
      return;
    }
    const auto [rest, isNew] = beyond_.try_emplace(omission.kind, omission);
    if (isNew) {
      rest->second.subject.clear();
    } else {
      rest->second.count += omission.count;
    }
  }

  std::mutex mutex_;
  std::vector<Omission> omissions_;
  std::map<Omission::Kind, std::size_t> waiting_;
  std::map<Omission::Kind, Omission> beyond_;
  std::function<void()> wake_;
  std::string lastError_;
};

}  // namespace wsferry::strapi
