#pragma once

#include <string_view>

#include "wsferry/core/url.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Where a server accepts transfers of a kind, from the URL of its admin panel (protocol section
/// 1). @throws Error with Errc::invalidUrl.
inline Url transferUrl(std::string_view adminUrl, TransferKind kind) {
  Url url = Url::parse(adminUrl);
  url.target = url.target.substr(0, url.target.find('?'));
  while (!url.target.empty() && url.target.back() == '/') {
    url.target.pop_back();
  }
  url.target.append("/transfer/runner/").append(toString(kind));
  return url;
}

}  // namespace wsferry::strapi
