#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wsferry/core/detail/text/query_string.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/http/detail/client/redirect_rule.hpp"

namespace wsferry::http {

/// Where a file is fetched.
struct FileAddress {
  Url url;
  bool isServers = false;  ///< On the server itself, which gets its headers and credentials.
  bool isGiven = false;    ///< On the host for URLs without one, as given by the user.
};

/// Which addresses of files are fetched, and how: a URL comes from the server, and others may have
/// written it.
class FileAddresses {
 public:
  /// `filesUrl` is the base of URLs without a host; empty for the server's root, which is the admin
  /// URL without its last part. @throws Error with Errc::invalidUrl.
  FileAddresses(std::string_view adminUrl, std::string_view filesUrl)
      : root_(rootOf(adminUrl, filesUrl)), server_(rootOf(adminUrl, {})) {}

  /// The Strapi itself, wherever its files are.
  const Url& server() const { return server_; }

  /// Nothing for a URL that is never fetched: with another scheme, user info, control characters or
  /// `..` in its path, without a host and with `%` in its path, or unencrypted if the server is
  /// encrypted, except on the host of `filesUrl`.
  std::optional<FileAddress> find(std::string_view url) const {
    const bool isAbsolute = url.substr(0, 1) != "/" || url.substr(0, 2) == "//";
    if (!isAbsolute && url.substr(0, url.find('?')).find('%') != std::string_view::npos) {
      return std::nullopt;  // A name of the local provider, in which it is no escape.
    }
    const std::string scheme = root_.secure ? "https:" : "http:";
    const std::string text = !isAbsolute                ? root_.httpText() + std::string(url)
                             : url.substr(0, 2) == "//" ? scheme + std::string(url)
                                                        : std::string(url);
    try {
      FileAddress address;
      address.url = Url::parse(text);
      const bool isWeb = address.url.scheme == "http" || address.url.scheme == "https";
      address.isServers = RedirectRule::isSameServer(server_, address.url);
      address.isGiven = RedirectRule::isSameServer(root_, address.url);
      const bool mustBeSecure = server_.secure && !address.isGiven;
      if (!isWeb || leadsUp(address.url.target) || (mustBeSecure && !address.url.secure)) {
        return std::nullopt;
      }
      return address;
    } catch (const Error&) {
      return std::nullopt;
    }
  }

 private:
  static Url rootOf(std::string_view adminUrl, std::string_view filesUrl) {
    Url root = Url::parse(filesUrl.empty() ? adminUrl : filesUrl);
    std::string& path = root.target;
    path.erase(std::min(path.find('?'), path.size()));
    while (!path.empty() && path.back() == '/') {
      path.pop_back();
    }
    if (filesUrl.empty()) {
      path.erase(std::min(path.rfind('/'), path.size()));
    }
    return root;
  }

  // Whether a part of the path is `..`, in whatever way it is written.
  static bool leadsUp(std::string_view target) {
    const std::string path = percentDecode(target.substr(0, target.find('?')));
    std::size_t begin = 0;
    while (begin <= path.size()) {
      const std::size_t end = std::min(path.find_first_of("/\\", begin), path.size());
      if (path.compare(begin, end - begin, "..") == 0) {
        return true;
      }
      begin = end + 1;
    }
    return path.find('\0') != std::string::npos;
  }

  Url root_;  ///< The base of URLs without a host.
  Url server_;
};

}  // namespace wsferry::http
