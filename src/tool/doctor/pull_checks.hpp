#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <string>

#include "tool/doctor/content_checks.hpp"
#include "tool/doctor/findings.hpp"
#include "tool/options/connection_options.hpp"

namespace wsferry::tool {

/// Whether files can be had by HTTP: asks for the heads of some. `filesUrl` as for a pull.
/// @throws Error with Errc::invalidUrl.
Finding checkFiles(asio::io_context& context, const Server& server, const std::string& filesUrl,
                   const SeenContent& seen);

/// Whether there is room where `output`, as for a pull, goes; empty: the current folder.
Finding checkDisk(const std::string& output, const SeenContent& seen);

/// The same, and whether a pull takes that name: one that only `--format dir` takes is a warning,
/// and one that ends in `.enc` is that of an encrypted archive.
Finding checkTarget(const std::string& output, const std::string& adminUrl,
                    const SeenContent& seen);

/// Whether so many bytes are enough for that content: a failure if its files alone need more, a
/// warning if they leave less than 1 GiB.
Finding spaceFinding(const std::string& folder, std::uint64_t available, const SeenContent& seen);
}  // namespace wsferry::tool
