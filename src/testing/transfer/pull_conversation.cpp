#include "testing/transfer/pull_conversation.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::testing {

using strapi::TransferStage;

namespace {

// Real servers take about as long to read the first rows, and the JavaScript client relies on it:
// it loses a step's first message when that arrives together with the answer to the step's start.
constexpr Duration pauseBeforeData{25};

constexpr std::string_view localSource = "local-source-provider";

}  // namespace

PullConversation::PullConversation(std::shared_ptr<const Content> content,
                                   TransferServerOptions options)
    : Conversation(strapi::TransferKind::pull, std::move(options)), content_(std::move(content)) {}

void PullConversation::onRequest(const Request& request) {
  onAcknowledgement(request.uuid);
  if (!request.isTransferMessage() || isRepeated(request)) {
    return;
  }
  started_ = nullptr;
  const Reply reply = handle(request);
  const bool isEarly = started_ != nullptr &&
                       options_.faults.kind == TransferFaults::Kind::earlyData &&
                       options_.faults.step == started_->step;
  if (isEarly) {
    produce(*started_);
  }
  answer(request, reply);
  if (started_ != nullptr && !isEarly) {
    started_->startAnswer = lastAnswer_;
    const std::size_t first = outputs_.size();
    produce(*started_);
    if (first < outputs_.size()) {
      outputs_[first].pause += pauseBeforeData;
    }
  }
}

std::string PullConversation::onInit(const Request& request) {
  if (options_.legacy) {
    return {};
  }
  const auto params = paramsOf(request);
  const auto wanted = params.find("checksums");
  checksums_ = wanted != params.end() && wanted->second == "true";
  return R"(,"checksums":true)";
}

void PullConversation::onEnd() {
  processes_.clear();
  bootstrapped_ = false;
  checksums_ = false;
}

// The servers of this protocol report a pull that has begun as inactive, and the other way round.
std::string PullConversation::status() const {
  if (transferId_.empty()) {
    return R"({"active":true,"kind":"pull","elapsed":null)" + unknownMembers_ + "}";
  }
  return R"({"active":false,"kind":null,"elapsed":null,"startedAt":null)" + unknownMembers_ + "}";
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
    return metadataJson(content_->metadata());
  }
  if (request.action == "getSchemas") {
    if (!bootstrapped_) {
      throw Refusal::initialization("Not able to get Schemas. Strapi instance not found.");
    }
    diagnose("info", localSource, "getting schemas");
    return schemasJson(content_->schemas());
  }
  // The indexes of the valid actions, not their names: so the servers have it.
  throw Refusal::transfer(
      "Invalid action provided: \"" + request.action + "\"",
      R"({"action":)" + encodeJsonString(request.action) + R"(,"validActions":["0","1","2","3"]})");
}

std::string PullConversation::onStep(const Request& request) {
  const auto step = stepFromName(request.step);
  if (request.action == "end") {
    if (step) {
      processes_.erase(*step);
    }
    return R"({"ok":true)" + unknownMembers_ + "}";
  }
  if (request.action != "start") {
    return {};
  }
  if (!step) {
    throw Refusal::plain("Invalid transfer step, impossible to create a stream");
  }
  if (processes_.count(*step) != 0) {
    throw Refusal::plain("Stream already created, something went wrong");
  }
  if (!bootstrapped_) {
    throw Refusal::initialization("Not able to stream " + request.step +
                                  ". Strapi instance not found.");
  }
  if (options_.faults.kind == TransferFaults::Kind::errorAnswer && !options_.faults.action &&
      options_.faults.step == *step) {
    throw Refusal::transfer("The " + request.step + " cannot be read");
  }
  started_ = &startStep(*step);
  std::string totals;
  if (started_->assets && !options_.legacy) {
    const auto announced = started_->assets->totals();
    totals = R"(,"totals":{"totalBytes":)" + std::to_string(announced.bytes.value_or(0)) +
             R"(,"totalCount":)" + std::to_string(announced.count.value_or(0)) + "}";
  }
  return R"({"ok":true,"id":")" + started_->id + "\"" + totals + unknownMembers_ + "}";
}

PullConversation::Process& PullConversation::startStep(TransferStage step) {
  Process process{step, Uuid::random().toString(), {}, {}, {}, 0, false, false, {}, {}, {}};
  if (step == TransferStage::assets) {
    process.assets = std::make_unique<AssetBatches>(
        content_, options_, checksums_, unknownMembers_,
        [this](const std::string& words) { diagnose("warning", localSource, words); });
  } else {
    process.nextRecord = content_->records(step);
  }
  diagnose("info", localSource, "creating " + std::string(strapi::toString(step)) + " read stream");
  return processes_.emplace(step, std::move(process)).first->second;
}

void PullConversation::onAcknowledgement(const std::string& uuid) {
  if (uuid.empty()) {
    return;
  }
  const auto found = std::find_if(processes_.begin(), processes_.end(),
                                  [&](const auto& entry) { return entry.second.awaited == uuid; });
  if (found != processes_.end()) {
    found->second.awaited.clear();
    produce(found->second);
  }
}

void PullConversation::produce(Process& process) {
  if (process.over) {
    return;
  }
  if (isFaultDue(process)) {
    process.faultDone = true;
    if (commitProcessFault(process)) {
      return;
    }
  }
  std::string data;
  try {
    data = nextData(process);
  } catch (const std::exception& failure) {
    // On the wire an Error of the server's stream is an empty object; its text is in a diagnostic.
    // A legacy server does not even have that.
    if (!options_.legacy) {
      diagnose("error", localSource,
               "[Data transfer] Error in " + std::string(strapi::toString(process.step)) +
                   " read stream: " + failure.what());
    }
    endProcess(process, "{}");
    return;
  }
  if (data.empty()) {
    endProcess(process, "null");
  } else {
    sendData(process, data);
  }
}

std::string PullConversation::nextData(Process& process) {
  if (process.assets) {
    return process.assets->next();
  }
  std::string data;
  while (data.size() < options_.batchBytes) {
    const std::string record = process.nextRecord();
    if (record.empty()) {
      break;
    }
    if (!isSkipped(process, record)) {
      data.append(data.empty() ? "[" : ",").append(record);
    }
  }
  return data.empty() ? data : data + "]";
}

bool PullConversation::isSkipped(Process& process, const std::string& record) {
  const auto& types = options_.gaps.unreadableTypes;
  const auto type = std::find_if(types.begin(), types.end(), [&](const std::string& uid) {
    return process.step == TransferStage::entities &&
           record.find(R"("type":")" + uid + "\"") != std::string::npos;
  });
  if (type == types.end()) {
    return false;
  }
  if (process.skippedTypes.insert(*type).second && !options_.legacy) {
    diagnose("warning", localSource,
             "Failed to read all entities of type \"" + *type +
                 "\" from the source, the remaining entities of this type were skipped: "
                 "database is locked");
  }
  return true;
}

bool PullConversation::isFaultDue(const Process& process) const {
  return !process.faultDone && !options_.faults.action && options_.faults.step == process.step &&
         options_.faults.afterMessages <= process.messages;
}

// True if the step sends nothing more.
bool PullConversation::commitProcessFault(Process& process) {
  const TransferFaults::Kind kind = options_.faults.kind;
  commitFault(kind);
  switch (kind) {
    case TransferFaults::Kind::silence:
    case TransferFaults::Kind::oversized:
      process.over = true;
      return true;
    case TransferFaults::Kind::close:
    case TransferFaults::Kind::reset:
      return true;
    case TransferFaults::Kind::streamError:
      endProcess(process, "{}");
      return true;
    case TransferFaults::Kind::duplicateAnswer:
      emitDelayed(Output::Kind::text, process.startAnswer);
      return false;
    default:
      return false;
  }
}

void PullConversation::sendData(Process& process, const std::string& data) {
  ++process.messages;
  process.awaited = Uuid::random().toString();
  emitDelayed(Output::Kind::text, dataMessage(process.awaited, process, data, false, "null"));
  outputs_.back().isData = true;
  if (options_.faults.kind == TransferFaults::Kind::dataAfterEnd) {
    process.lastData = data;
  }
}

void PullConversation::endProcess(Process& process, std::string_view error) {
  process.over = true;
  process.awaited = Uuid::random().toString();
  emitDelayed(Output::Kind::text, dataMessage(process.awaited, process, "null", true, error));
  outputs_.back().isData = true;
  if (options_.faults.kind == TransferFaults::Kind::dataAfterEnd &&
      options_.faults.step == process.step) {
    const std::string data = process.lastData.empty() ? "[]" : process.lastData;
    emitDelayed(Output::Kind::text,
                dataMessage(Uuid::random().toString(), process, data, false, "null"));
  }
}

std::string PullConversation::dataMessage(const std::string& uuid, const Process& process,
                                          std::string_view data, bool ended,
                                          std::string_view error) const {
  std::string text;
  text.reserve(data.size() + 256);
  text.append(R"({"uuid":")").append(uuid).append("\"").append(unknownMembers_);
  text.append(R"(,"data":{"type":"transfer","data":)").append(data);
  text.append(R"(,"ended":)").append(ended ? "true" : "false");
  text.append(R"(,"error":)").append(error);
  text.append(R"(,"id":")").append(process.id).append("\"").append(unknownMembers_).append("}}");
  return text;
}

}  // namespace wsferry::testing
