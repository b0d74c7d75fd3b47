#pragma once

#include <string>

#include "wsferry/testing/gateway_server.hpp"

namespace wsferry::tool {

/// Has the gateway do what `--fault` asks for: `PLACE=KIND`, and further members behind commas, as
/// in `audio=reset,after=64000`. @throws Error: invalidOption, with what there is.
void addGatewayFault(const std::string& text, testing::GatewayServerOptions& options);

}  // namespace wsferry::tool
