#include "tool/options/proxy_choice.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>
#include <initializer_list>
#include <optional>

#include "tool/options/pasted_text.hpp"
#include "wsferry/core/detail/request/proxy_address.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

std::string withoutFinalDot(std::string host) {
  if (!host.empty() && host.back() == '.') {
    host.pop_back();
  }
  return host;
}

std::optional<asio::ip::address> addressOf(const std::string& host) {
  asio::error_code error;
  const auto address = asio::ip::make_address(host, error);
  return error ? std::nullopt : std::optional(address);
}

bool isInNetwork(const asio::ip::address& address, const std::string& network) {
  asio::error_code error;
  if (address.is_v4()) {
    const auto v4 = asio::ip::make_network_v4(network, error);
    return !error && v4.canonical() ==
                         asio::ip::make_network_v4(address.to_v4(), v4.prefix_length()).canonical();
  }
  const auto v6 = asio::ip::make_network_v6(network, error);
  return !error && v6.canonical() ==
                       asio::ip::make_network_v6(address.to_v6(), v6.prefix_length()).canonical();
}

// Takes a port off an entry; false if it has one that is not the URL's.
bool fitsPort(std::string& entry, const Url& url) {
  const std::size_t close = entry.rfind(']');
  const std::size_t colon = entry.rfind(':');
  const bool isBareIpv6 = close == std::string::npos && entry.find(':') != colon;
  if (colon == std::string::npos || isBareIpv6 || (close != std::string::npos && colon < close)) {
    return true;
  }
  const bool fits = entry.substr(colon + 1) == std::to_string(url.port);
  entry.resize(colon);
  return fits;
}

bool entryFits(std::string entry, const Url& url) {
  if (entry == "*") {
    return true;
  }
  if (!fitsPort(entry, url)) {
    return false;
  }
  if (entry.size() > 1 && entry.front() == '[' && entry.back() == ']') {
    entry = entry.substr(1, entry.size() - 2);
  }
  const std::string host = withoutFinalDot(asciiLowerCase(url.host));
  if (const auto address = addressOf(host)) {
    const auto other = addressOf(entry);
    return other ? *other == *address : isInNetwork(*address, entry);
  }
  // `example.org`, `.example.org` and `*.example.org` are the same.
  std::string name = withoutFinalDot(asciiLowerCase(entry));
  name.erase(0, name.compare(0, 2, "*.") == 0 ? 2 : name.compare(0, 1, ".") == 0 ? 1 : 0);
  if (name.empty() || host.size() < name.size() ||
      host.compare(host.size() - name.size(), name.size(), name) != 0) {
    return false;
  }
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

struct Variable {
  std::string name;
  std::string value;
};

Variable firstOf(std::initializer_list<const char*> names, const Environment& environment) {
  for (const char* name : names) {
    if (std::string value = unwrapped(environment(name)); !value.empty()) {
      return {name, std::move(value)};
    }
  }
  return {};
}

Variable proxyVariable(const Url& url, const Environment& environment) {
  if (url.secure) {
    return firstOf({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, environment);
  }
  return environment("REQUEST_METHOD").empty()
             ? firstOf({"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}, environment)
             : firstOf({"http_proxy", "all_proxy", "ALL_PROXY"}, environment);
}

void requireUsable(const std::string& proxy, const std::string& source) {
  const std::size_t end = proxy.find("://");
  const std::string scheme = asciiLowerCase(proxy.substr(0, end));
  if (end != std::string::npos && scheme != "http") {
    throw Error(Errc::invalidOption, source + " names a proxy of the kind " + scheme +
                                         "://, but only http:// is supported. Use another one with "
                                         "--proxy, or none with --proxy none.");
  }
  try {
    ProxyAddress::parse(proxy);
  } catch (const Error& error) {
    throw error.withMessage(source + ": " + error.info().message);
  }
}

}  // namespace

bool isExempt(std::string_view list, const Url& url) {
  constexpr std::string_view separators = ", \t\r\n";
  for (std::size_t at = list.find_first_not_of(separators); at != std::string_view::npos;
       at = list.find_first_not_of(separators, at)) {
    const std::size_t end = std::min(list.find_first_of(separators, at), list.size());
    if (entryFits(std::string(list.substr(at, end - at)), url)) {
      return true;
    }
    at = end;
  }
  return false;
}

std::string chooseProxy(const std::string& typed, const Url& url, const Environment& environment) {
  if (!typed.empty()) {
    std::string proxy = unwrapped(typed);
    if (asciiLowerCase(proxy) == "none") {
      return {};
    }
    requireUsable(proxy, "--proxy");
    return proxy;
  }
  if (url.isLoopback() || isExempt(firstOf({"no_proxy", "NO_PROXY"}, environment).value, url)) {
    return {};
  }
  Variable variable = proxyVariable(url, environment);
  if (variable.value.empty()) {
    return {};
  }
  // As in other programs, the scheme may be left out.
  if (variable.value.find("://") == std::string::npos) {
    variable.value.insert(0, "http://");
  }
  requireUsable(variable.value, "The variable " + variable.name);
  return variable.value;
}

}  // namespace wsferry::tool
