#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tool/doctor/findings.hpp"
#include "tool/options/connection_options.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/http/detail/files/media_file.hpp"

namespace wsferry::tool {

/// What was seen of a server's content.
struct SeenContent {
  std::map<std::string, std::uint64_t> records;  ///< By type, those that a transfer takes.
  std::uint64_t files = 0;                       ///< That records name, their formats among them.
  std::uint64_t fileBytes = 0;                   ///< Of them, as far as records tell.
  std::vector<http::MediaFile> examples;         ///< The first ones.
  bool isWhole = false;                          ///< All records were read.
};

/// Checks version, schemas and records with a pull that is given up soon: a server tells no
/// numbers, so records are read for some seconds.
SeenContent checkContent(const Server& server, Interruption& interruption, Findings& findings);

/// What a server of this version can do and lacks. `checksums`: whether it has agreed to send them.
Finding versionFinding(const std::string& version, bool checksums);

}  // namespace wsferry::tool
