#include "testing/gateway/egress_query.hpp"

#include "testing/gateway/gateway_request.hpp"
#include "wsferry/core/detail/text/whole_number.hpp"

namespace wsferry::testing {
namespace {

// `topic=1:7`: messages here have ids of that form.
bool takeResume(EgressQuery& query, const std::string& value) {
  const std::size_t equals = value.rfind('=');
  if (equals == std::string::npos || value.compare(equals + 1, 2, "1:") != 0) {
    return false;
  }
  const auto number = wholeNumber(std::string_view(value).substr(equals + 3));
  query.resume[value.substr(0, equals)] = number.value_or(0);
  return number.has_value();
}

bool takeFlag(bool& flag, const std::string& value) {
  flag = value == "true";
  return flag || value == "false";
}

// False for a value that there is not, and for a name that there is not.
bool take(EgressQuery& query, const std::string& name, const std::string& value, bool& hasTags) {
  if (name == "streams") {
    query.streams.push_back(value);
  } else if (name == "group") {
    query.group = value;
  } else if (name == "count") {
    query.count = wholeNumber(value);
    return query.count > 0U;
  } else if (name == "tags") {
    query.isMain = value == "main" || (hasTags && query.isMain);
    hasTags = true;
  } else if (name == "matchTags") {
    return value == "ALL" || value == "ANY";
  } else if (name == "format") {
    query.isRaw = value == "RAW";
    return query.isRaw || value == "EVENTS";
  } else if (name == "acceptFrameType") {
    query.isFinalOnly = value == "final";
    return query.isFinalOnly || value == "partial-final";
  } else if (name == "timeout") {
    return wholeNumber(value).has_value();
  } else if (name == "omitPayload") {
    return takeFlag(query.omitsPayload, value);
  } else if (name == "excludeNoPayload") {
    bool ignored = false;  // All results here have a payload.
    return takeFlag(ignored, value);
  } else if (name == "resume") {
    return takeResume(query, value);
  } else {
    return name == "client_id" || name == "client_secret" || name == "access_token";
  }
  return !value.empty();
}

}  // namespace

EgressQuery egressQuery(std::string_view target) {
  EgressQuery query;
  bool hasTags = false;
  for (const auto& [name, value] : queryOf(target)) {
    if (!take(query, name, value, hasTags) && query.problem.empty()) {
      query.problem = errorResponse(400, "Bad Request", "GENERAL_VALIDATION_ERROR",
                                    name + " cannot be \"" + value + "\"");
    }
  }
  if (query.problem.empty() && query.streams.empty() == query.group.empty()) {
    query.problem = errorResponse(400, "Bad Request", "GENERAL_VALIDATION_ERROR",
                                  "Either streams or group is needed");
  }
  return query;
}

}  // namespace wsferry::testing
