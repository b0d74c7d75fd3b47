#include "testing/transfer/push_conversation.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "testing/server/json_members.hpp"
#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::testing {

using strapi::TransferStage;

namespace {

constexpr std::string_view localDestination = "local-destination-provider";

// About what a server needs for the least of its messages: long enough to be overlapped by a client
// that does not wait.
constexpr Duration legacyAnswerTime{5};

std::int64_t milliseconds(Conversation::Time::duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

bool isPushAction(std::string_view action) {
  constexpr std::array<std::string_view, 6> known = {"bootstrap",      "close",       "rollback",
                                                     "beforeTransfer", "getMetadata", "getSchemas"};
  return std::find(known.begin(), known.end(), action) != known.end();
}

Refusal protectedType(std::string_view uid, std::string_view place) {
  return Refusal::transfer("Remote push cannot transfer protected type \"" + std::string(uid) +
                           "\" at " + std::string(place));
}

}  // namespace

PushConversation::PushConversation(std::shared_ptr<PushTarget> target,
                                   TransferServerOptions options)
    : Conversation(strapi::TransferKind::push, std::move(options)), target_(std::move(target)) {}

PushConversation::~PushConversation() {
  if (transfer_.archive) {
    target_->count(&PushTarget::Counts::teardowns);
  }
}

void PushConversation::onRequest(const Request& request) {
  if (isSilent_ || !request.isTransferMessage()) {
    return;
  }
  if (isTerminal_) {
    answer(request, errorReply(Refusal::transfer("Transfer has been terminated")));
    return;
  }
  if (isRepeated(request)) {
    return;
  }
  if (isBusy_) {
    noteOverlap();
  }
  if (!isSilent_) {
    carryOut(request);
  }
}

void PushConversation::noteOverlap() {
  target_->count(&PushTarget::Counts::overlapping);
  if (options_.legacy) {
    emit(Output::Kind::resetAll);
    isSilent_ = true;
  }
}

void PushConversation::carryOut(const Request& request) {
  commitFault(faults_.begin(request));
  if (faults_.takesRequest()) {
    isSilent_ = true;
    return;
  }
  switch (faults_.kind()) {
    case TransferFaults::Kind::errorAnswer:
    case TransferFaults::Kind::failedEnd:
      answer(request, errorReply(Refusal::transfer("The server failed by request")));
      return;
    case TransferFaults::Kind::refuseRecord:
      terminate();
      answer(request, errorReply(protectedType("admin::role", "admin::role")));
      return;
    default:
      sendAnswer(request, handle(request));
  }
  faults_.end(request);
}

void PushConversation::sendAnswer(const Request& request, const Reply& reply) {
  answer(request, reply);
  if (options_.legacy) {
    outputs_.back().pause += legacyAnswerTime;
  }
  if (faults_.kind() == TransferFaults::Kind::answersOutOfOrder) {
    heldAnswer_ = std::move(outputs_.back().payload);
    outputs_.pop_back();
  } else if (faults_.kind() == TransferFaults::Kind::duplicateAnswer) {
    emitDelayed(Output::Kind::text, lastAnswer_);
  } else if (!heldAnswer_.empty()) {
    emitDelayed(Output::Kind::text, std::exchange(heldAnswer_, {}));
  }
}

std::string PushConversation::onInit(const Request& request) {
  const auto params = paramsOf(request);
  if (params.empty()) {
    throw Refusal::plain("Cannot read properties of undefined (reading 'options')");
  }
  transfer_ = Transfer();
  transfer_.startedAt = now_;
  const auto options = params.count("options") != 0 ? jsonMembers(params.at("options"))
                                                    : std::map<std::string, std::string>();
  transfer_.strategy = options.count("strategy") != 0 ? jsonStringMember(options, "strategy")
                                                      : std::string("restore");
  transfer_.scope =
      RestoreRequest::parse(options.count("restore") != 0 ? options.at("restore") : "{}");
  if (options_.legacy) {
    return {};
  }
  const auto checksums = params.find("checksums");
  transfer_.checksums = checksums != params.end() && checksums->second == "true";
  return std::string(R"(,"checksums":true)") +
         (jsonStringMember(params, "assetEncoding") == "base64" ? R"(,"assetEncoding":"base64")"
                                                                : "");
}

void PushConversation::onEnd() {
  transfer_ = Transfer();
}

std::string PushConversation::status() const {
  if (transferId_.empty()) {
    return R"({"active":false,"kind":null,"elapsed":null,"startedAt":null)" + unknownMembers_ + "}";
  }
  return R"({"active":true,"kind":"push","startedAt":)" +
         std::to_string(milliseconds(transfer_.startedAt.time_since_epoch())) + R"(,"elapsed":)" +
         std::to_string(milliseconds(now_ - transfer_.startedAt)) + unknownMembers_ + "}";
}

std::string PushConversation::onAction(const Request& request) {
  const std::string& action = request.action;
  if (!isPushAction(action)) {
    // The indexes of the valid actions, not their names: so the servers have it.
    throw Refusal::transfer("Invalid action provided: \"" + action + "\"",
                            R"({"action":)" + encodeJsonString(action) +
                                R"(,"validActions":["0","1","2","3","4","5"]})");
  }
  transfer_.flow.enterAction(action);
  if (action == "bootstrap") {
    bootstrap();
  } else if (action == "beforeTransfer") {
    beforeTransfer();
  } else if (action == "rollback") {
    rollback();
  } else if (action == "close") {
    commit();
  } else {
    const bool isMetadata = action == "getMetadata";
    diagnose("info", localDestination, isMetadata ? "getting metadata" : "getting schema");
    if (!transfer_.isBootstrapped) {
      throw Refusal::initialization("Not able to get Schemas. Strapi instance not found.");
    }
    const auto content = target_->content();
    return isMetadata ? metadataJson(content->metadata()) : schemasJson(content->schemas());
  }
  return {};
}

void PushConversation::bootstrap() {
  diagnose("info", localDestination, "validating options");
  if (transfer_.strategy != "restore") {
    const std::string strategy = encodeJsonString(transfer_.strategy);
    throw Refusal{"Invalid strategy " + transfer_.strategy,
                  R"({"step":"validation","details":{"check":"strategy","strategy":)" + strategy +
                      R"(,"validStrategies":["restore"]}})"};
  }
  transfer_.isBootstrapped = true;
}

void PushConversation::beforeTransfer() {
  if (!transfer_.isBootstrapped) {
    throw Refusal::plain("Strapi instance not found");
  }
  transfer_.isPrepared = true;
  archive();
  if (transfer_.scope.assets) {
    if (!options_.remoteStorage) {
      diagnose("info", localDestination, "creating assets backup directory");
      diagnose("info", localDestination,
               "created assets backup directory public/uploads_backup_" +
                   std::to_string(milliseconds(now_.time_since_epoch())));
    }
    diagnose("info", localDestination, "deleting all assets");
    diagnose("info", localDestination, "deleted all assets");
  }
  diagnose("info", localDestination, "deleting record ");
}

void PushConversation::rollback() {
  diagnose("info", localDestination, "Rolling back transaction");
  transfer_.archive.reset();
  transfer_.isRolledBack = true;
  target_->count(&PushTarget::Counts::rollbacks);
  diagnose("info", localDestination, "Rolled back transaction");
}

void PushConversation::commit() {
  if (!transfer_.isBootstrapped) {
    throw Refusal::initialization(". Strapi instance not found.");
  }
  if (const auto archive = std::move(transfer_.archive)) {
    archive->commit();
    target_->count(&PushTarget::Counts::commits);
  }
}

// Whatever was pushed is taken back, and nothing more can be done on this connection.
void PushConversation::terminate() {
  transfer_ = Transfer();
  isTerminal_ = true;
}

// A push without beforeTransfer adds to what is there.
PushedArchive& PushConversation::archive() {
  if (transfer_.isRolledBack) {
    throw Refusal::plain("The transaction has been rolled back");
  }
  if (!transfer_.archive) {
    transfer_.archive = std::make_unique<PushedArchive>(
        target_, transfer_.isPrepared ? transfer_.scope : RestoreRequest::nothing(),
        options_.strapiVersion);
  }
  return *transfer_.archive;
}

std::string PushConversation::onStep(const Request& request) {
  if (request.action == "start") {
    startStep(request.step);
    return R"({"ok":true)" + unknownMembers_ + "}";
  }
  if (request.action == "stream") {
    stream(request);
    return {};
  }
  return request.action == "end" ? endStep(request) : std::string();
}

void PushConversation::startStep(const std::string& name) {
  transfer_.flow.lockStage(name);
  const auto stage = stepFromName(name);
  if (!stage) {
    throw Refusal::plain("Invalid transfer step, impossible to create a stream");
  }
  const bool isEntities = *stage == TransferStage::entities;
  if (!transfer_.isBootstrapped) {
    throw Refusal::initialization((isEntities ? "Not able to import " : "Not able to stream ") +
                                  name + ". Strapi instance not found.");
  }
  diagnose("info", localDestination,
           "creating " + name + (isEntities ? " stream" : " write stream"));
  if (*stage == TransferStage::assets) {
    if (!transfer_.scope.assets) {
      throw Refusal::transfer(
          "Attempting to transfer assets when `assets` is not set in restore options");
    }
    transfer_.assets.emplace(transfer_.checksums, options_.legacy, transfer_.files);
  }
  archive().beginStage(*stage);
  transfer_.open = stage;
  transfer_.statistics[*stage] = {};
}

void PushConversation::stream(const Request& request) {
  transfer_.flow.expectStream(request.step);
  const auto stage = stepFromName(request.step);
  if (!stage || transfer_.open != stage) {
    throw Refusal::plain("You need to init first");
  }
  StepStatistics& statistics = transfer_.statistics[*stage];
  if (*stage == TransferStage::assets) {
    transfer_.assets->receive(request.data, archive().assets(), statistics);
    return;
  }
  try {
    strapi::RecordArray records(*stage, request.data, transfer_.reader);
    while (const auto record = records.next()) {
      streamRecord(transfer_.reader.read(*stage, *record));
      ++statistics.started;
      ++statistics.finished;
    }
  } catch (...) {
    // One bad configuration entry is no more than that; with entities and links it is the end.
    if (*stage != TransferStage::configuration) {
      terminate();
    }
    throw;
  }
}

void PushConversation::streamRecord(const strapi::Record& record) {
  const strapi::LinkView& link = record.link();
  const std::string_view type = record.entity().type;
  if (strapi::isNeverTransferred(type)) {
    throw protectedType(type, type);
  }
  if (strapi::isNeverTransferred(link.left.type)) {
    throw protectedType(link.left.type, "link.left");
  }
  if (strapi::isNeverTransferred(link.right.type)) {
    throw protectedType(link.right.type, "link.right");
  }
  const TransferStage stage = record.views().stage;
  if (stage == TransferStage::entities && !archive().knowsType(type)) {
    const std::string text(type);
    throw Refusal::transfer("Remote push received invalid relation payload at " + text +
                            ": unknown schema \"" + text + "\"");
  }
  if (stage == TransferStage::links && transfer_.skippedLinks < options_.gaps.skippedLinks) {
    skipLink(link);
    return;
  }
  archive().records().record(record);
  if (type == strapi::uploadFile) {
    transfer_.files.insert(idOf(record.text()));
  }
}

void PushConversation::skipLink(const strapi::LinkView& link) {
  constexpr unsigned mostDetailed = 10;
  if (++transfer_.skippedLinks <= mostDetailed || options_.legacy) {
    diagnose("warning", handlerName_,
             "Skipping link " + std::string(link.left.type) + ":1 -> " +
                 std::string(link.right.type) + ":1 due to a foreign key constraint.");
  }
  if (transfer_.skippedLinks == mostDetailed && !options_.legacy) {
    diagnose("warning", handlerName_,
             "Further detailed warnings suppressed after 10 messages. See the stage summary for "
             "totals.");
  }
}

std::string PushConversation::endStep(const Request& request) {
  transfer_.flow.unlockStage(request.step);
  const auto stage = stepFromName(request.step);
  if (stage && transfer_.open == stage) {
    transfer_.open.reset();
    archive().endStage();
    if (*stage == TransferStage::links && transfer_.skippedLinks > 0 && !options_.legacy) {
      const std::string count = std::to_string(transfer_.skippedLinks);
      diagnose("warning", handlerName_,
               "Links restore skipped " + count + " relation(s) (" + count +
                   " foreign key). Verify relations in the admin after transfer.");
    }
    if (*stage == TransferStage::assets) {
      diagnose("info", localDestination, "removing assets backup");
      diagnose("info", localDestination, "successfully removed assets backup");
    }
  }
  if (options_.legacy || !stage) {
    return R"({"ok":true)" + unknownMembers_ + "}";
  }
  const StepStatistics told = faults_.told(transfer_.statistics[*stage]);
  return R"({"ok":true,"stats":{"started":)" + std::to_string(told.started) + R"(,"finished":)" +
         std::to_string(told.finished) + unknownMembers_ + "}" + unknownMembers_ + "}";
}

}  // namespace wsferry::testing
