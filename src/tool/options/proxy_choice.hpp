#pragma once

#include <string>
#include <string_view>

#include "tool/options/environment.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

/// The proxy to reach `url` through, as `http://...` or whatever else was named; empty for none.
/// What was typed with --proxy counts, and `none` there. Otherwise the environment, as other
/// programs read it: https_proxy or http_proxy by the URL, then all_proxy, each in small letters
/// first, then in capitals, but for hosts in no_proxy and for this machine itself. HTTP_PROXY does
/// not count in a CGI program, where a client sets it.
/// @throws Error with Errc::invalidOption, naming the variable, for one that is no usable proxy.
std::string chooseProxy(const std::string& typed, const Url& url, const Environment& environment);

/// Whether `list`, as in no_proxy, has the URL's host: names with all below them, addresses,
/// networks as `10.0.0.0/8`, each perhaps with a port, or `*` for all; by commas or blanks.
bool isExempt(std::string_view list, const Url& url);

}  // namespace wsferry::tool
