#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/client/transfer.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/http/detail/client/public_address.hpp"

namespace wsferry::http {
namespace {

std::optional<Url> resolvedLocation(const Url& base, const std::string& location) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.httpText().c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<char, void (*)(void*)> held(text, curl_free);
  try {
    Url result = Url::parse(text);
    const bool isWeb = result.scheme == "http" || result.scheme == "https";
    return isWeb ? std::optional(std::move(result)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // user info, among others
  }
}

}  // namespace

bool Transfer::isRedirectToFollow() {
  const bool isFollowing = request_.method == "GET" || request_.method == "HEAD";
  const std::string location(head_.header("Location"));
  if (!RedirectRule::isRedirect(head_.status) || !isFollowing || location.empty()) {
    return false;
  }
  const std::string withoutUser = withoutUserInfo(location);
  const std::string shown = printable(withoutUser.substr(0, withoutUser.find_first_of("?#")), 200);
  const std::optional<Url> target = resolvedLocation(url_, location);
  const std::string problem = target                    ? redirects_.refuse(url_, *target)
                              : withoutUser != location ? "which holds a user name or password"
                                                        : "which is not an http or https URL";
  if (!problem.empty()) {
    refusal_ = HttpErrc::redirectRefused;
    refusalWords_ = url_.display() + " redirects to \"" + shown + "\", " + problem +
                    ". Use that address if you trust it.";
    return false;
  }
  redirect_ = target;
  return true;
}

// Then the request is made again, without asking first. What of its body was sent is no longer
// here: with it, this is the answer, and ends with its head, as libcurl would make it again.
bool Transfer::isExpectationRefused() {
  if (head_.status != 417 || !request_.streamsBody || isExpectRefused_) {
    return false;
  }
  isExpectRefused_ = true;
  isHeadAll_ = uploadBytes_ > upload_.size() - uploaded_;
  if (!isHeadAll_) {
    redirect_ = url_;
  }
  return !isHeadAll_;
}

void Transfer::followRedirect() {
  const Url target = *std::exchange(redirect_, std::nullopt);
  withoutCredentials_ = withoutCredentials_ || !RedirectRule::isSameServer(url_, target);
  // Of a name that a proxy looks up nobody here knows: it may well be public.
  const bool mayBePublic = head_.isPublicPeer || (isProxied() && !isPrivateHost(url_));
  allowPrivateAddress_ = allowPrivateAddress_ && !mayBePublic;
  url_ = target;
  head_ = {};
  hasHead_ = false;
  statusLines_ = 0;
  bodyBytes_ = 0;
  phase_ = Phase::connecting;
  connect();
}

}  // namespace wsferry::http
