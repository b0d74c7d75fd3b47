#include "tool/serve/gateway_faults.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using testing::EgressFault;
using testing::GatewayFault;
using testing::GatewayServerOptions;
using testing::TokenFault;
using testing::UploadFault;

[[noreturn]] void refuseFault(const std::string& message) {
  throw Error(Errc::invalidOption, "--fault: " + message);
}

template <class Kind>
using KindNames = std::vector<std::pair<const char*, Kind>>;

template <class Kind>
Kind faultKind(const KindNames<Kind>& kinds, const std::string& place, const std::string& name) {
  std::string known;
  for (const auto& [kindName, kind] : kinds) {
    if (name == kindName) {
      return kind;
    }
    known += (known.empty() ? "" : ", ") + std::string(kindName);
  }
  refuseFault(place + " cannot be \"" + name + "\"; it can be " + known);
}

/// What stands behind the kind; each member may be taken once.
class FaultMembers {
 public:
  explicit FaultMembers(std::string_view text) {
    while (!text.empty()) {
      const std::string_view member = text.substr(0, text.find(','));
      text.remove_prefix(std::min(text.size(), member.size() + 1));
      const auto equals = member.find('=');
      if (equals == 0 || equals == std::string_view::npos || equals + 1 == member.size()) {
        refuseFault("\"" + std::string(member) + "\" is not NAME=VALUE");
      }
      if (!members_.emplace(member.substr(0, equals), member.substr(equals + 1)).second) {
        refuseFault("\"" + std::string(member.substr(0, equals)) + "\" is given twice");
      }
    }
  }

  template <class Number>
  void number(const char* name, Number& target, std::uint64_t least = 0,
              std::uint64_t most = std::numeric_limits<Number>::max()) {
    const std::string text = take(name);
    if (text.empty()) {
      return;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least ||
        number > most) {
      refuseFault(std::string(name) + " must be a number from " + std::to_string(least) + " to " +
                  std::to_string(most) + ", not \"" + text + "\"");
    }
    target = static_cast<Number>(number);
  }

  std::string take(const char* name) {
    auto node = members_.extract(name);
    return node.empty() ? std::string() : std::move(node.mapped());
  }

  /// An ErrorResponse with the members `status` and `name`, if either is given.
  void error(int& httpStatus, std::string& error, int status, const char* standardName) {
    const bool isGiven = members_.count("status") + members_.count("name") > 0;
    number("status", status, 400, 599);
    std::string name = take("name");
    if (isGiven) {
      httpStatus = status;
      error = R"({"statusCode":)" + std::to_string(status) +
              R"(,"title":"Failed","message":"played by the testing server",)" +
              R"("internalErrorName":)" +
              encodeJsonString(name.empty() ? std::string(standardName) : name) +
              R"(,"nestedErrors":[]})";
    }
  }

  void requireAllTaken(const std::string& place) const {
    if (!members_.empty()) {
      refuseFault("\"" + members_.begin()->first + "\" means nothing for " + place);
    }
  }

 private:
  std::map<std::string, std::string> members_;
};

const std::vector<std::pair<const char*, GatewayFault::Moment>>& streamMoments() {
  using Moment = GatewayFault::Moment;
  static const std::vector<std::pair<const char*, Moment>> moments = {
      {"upgrade", Moment::upgrade},
      {"metadata", Moment::metadata},
      {"audio", Moment::audio},
      {"end", Moment::endOfStream},
      {"server-end", Moment::serverEndOfStream}};
  return moments;
}

void setStreamFault(GatewayFault::Moment moment, const std::string& place, const std::string& kind,
                    FaultMembers& members, GatewayServerOptions& options) {
  using Kind = GatewayFault::Kind;
  GatewayFault& fault = options.fault;
  if (fault.kind != Kind::none) {
    refuseFault("a stream has one fault");
  }
  KindNames<Kind> kinds = {{"error", Kind::error},
                           {"close", Kind::close},
                           {"reset", Kind::reset},
                           {"disconnect", Kind::disconnect},
                           {"silence", Kind::silence},
                           {"freeze", Kind::freeze},
                           {"end-of-stream", Kind::endOfStream}};
  if (moment == GatewayFault::Moment::upgrade) {
    const auto needsWebSocket = [](const auto& named) {
      return named.second == Kind::close || named.second == Kind::silence ||
             named.second == Kind::endOfStream;
    };
    kinds.erase(std::remove_if(kinds.begin(), kinds.end(), needsWebSocket), kinds.end());
  }
  fault.moment = moment;
  fault.kind = faultKind<Kind>(kinds, place, kind);
  if (moment == GatewayFault::Moment::audio) {
    members.number("after", fault.afterBytes);
  }
  if (fault.kind == Kind::close) {
    members.number("code", fault.closeCode, 1000, 4999);
  }
  if (fault.kind == Kind::error) {
    const bool isUpgrade = moment == GatewayFault::Moment::upgrade;
    members.error(fault.httpStatus, fault.error, isUpgrade ? 401 : 500, "PROCESSOR_GENERAL_ERROR");
  }
}

// A second one would take the place of the first, and of its members only those it names.
template <class Fault>
void requireFirst(const Fault& fault, const char* place) {
  if (fault.kind != Fault::Kind::none) {
    refuseFault(std::string(place) + " has one fault");
  }
}

void setTokenFault(const std::string& kind, FaultMembers& members, GatewayServerOptions& options) {
  using Kind = TokenFault::Kind;
  requireFirst(options.tokenFault, "token");
  options.tokenFault.kind = faultKind<Kind>({{"refusal", Kind::refusal},
                                             {"html", Kind::html},
                                             {"answer", Kind::answer},
                                             {"silence", Kind::silence},
                                             {"disconnect", Kind::disconnect}},
                                            "token", kind);
  if (options.tokenFault.kind == Kind::refusal || options.tokenFault.kind == Kind::html) {
    members.number("status", options.tokenFault.httpStatus, 200, 599);
  }
}

void setEgressFault(const std::string& kind, FaultMembers& members, GatewayServerOptions& options) {
  using Kind = EgressFault::Kind;
  EgressFault& fault = options.egressFault;
  requireFirst(fault, "egress");
  fault.kind = faultKind<Kind>({{"refusal", Kind::refusal},
                                {"html", Kind::html},
                                {"cut", Kind::cut},
                                {"reset", Kind::reset},
                                {"silence", Kind::silence},
                                {"unmarked-end", Kind::unmarkedEnd},
                                {"repeat", Kind::repeat},
                                {"bad-line", Kind::badLine},
                                {"long-line", Kind::longLine}},
                               "egress", kind);
  members.number("after", fault.afterResults);
  members.number("times", fault.times);
  if (fault.kind == Kind::longLine) {
    members.number("bytes", fault.lineBytes, 1, std::uint64_t{1} << 30);
  }
  if (fault.kind == Kind::refusal) {
    members.error(fault.httpStatus, fault.error, 503, "GENERAL_INTERNAL_ERROR");
  }
}

void setUploadFault(const std::string& kind, FaultMembers& members, GatewayServerOptions& options) {
  using Kind = UploadFault::Kind;
  if (kind == "failed") {  // The stream, behind an upload in good order.
    options.uploadState = "FAILED";
    return;
  }
  UploadFault& fault = options.uploadFault;
  requireFirst(fault, "upload");
  fault.kind = faultKind<Kind>({{"refusal", Kind::refusal},
                                {"html", Kind::html},
                                {"answer", Kind::answer},
                                {"reset", Kind::reset},
                                {"disconnect", Kind::disconnect},
                                {"silence", Kind::silence},
                                {"freeze", Kind::freeze},
                                {"failed", Kind::none}},
                               "upload", kind);
  members.number("after", fault.afterBytes);
  members.number("times", fault.times);
  if (fault.kind == Kind::refusal) {
    members.error(fault.httpStatus, fault.error, 503, "GENERAL_INTERNAL_ERROR");
  }
}

void setFault(const std::string& place, const std::string& kind, FaultMembers& members,
              GatewayServerOptions& options) {
  std::string known;
  for (const auto& [name, moment] : streamMoments()) {
    if (place == name) {
      setStreamFault(moment, place, kind, members, options);
      return;
    }
    known += std::string(name) + ", ";
  }
  if (place == "token") {
    setTokenFault(kind, members, options);
  } else if (place == "egress") {
    setEgressFault(kind, members, options);
  } else if (place == "upload") {
    setUploadFault(kind, members, options);
  } else {
    refuseFault("there is no place \"" + place + "\"; there are " + known +
                "token, egress and upload");
  }
}

}  // namespace

void addGatewayFault(const std::string& text, GatewayServerOptions& options) {
  const auto comma = std::min(text.find(','), text.size());
  const auto equals = text.find('=');
  if (equals == 0 || equals >= comma || equals + 1 == comma) {
    refuseFault("\"" + text + "\" is not PLACE=KIND, as in audio=reset,after=64000");
  }
  const std::string place = text.substr(0, equals);
  FaultMembers members(std::string_view(text).substr(std::min(comma + 1, text.size())));
  setFault(place, text.substr(equals + 1, comma - equals - 1), members, options);
  members.requireAllTaken(place);
}

}  // namespace wsferry::tool
