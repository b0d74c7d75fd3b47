#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tool/options/connection_options.hpp"

namespace wsferry::tool {

/// The command line of `wsferry doctor`, as typed.
struct DoctorOptions {
  ServerOptions server;
  ConnectionOptions connection;
  FilesOptions files;      ///< Only where they are counts.
  std::string apiKeyFile;  ///< For a gateway.
  std::string output;
  bool json = false;
};

void addDoctorOptions(CLI::App& command, DoctorOptions& options);

/// Whether it is looked at as a gateway: a Strapi's admin URL begins with http.
bool isGatewayUrl(const std::string& typed);

/// The API key in a file that `option` names. @throws Error with Errc::invalidOption.
std::string readApiKeyFile(const std::string& file, const std::string& option);

/// What is looked at, checked.
struct DoctorRequest {
  Server server;
  std::string filesUrl;
  bool isGateway = false;    ///< See isGatewayUrl().
  std::string missingToken;  ///< What to do where none was given; else empty.
};

/// @throws Error: invalidOption, invalidUrl.
DoctorRequest resolveDoctor(const DoctorOptions& options, const Environment& environment);

}  // namespace wsferry::tool
