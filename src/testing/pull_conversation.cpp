#include "testing/pull_conversation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <optional>
#include <utility>

#include "core/json_cursor.hpp"
#include "testing/json_members.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::testing {

using strapi::TransferStage;

namespace {

// Real servers take about as long to read the first rows, and the JavaScript client relies on it:
// it loses a step's first message when that arrives together with the answer to the step's start.
constexpr Duration pauseBeforeData{25};

constexpr std::string_view pullHandler = "pull-handler";
constexpr std::string_view localSource = "local-source-provider";

std::string isoTime(PullConversation::Time time) {
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

std::optional<TransferStage> stepFromName(std::string_view name) {
  for (const auto step : {TransferStage::entities, TransferStage::links, TransferStage::assets,
                          TransferStage::configuration}) {
    if (strapi::toString(step) == name) {
      return step;
    }
  }
  return std::nullopt;
}

}  // namespace

/// A message of the client, taken apart.
struct PullConversation::Request {
  explicit Request(const std::map<std::string, std::string>& message)
      : uuid(jsonStringMember(message, "uuid")),
        type(jsonStringMember(message, "type")),
        command(jsonStringMember(message, "command")),
        kind(jsonStringMember(message, "kind")),
        action(jsonStringMember(message, "action")),
        step(jsonStringMember(message, "step")) {
    if (const auto member = message.find("params"); member != message.end()) {
      const auto params = jsonMembers(member->second);
      transferId = jsonStringMember(params, "transferID");
      const auto wanted = params.find("checksums");
      checksums = wanted != params.end() && wanted->second == "true";
    }
  }

  std::string uuid, type, command, kind, action, step;
  std::string transferId;
  bool checksums = false;
};

/// An error answer.
struct PullConversation::Refusal {
  std::string code;
  std::string message;
  std::string details;

  static Refusal plain(std::string message) { return {"Error", std::move(message), "{}"}; }
  static Refusal initialization(std::string message) {
    return {"Error", std::move(message), R"({"step":"initialization"})"};
  }
};

PullConversation::PullConversation(std::shared_ptr<const Content> content,
                                   TransferServerOptions options)
    : content_(std::move(content)),
      options_(std::move(options)),
      unknownMembers_(options_.faults.kind == Faults::Kind::unknownMembers
                          ? R"(,"unknown":{"uuid":"x","data":[1,null,{"error":"\u00e9\"}"}]})"
                          : "") {}

std::vector<PullOutput> PullConversation::onMessage(std::string_view text, Time now) {
  now_ = now;
  outputs_.clear();
  std::map<std::string, std::string> members;
  try {
    members = jsonMembers(text);
  } catch (const Error&) {
    // The servers of this protocol fall over it.
    emit(PullOutput::Kind::reset, {});
    return std::exchange(outputs_, {});
  }
  const Request request(members);
  onAcknowledgement(request.uuid);
  if (!request.uuid.empty() && (request.type == "command" || request.type == "transfer")) {
    onRequest(request);
  }
  return std::exchange(outputs_, {});
}

void PullConversation::onRequest(const Request& request) {
  if (!seen_.insert(request.uuid).second) {
    if (request.uuid == lastUuid_) {
      emitDelayed(PullOutput::Kind::text, lastAnswer_);
    }
    return;
  }
  Stream* started = nullptr;
  std::string result;
  std::string error = "null";
  try {
    result = request.type == "command" ? onCommand(request) : onTransfer(request, started);
  } catch (const Refusal& refusal) {
    error = R"({"code":)" + encodeJsonString(refusal.code) + R"(,"message":)" +
            encodeJsonString(refusal.message) + R"(,"details":)" + refusal.details + "}";
  } catch (const std::exception& failure) {
    error =
        R"({"code":"Error","message":)" + encodeJsonString(failure.what()) + R"(,"details":{}})";
  }
  const bool isEarly = started != nullptr && options_.faults.kind == Faults::Kind::earlyData &&
                       options_.faults.step == started->step;
  if (isEarly) {
    produce(*started);
  }
  answer(request, result, error);
  if (started != nullptr && !isEarly) {
    started->startAnswer = lastAnswer_;
    const std::size_t first = outputs_.size();
    produce(*started);
    if (first < outputs_.size()) {
      outputs_[first].pause += pauseBeforeData;
    }
  }
}

std::string PullConversation::onCommand(const Request& request) {
  diagnose("info", pullHandler, "received command:" + request.command + " uuid:" + request.uuid);
  if (request.command == "init") {
    return init(request);
  }
  if (request.command == "status") {
    return status();
  }
  if (request.command != "end") {
    throw Refusal::plain("Invalid transfer command");
  }
  if (transferId_ != request.transferId) {
    throw Refusal{"Error", "Bad transfer ID provided", R"({"step":"transfer"})"};
  }
  transferId_.clear();
  streams_.clear();
  bootstrapped_ = false;
  checksums_ = false;
  return R"({"ok":true)" + unknownMembers_ + "}";
}

std::string PullConversation::init(const Request& request) {
  if (!transferId_.empty()) {
    throw Refusal::plain("Transfer already in progress");
  }
  transferId_ = Uuid::random().toString();
  checksums_ = request.checksums && !options_.legacy;
  return R"({"transferID":")" + transferId_ + "\"" +
         (options_.legacy ? "" : R"(,"checksums":true)") + unknownMembers_ + "}";
}

// The servers of this protocol report a pull that has begun as inactive, and the other way round.
std::string PullConversation::status() const {
  if (transferId_.empty()) {
    return R"({"active":true,"kind":"pull","elapsed":null)" + unknownMembers_ + "}";
  }
  return R"({"active":false,"kind":null,"elapsed":null,"startedAt":null)" + unknownMembers_ + "}";
}

std::string PullConversation::onTransfer(const Request& request, Stream*& started) {
  const auto orUndefined = [](const std::string& text) {
    return text.empty() ? std::string("undefined") : text;
  };
  diagnose("info", pullHandler,
           "received transfer action:" + orUndefined(request.action) +
               " step:" + orUndefined(request.kind) + " uuid:" + request.uuid);
  if (transferId_.empty()) {
    throw Refusal::plain("Invalid Transfer Process");
  }
  if (request.kind == "action") {
    return onAction(request);
  }
  return request.kind == "step" ? onStep(request, started) : std::string();
}

std::string PullConversation::onAction(const Request& request) {
  if (request.action == "bootstrap") {
    bootstrapped_ = true;
    return {};
  }
  if (request.action == "close") {
    return {};
  }
  if (request.action == "getMetadata") {
    diagnose("info", localSource, "getting metadata");
    if (!bootstrapped_) {
      throw Refusal::initialization(". Strapi instance not found.");
    }
    const auto metadata = content_->metadata();
    const std::string& version =
        options_.strapiVersion.empty() ? metadata.strapiVersion : options_.strapiVersion;
    return R"({"createdAt":)" + encodeJsonString(metadata.createdAt) + R"(,"strapi":{"version":)" +
           encodeJsonString(version) + "}" + unknownMembers_ + "}";
  }
  if (request.action == "getSchemas") {
    if (!bootstrapped_) {
      throw Refusal::initialization("Not able to get Schemas. Strapi instance not found.");
    }
    diagnose("info", localSource, "getting schemas");
    return schemas();
  }
  // The indexes of the valid actions, not their names: so the servers have it.
  throw Refusal{"Error", "Invalid action provided: \"" + request.action + "\"",
                R"({"step":"transfer","details":{"action":)" + encodeJsonString(request.action) +
                    R"(,"validActions":["0","1","2","3"]}})"};
}

std::string PullConversation::schemas() {
  std::string all = "{";
  for (const auto& schema : content_->schemas()) {
    all.append(all.size() > 1 ? "," : "").append(encodeJsonString(schema.uid));
    all.append(":").append(schema.json);
  }
  return all + "}";
}

std::string PullConversation::onStep(const Request& request, Stream*& started) {
  const auto step = stepFromName(request.step);
  if (request.action == "end") {
    if (step) {
      streams_.erase(*step);
    }
    return R"({"ok":true)" + unknownMembers_ + "}";
  }
  if (request.action != "start") {
    return {};
  }
  if (!step) {
    throw Refusal::plain("Invalid transfer step, impossible to create a stream");
  }
  if (streams_.count(*step) != 0) {
    throw Refusal::plain("Stream already created, something went wrong");
  }
  if (!bootstrapped_) {
    throw Refusal::initialization("Not able to stream " + request.step +
                                  ". Strapi instance not found.");
  }
  if (options_.faults.kind == Faults::Kind::errorAnswer && options_.faults.step == *step) {
    throw Refusal{"Error", "The " + request.step + " cannot be read", R"({"step":"transfer"})"};
  }
  started = &startStep(*step);
  std::string totals;
  if (started->assets && !options_.legacy) {
    const auto announced = started->assets->totals();
    totals = R"(,"totals":{"totalBytes":)" + std::to_string(announced.bytes.value_or(0)) +
             R"(,"totalCount":)" + std::to_string(announced.count.value_or(0)) + "}";
  }
  return R"({"ok":true,"id":")" + started->id + "\"" + totals + unknownMembers_ + "}";
}

PullConversation::Stream& PullConversation::startStep(TransferStage step) {
  Stream stream{step, Uuid::random().toString(), {}, {}, {}, 0, false, false, {}, {}};
  if (step == TransferStage::assets) {
    stream.assets = std::make_unique<AssetBatches>(content_, options_, checksums_, unknownMembers_);
  } else {
    stream.nextRecord = content_->records(step);
  }
  diagnose("info", localSource, "creating " + std::string(strapi::toString(step)) + " read stream");
  return streams_.emplace(step, std::move(stream)).first->second;
}

void PullConversation::onAcknowledgement(const std::string& uuid) {
  if (uuid.empty()) {
    return;
  }
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.second.awaited == uuid; });
  if (found != streams_.end()) {
    found->second.awaited.clear();
    produce(found->second);
  }
}

void PullConversation::produce(Stream& stream) {
  if (stream.over) {
    return;
  }
  if (isFaultDue(stream)) {
    stream.faultDone = true;
    if (commitFault(stream)) {
      return;
    }
  }
  std::string data;
  try {
    data = nextData(stream);
  } catch (const std::exception& failure) {
    // On the wire an Error of the server's stream is an empty object; its text is in a diagnostic.
    diagnose("error", localSource, failure.what());
    endStream(stream, "{}");
    return;
  }
  if (data.empty()) {
    endStream(stream, "null");
  } else {
    sendData(stream, data);
  }
}

std::string PullConversation::nextData(Stream& stream) const {
  if (stream.assets) {
    return stream.assets->next();
  }
  std::string data;
  while (data.size() < options_.batchBytes) {
    const std::string record = stream.nextRecord();
    if (record.empty()) {
      break;
    }
    data.append(data.empty() ? "[" : ",").append(record);
  }
  return data.empty() ? data : data + "]";
}

bool PullConversation::isFaultDue(const Stream& stream) const {
  return !stream.faultDone && options_.faults.kind != Faults::Kind::none &&
         options_.faults.step == stream.step && options_.faults.afterMessages <= stream.messages;
}

// True if the step sends nothing more.
bool PullConversation::commitFault(Stream& stream) {
  switch (options_.faults.kind) {
    case Faults::Kind::stall:
      stream.over = true;
      return true;
    case Faults::Kind::closeNormally:
      emitDelayed(PullOutput::Kind::close, {});
      return true;
    case Faults::Kind::drop:
      emitDelayed(PullOutput::Kind::reset, {});
      return true;
    case Faults::Kind::oversized: {
      // The header of a text frame of 2^40 bytes, and its first bytes.
      using namespace std::string_view_literals;
      emitDelayed(PullOutput::Kind::raw,
                  std::string("\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00{\"uuid\""sv));
      stream.over = true;
      return true;
    }
    case Faults::Kind::streamError:
      endStream(stream, "{}");
      return true;
    case Faults::Kind::notJson:
      emitDelayed(PullOutput::Kind::text, "<html>Bad Gateway</html>");
      return false;
    case Faults::Kind::binary:
      emitDelayed(PullOutput::Kind::binary, std::string("\x00\x01\xfe\xff", 4));
      return false;
    case Faults::Kind::unknownShape:
      emitDelayed(PullOutput::Kind::text, R"({"hello":"world","list":[1,2,3]})");
      return false;
    case Faults::Kind::wrongUuid:
      emitDelayed(PullOutput::Kind::text, R"({"uuid":")" + Uuid::random().toString() +
                                              R"(","data":{"ok":true},"error":null})");
      return false;
    case Faults::Kind::duplicateAnswer:
      emitDelayed(PullOutput::Kind::text, stream.startAnswer);
      return false;
    default:
      return false;
  }
}

void PullConversation::sendData(Stream& stream, const std::string& data) {
  ++stream.messages;
  stream.awaited = Uuid::random().toString();
  emitDelayed(PullOutput::Kind::text, dataMessage(stream.awaited, stream, data, false, "null"));
  if (options_.faults.kind == Faults::Kind::dataAfterEnd) {
    stream.lastData = data;
  }
}

void PullConversation::endStream(Stream& stream, std::string_view error) {
  stream.over = true;
  stream.awaited = Uuid::random().toString();
  emitDelayed(PullOutput::Kind::text, dataMessage(stream.awaited, stream, "null", true, error));
  if (options_.faults.kind == Faults::Kind::dataAfterEnd && options_.faults.step == stream.step) {
    const std::string data = stream.lastData.empty() ? "[]" : stream.lastData;
    emitDelayed(PullOutput::Kind::text,
                dataMessage(Uuid::random().toString(), stream, data, false, "null"));
  }
}

std::string PullConversation::dataMessage(const std::string& uuid, const Stream& stream,
                                          std::string_view data, bool ended,
                                          std::string_view error) const {
  std::string text;
  text.reserve(data.size() + 256);
  text.append(R"({"uuid":")").append(uuid).append("\"").append(unknownMembers_);
  text.append(R"(,"data":{"type":"transfer","data":)").append(data);
  text.append(R"(,"ended":)").append(ended ? "true" : "false");
  text.append(R"(,"error":)").append(error);
  text.append(R"(,"id":")").append(stream.id).append("\"").append(unknownMembers_).append("}}");
  return text;
}

void PullConversation::answer(const Request& request, const std::string& result,
                              const std::string& error) {
  lastUuid_ = request.uuid;
  lastAnswer_ = R"({"uuid":)" + encodeJsonString(request.uuid) + unknownMembers_ + R"(,"data":)" +
                (result.empty() ? "null" : result) + R"(,"error":)" + error + "}";
  emitDelayed(PullOutput::Kind::text, lastAnswer_);
}

void PullConversation::diagnose(std::string_view kind, std::string_view origin,
                                const std::string& message) {
  std::string text = R"({"diagnostic":{"details":{"message":)" + encodeJsonString(message);
  text.append(R"(,"origin":")").append(origin).append(R"(","createdAt":")").append(isoTime(now_));
  text.append("\"").append(unknownMembers_).append(R"(},"kind":")").append(kind);
  text.append(R"("},"uuid":")").append(Uuid::random().toString()).append("\"}");
  emit(PullOutput::Kind::text, std::move(text));
}

void PullConversation::emit(PullOutput::Kind kind, std::string payload) {
  outputs_.push_back({kind, std::move(payload), Duration::zero()});
}

void PullConversation::emitDelayed(PullOutput::Kind kind, std::string payload) {
  outputs_.push_back({kind, std::move(payload), options_.faults.answerDelay});
}

}  // namespace wsferry::testing
