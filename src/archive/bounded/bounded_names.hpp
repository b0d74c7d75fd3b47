#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::archive {

// No real export comes near; what an archive can make its reader remember is bounded by them.
constexpr std::size_t longestMemberName = 1024;
constexpr std::size_t mostNames = 100'000;

/// @throws Error with ArchiveErrc::invalidArchive for one more name than `count` that is too many,
/// or too long. `what` says of what it is the name.
inline void expectRoomFor(const std::string& name, std::size_t count, const char* what) {
  if (name.size() > longestMemberName) {
    throw Error(ArchiveErrc::invalidArchive, std::string(what) + " has a name of more than " +
                                                 std::to_string(longestMemberName) + " bytes");
  }
  if (count >= mostNames) {
    throw Error(ArchiveErrc::invalidArchive,
                "the archive names more than " + std::to_string(mostNames) + " of: " + what);
  }
}

/// The tally of a name. @throws Error as expectRoomFor().
inline strapi::Tally& tallyOf(std::map<std::string, strapi::Tally>& tallies,
                              const std::string& name, const char* what) {
  auto found = tallies.find(name);
  if (found == tallies.end()) {
    expectRoomFor(name, tallies.size(), what);
    found = tallies.emplace(name, strapi::Tally()).first;
  }
  return found->second;
}

/// Counts one item of `bytes` bytes. @throws Error as expectRoomFor().
inline void addTo(std::map<std::string, strapi::Tally>& tallies, const std::string& name,
                  std::uint64_t bytes, const char* what) {
  strapi::Tally& tally = tallyOf(tallies, name, what);
  ++tally.count;
  tally.bytes += bytes;
}

}  // namespace wsferry::archive
