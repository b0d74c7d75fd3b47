#pragma once

// All public headers of wsferry::platform: what the streaming platform offers by HTTP.
#include "wsferry/platform/client_credentials.hpp"
#include "wsferry/platform/egress_event.hpp"
#include "wsferry/platform/egress_options.hpp"
#include "wsferry/platform/egress_reader.hpp"
#include "wsferry/platform/file_upload.hpp"
#include "wsferry/platform/http_url_provider.hpp"
#include "wsferry/platform/platform_error.hpp"
#include "wsferry/platform/stream_service.hpp"
#include "wsferry/platform/upload_options.hpp"
