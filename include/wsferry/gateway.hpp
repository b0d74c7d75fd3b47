#pragma once

// All public headers of wsferry::gateway: streams of audio and results.
#include "wsferry/gateway/file_pace.hpp"
#include "wsferry/gateway/messages.hpp"
#include "wsferry/gateway/profile.hpp"
#include "wsferry/gateway/stream.hpp"
#include "wsferry/gateway/stream_options.hpp"
#include "wsferry/gateway/stream_state.hpp"
#include "wsferry/gateway/stream_trace.hpp"
#include "wsferry/gateway/token_provider.hpp"
#include "wsferry/gateway/url_provider.hpp"
#include "wsferry/gateway/verdict.hpp"
