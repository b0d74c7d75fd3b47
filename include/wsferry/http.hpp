#pragma once

// All public headers of wsferry::http: an HTTP client by libcurl.
#include "wsferry/http/client.hpp"
#include "wsferry/http/client_options.hpp"
#include "wsferry/http/exchange.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/http/request.hpp"
#include "wsferry/http/response.hpp"
