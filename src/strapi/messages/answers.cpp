#include "strapi/messages/answers.hpp"

#include <utility>

#include "core/json/rapidjson.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/text/utf8_validator.hpp"
#include "wsferry/strapi/detail/messages/remote_error.hpp"

namespace wsferry::strapi {
namespace {

[[noreturn]] void missing(const char* request, const char* member) {
  throw Error(Errc::protocolViolation, std::string("The server's answer to ") + request +
                                           " has no usable `" + member +
                                           "`; it may not be a Strapi, or one of a version that "
                                           "speaks another protocol.");
}

rapidjson::Document parse(std::string_view data, const char* request) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(data.data(), data.size());
  if (document.HasParseError() || !document.IsObject()) {
    missing(request, "data");
  }
  return document;
}

std::string readString(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd() || !member->value.IsString()) {
    return {};
  }
  std::string text(member->value.GetString(), member->value.GetStringLength());
  // RapidJSON makes bytes that are no UTF-8 of a lone surrogate.
  Utf8Validator utf8;
  return utf8.update(text) && utf8.complete() ? text : std::string();
}

std::optional<std::uint64_t> readCount(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd() || !member->value.IsNumber()) {
    return std::nullopt;
  }
  if (member->value.IsUint64()) {
    return member->value.GetUint64();
  }
  const double value = member->value.GetDouble();
  return value >= 0 && value < 9e18 ? std::optional(static_cast<std::uint64_t>(value))
                                    : std::nullopt;
}

[[noreturn]] void throwWrongEnd(const char* what) {
  throw Error(Errc::protocolViolation,
              std::string("The server's answer to the end of a step ") + what + ".");
}

std::uint64_t readStoredCount(const rapidjson::Value& stats, const char* key) {
  const auto member = stats.FindMember(key);
  if (member == stats.MemberEnd()) {
    return 0;
  }
  if (!member->value.IsUint64()) {
    throwWrongEnd("has `stats` that are not counts");
  }
  return member->value.GetUint64();
}

// Of an error of Node's file system; empty for what has none.
std::string readPath(std::string_view error) {
  for (const char* name : {"path", "filepath"}) {
    if (auto path = jsonStringOf(jsonMemberOf(error, name)); path && !path->empty()) {
      return std::move(*path);
    }
  }
  return {};
}

std::string_view fileNameOf(std::string_view path) {
  if (path.find("://") != std::string_view::npos) {
    path = path.substr(0, path.find_first_of("?#"));
  }
  const auto separator = path.find_last_of("/\\");
  return separator == std::string_view::npos ? path : path.substr(separator + 1);
}

// What the server said, and what it did not say in words.
std::string reasonOf(const ErrorInfo& info, const std::string& path) {
  const std::string words = printable(info.remoteMessage, 2000);
  std::string more;
  for (const std::string& part : {printable(info.remoteCode, 100), printable(path, 1000)}) {
    if (!part.empty() && words.find(part) == std::string::npos) {
      more += (more.empty() ? "" : ", ") + part;
    }
  }
  if (!words.empty()) {
    return ": " + words + (more.empty() ? "" : " (" + more + ")");
  }
  if (!more.empty()) {
    return ": " + more;
  }
  const std::string& json = info.remoteDetails;
  const bool saysNothing = json.empty() || json == "{}" || json == "[]" || json == "null";
  return saysNothing ? "; its log has the reason" : ": " + printable(json, 2000);
}

}  // namespace

InitAnswer readInitAnswer(std::string_view data) {
  const auto document = parse(data, "init");
  InitAnswer answer;
  answer.transferID.value = readString(document, "transferID");
  if (answer.transferID.value.empty()) {
    missing("init", "transferID");
  }
  const auto checksums = document.FindMember("checksums");
  answer.checksums = checksums != document.MemberEnd() && checksums->value.IsTrue();
  answer.base64 = readString(document, "assetEncoding") == "base64";
  return answer;
}

Metadata readMetadata(std::string_view data) {
  const auto document = parse(data, "getMetadata");
  Metadata metadata;
  metadata.createdAt = readString(document, "createdAt");
  const auto strapi = document.FindMember("strapi");
  if (strapi == document.MemberEnd() || !strapi->value.IsObject()) {
    missing("getMetadata", "strapi");
  }
  metadata.strapiVersion = readString(strapi->value, "version");
  if (metadata.strapiVersion.empty()) {
    missing("getMetadata", "strapi.version");
  }
  return metadata;
}

// By the cursor: each schema is kept as the text that came.
std::vector<Schema> readSchemas(std::string_view data) {
  JsonCursor cursor(data);
  if (!cursor.enterObject()) {
    missing("getSchemas", "data");
  }
  std::vector<Schema> schemas;
  std::string_view key;
  while (cursor.nextKey(key)) {
    Schema schema;
    schema.uid = decodeJsonString(key);
    schema.json = std::string(cursor.skipValue());
    schemas.push_back(std::move(schema));
  }
  if (schemas.empty()) {
    missing("getSchemas", "data");
  }
  return schemas;
}

StartAnswer readStartAnswer(std::string_view data) {
  const auto document = parse(data, "the start of a step");
  StartAnswer answer;
  answer.processID = readString(document, "id");
  if (answer.processID.empty()) {
    missing("the start of a step", "id");
  }
  const auto totals = document.FindMember("totals");
  if (totals != document.MemberEnd() && totals->value.IsObject()) {
    answer.totals.bytes = readCount(totals->value, "totalBytes");
    answer.totals.count = readCount(totals->value, "totalCount");
  }
  return answer;
}

std::optional<StepStats> readStepStats(std::string_view data) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(data.data(), data.size());
  if (document.HasParseError()) {
    throwWrongEnd("cannot be read");
  }
  if (!document.IsObject()) {
    return std::nullopt;
  }
  if (const auto ok = document.FindMember("ok");
      ok != document.MemberEnd() && !ok->value.IsTrue()) {
    throwWrongEnd("has an `ok` that is not true");
  }
  const auto stats = document.FindMember("stats");
  if (stats == document.MemberEnd()) {
    return std::nullopt;
  }
  if (!stats->value.IsObject()) {
    throwWrongEnd("has `stats` that are not an object");
  }
  return StepStats{readStoredCount(stats->value, "started"),
                   readStoredCount(stats->value, "finished")};
}

Error processFailed(TransferStage stage, std::string_view error, std::string_view diagnostic) {
  ErrorInfo info;
  const std::error_code code = readRemoteError(error, "the step", info);
  if (info.remoteMessage.empty()) {
    info.remoteMessage = diagnostic;
  }
  const std::string path = readPath(info.remoteDetails);
  if (stage == TransferStage::assets) {
    info.subject = printable(fileNameOf(path), 500);
    info.subjectKind = info.subject.empty() ? SubjectKind::none : SubjectKind::asset;
  }
  info.cause = ErrorCause::brokenStep;
  info.message = "The server broke the step off" + reasonOf(info, path) + ".";
  return Error(code, std::move(info));
}

}  // namespace wsferry::strapi
