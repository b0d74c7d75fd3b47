#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "support/vendors/vendor_session.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"

namespace support {

/// Of a session that a request has brought.
constexpr const char* gladiaToken = "4a39145c-2844-4557-8f34-34883f7be7d9";

// What of a configuration Gladia does not take; empty if nothing.
inline std::string problemOfGladia(const std::string& body) {
  const auto is = [&](std::string_view path, std::initializer_list<std::string_view> values) {
    const std::string_view value = gateway::valueAt(body, path);
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  bool isKnown = true;
  try {
    JsonCursor cursor(body);
    forEachMember(cursor, [&](std::string_view name) {
      isKnown = isKnown && (name == "encoding" || name == "bit_depth" || name == "sample_rate" ||
                            name == "channels" || name == "language_config" ||
                            name == "messages_config" || name == "model");
      cursor.skipValue();
    });
  } catch (const Error&) {
    return "no JSON";
  }
  if (!isKnown) {
    return "a member";
  }
  if (!is("encoding", {R"("wav/pcm")", R"("wav/alaw")", R"("wav/ulaw")"})) {
    return "encoding";
  }
  const bool isPcm = is("encoding", {R"("wav/pcm")"});
  if (!is("bit_depth", {"8"}) && !(isPcm && is("bit_depth", {"16", "24", "32"}))) {
    return "bit_depth";
  }
  if (!is("sample_rate", {"8000", "16000", "32000", "44100", "48000"})) {
    return "sample_rate";
  }
  return is("channels", {"1", "2", "3", "4", "5", "6", "7", "8"}) ? "" : "channels";
}

/// docs.gladia.io/api-reference/v2/live/init.
inline std::string answerGladia(VendorLog& log, const HttpRequest& request,
                                const std::string& url) {
  const auto answer = [](int status, const std::string& body) {
    return httpResponse(status, status == 201 ? "Created" : "Refused", "application/json", body);
  };
  if (request.method != "POST" || request.header("Content-Type") != "application/json") {
    log.problem("a request for a URL that is no POST of JSON");
    return answer(400, R"({"statusCode":400,"message":"no JSON"})");
  }
  if (request.header("x-gladia-key") != vendorKey) {
    return answer(401, R"({"statusCode":401,"message":"the reason"})");
  }
  for (const auto& [name, value] : queryOf(request)) {
    if (name != "region") {
      log.problem("the query parameter " + name);
      return answer(400, R"({"statusCode":400,"message":"unknown parameter"})");
    }
  }
  if (const std::string problem = problemOfGladia(request.body); !problem.empty()) {
    log.problem(problem + " in " + request.body);
    return answer(422, R"({"statusCode":422,"message":"the reason"})");
  }
  return answer(201, R"({"id":"s-1","created_at":"2026-11-28T09:04:17.210Z","url":")" + url +
                         "?token=" + gladiaToken + R"("})");
}

}  // namespace support
