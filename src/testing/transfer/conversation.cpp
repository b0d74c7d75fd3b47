#include "testing/transfer/conversation.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <utility>

#include "testing/server/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::testing {

using strapi::TransferStage;

namespace {

std::string isoTime(Conversation::Time time) {
  const auto sinceEpoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(sinceEpoch / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 24> date{};
  std::array<char, 8> fraction{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(sinceEpoch % 1000));
  return std::string(date.data()) + fraction.data();
}

std::string orUndefined(const std::string& text) {
  return text.empty() ? "undefined" : text;
}

}  // namespace

std::optional<TransferStage> stepFromName(std::string_view name) {
  for (const auto step : {TransferStage::entities, TransferStage::links, TransferStage::assets,
                          TransferStage::configuration}) {
    if (strapi::toString(step) == name) {
      return step;
    }
  }
  return std::nullopt;
}

Conversation::Conversation(strapi::TransferKind kind, TransferServerOptions options)
    : kind_(kind),
      options_(std::move(options)),
      handlerName_(std::string(strapi::toString(kind)) + "-handler"),
      unknownMembers_(options_.faults.kind == TransferFaults::Kind::unknownMembers
                          ? R"(,"unknown":{"uuid":"x","data":[1,null,{"error":"\u00e9\"}"}]})"
                          : "") {}

std::vector<Output> Conversation::onMessage(std::string_view text, Time now, bool isBusy) {
  now_ = now;
  isBusy_ = isBusy;
  outputs_.clear();
  std::optional<Request> request;
  try {
    request.emplace(text);
  } catch (const Error&) {
    // The servers of this protocol fall over it.
    emit(Output::Kind::reset);
    return std::exchange(outputs_, {});
  }
  onRequest(*request);
  return std::exchange(outputs_, {});
}

bool Conversation::isRepeated(const Request& request) {
  if (seen_.insert(request.uuid).second) {
    return false;
  }
  if (request.uuid == lastUuid_) {
    emitDelayed(Output::Kind::text, lastAnswer_);
  }
  return true;
}

Conversation::Reply Conversation::handle(const Request& request) {
  try {
    return {request.type == "command" ? onCommand(request) : onTransfer(request), {}};
  } catch (const Refusal& refusal) {
    return errorReply(refusal);
  } catch (const std::exception& failure) {
    return errorReply(Refusal::plain(failure.what()));
  }
}

std::string Conversation::onCommand(const Request& request) {
  diagnose("info", handlerName_, "received command:" + request.command + " uuid:" + request.uuid);
  if (request.command == "init") {
    if (!transferId_.empty()) {
      throw Refusal::plain("Transfer already in progress");
    }
    const std::string more = onInit(request);
    transferId_ = Uuid::random().toString();
    return R"({"transferID":")" + transferId_ + "\"" + more + unknownMembers_ + "}";
  }
  if (request.command == "status") {
    return status();
  }
  if (request.command != "end") {
    throw Refusal::plain("Invalid transfer command");
  }
  if (transferId_ != jsonStringMember(paramsOf(request), "transferID")) {
    throw Refusal::transfer("Bad transfer ID provided");
  }
  transferId_.clear();
  onEnd();
  return R"({"ok":true)" + unknownMembers_ + "}";
}

std::string Conversation::onTransfer(const Request& request) {
  diagnose("info", handlerName_,
           "received transfer action:" + orUndefined(request.action) +
               " step:" + orUndefined(request.kind) + " uuid:" + request.uuid);
  if (transferId_.empty()) {
    throw Refusal::plain("Invalid Transfer Process");
  }
  if (request.kind == "action") {
    return onAction(request);
  }
  return request.kind == "step" ? onStep(request) : std::string();
}

void Conversation::answer(const Request& request, const Reply& reply) {
  lastUuid_ = request.uuid;
  lastAnswer_ = R"({"uuid":)" + encodeJsonString(request.uuid) + unknownMembers_ + R"(,"data":)" +
                (reply.result.empty() ? "null" : reply.result) + R"(,"error":)" +
                (reply.error.empty() ? "null" : reply.error) + "}";
  emitDelayed(Output::Kind::text, lastAnswer_);
}

Conversation::Reply Conversation::errorReply(const Refusal& refusal) {
  // Every error class of these servers goes by the name of its base.
  return {{},
          R"({"code":"Error","message":)" + encodeJsonString(refusal.message) + R"(,"details":)" +
              refusal.details + "}"};
}

void Conversation::commitFault(TransferFaults::Kind kind) {
  switch (kind) {
    case TransferFaults::Kind::close:
      emitDelayed(Output::Kind::close);
      break;
    case TransferFaults::Kind::reset:
      emitDelayed(Output::Kind::reset);
      break;
    case TransferFaults::Kind::notJson:
      emitDelayed(Output::Kind::text, "<html>Bad Gateway</html>");
      break;
    case TransferFaults::Kind::binary:
      emitDelayed(Output::Kind::binary, std::string("\x00\x01\xfe\xff", 4));
      break;
    case TransferFaults::Kind::unknownShape:
      emitDelayed(Output::Kind::text, R"({"hello":"world","list":[1,2,3]})");
      break;
    case TransferFaults::Kind::wrongUuid:
      emitDelayed(Output::Kind::text, R"({"uuid":")" + Uuid::random().toString() +
                                          R"(","data":{"ok":true},"error":null})");
      break;
    case TransferFaults::Kind::oversized: {
      // The header of a text frame of 2^40 bytes, and its first bytes.
      using namespace std::string_view_literals;
      emitDelayed(Output::Kind::raw,
                  std::string("\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00{\"uuid\""sv));
      break;
    }
    default:
      break;
  }
}

void Conversation::diagnose(std::string_view kind, std::string_view origin,
                            const std::string& message) {
  std::string text = R"({"diagnostic":{"details":{"message":)" + encodeJsonString(message);
  text.append(R"(,"origin":")").append(origin).append(R"(","createdAt":")").append(isoTime(now_));
  text.append("\"").append(unknownMembers_).append(R"(},"kind":")").append(kind);
  text.append(R"("},"uuid":")").append(Uuid::random().toString()).append("\"}");
  emit(Output::Kind::text, std::move(text));
}

void Conversation::emit(Output::Kind kind, std::string payload) {
  outputs_.push_back({kind, std::move(payload), Duration::zero(), false});
}

void Conversation::emitDelayed(Output::Kind kind, std::string payload) {
  outputs_.push_back({kind, std::move(payload), options_.faults.answerDelay, false});
}

std::map<std::string, std::string> Conversation::paramsOf(const Request& request) {
  return request.params.empty() ? std::map<std::string, std::string>()
                                : jsonMembers(request.params);
}

std::string Conversation::metadataJson(const strapi::Metadata& metadata) const {
  const std::string& version =
      options_.strapiVersion.empty() ? metadata.strapiVersion : options_.strapiVersion;
  return R"({"createdAt":)" + encodeJsonString(metadata.createdAt) + R"(,"strapi":{"version":)" +
         encodeJsonString(version) + "}" + unknownMembers_ + "}";
}

std::string Conversation::schemasJson(const std::vector<strapi::Schema>& schemas) {
  std::string all = "{";
  for (const auto& schema : schemas) {
    all.append(all.size() > 1 ? "," : "").append(encodeJsonString(schema.uid));
    all.append(":").append(schema.json);
  }
  return all + "}";
}

}  // namespace wsferry::testing
