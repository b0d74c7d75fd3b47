#pragma once

// All public headers of wsferry::core: WebSocket client, transport, errors.
#include "wsferry/core/asio_settings.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/completion.hpp"
#include "wsferry/core/correlation_table.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/keep_alive.hpp"
#include "wsferry/core/keep_alive_options.hpp"
#include "wsferry/core/message_type.hpp"
#include "wsferry/core/nearest_names.hpp"
#include "wsferry/core/retry_message_options.hpp"
#include "wsferry/core/transport.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/core/uuid.hpp"
#include "wsferry/core/websocket_client.hpp"
#include "wsferry/core/websocket_options.hpp"
#include "wsferry/core/websocket_statistics.hpp"
