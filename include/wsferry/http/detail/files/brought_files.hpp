#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "wsferry/http/detail/files/first_names.hpp"

namespace wsferry::http {

/// Digests of the files that came by HTTP or from earlier transfers, to compare them with the same
/// files from the socket. Keeps 24 bytes for each: 64 bits of its name and 128 of its SHA-256.
/// Without I/O.
class BroughtFiles {
 public:
  /// `sha256` in hex. All before close().
  void add(std::string_view name, std::string_view sha256) {
    files_.push_back({keyOf(name), digestOf(sha256)});
  }
  void close() { std::sort(files_.begin(), files_.end()); }

  /// After close().
  bool has(std::string_view name) const {
    const std::uint64_t key = keyOf(name);
    const auto file = std::lower_bound(files_.begin(), files_.end(), File{key, {}});
    return file != files_.end() && file->name == key;
  }

  /// A file that the socket has sent. Ignored if it did not also come another way.
  void sent(std::string_view name, std::string_view sha256) {
    const std::uint64_t key = keyOf(name);
    const Digest digest = digestOf(sha256);
    auto file = std::lower_bound(files_.begin(), files_.end(), File{key, {}});
    bool isThere = false;
    bool isEqual = true;
    for (; file != files_.end() && file->name == key; ++file) {
      isThere = true;
      isEqual = isEqual && file->digest == digest;
    }
    compared_ += isThere ? 1 : 0;
    if (!isEqual) {
      differing_.add(name);
    }
  }

  std::uint64_t compared() const { return compared_; }
  const FirstNames& differing() const { return differing_; }

 private:
  using Digest = std::array<std::uint64_t, 2>;
  struct File {
    std::uint64_t name;
    Digest digest;
    bool operator<(const File& other) const {
      return name != other.name ? name < other.name : digest < other.digest;
    }
  };

  static std::uint64_t keyOf(std::string_view text) { return std::hash<std::string_view>()(text); }

  static Digest digestOf(std::string_view sha256) {
    constexpr std::size_t half = 16;
    Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
      const std::string_view part = sha256.substr(std::min(i * half, sha256.size()), half);
      std::from_chars(part.data(), part.data() + part.size(), digest[i], 16);
    }
    return digest;
  }

  std::vector<File> files_;
  std::uint64_t compared_ = 0;
  FirstNames differing_;
};

}  // namespace wsferry::http
