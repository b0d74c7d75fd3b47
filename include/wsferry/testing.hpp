#pragma once

// All public headers of wsferry::testing: servers for tests.
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/scripted_transport.hpp"
#include "wsferry/testing/transfer_server.hpp"
