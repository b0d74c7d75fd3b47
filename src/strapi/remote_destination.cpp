#include "wsferry/strapi/remote_destination.hpp"

#include <asio/post.hpp>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/printable.hpp"
#include "core/sha256.hpp"
#include "core/utf8_validator.hpp"
#include "strapi/asset_batch.hpp"
#include "strapi/pull_answers.hpp"
#include "strapi/push_answers.hpp"
#include "strapi/push_connection.hpp"
#include "strapi/record_batch.hpp"
#include "wsferry/strapi/restore_scope.hpp"

namespace wsferry::strapi {
namespace {

/// What the server's diagnostics tell about the old files; written on the connection's thread.
class FilesBackup {
 public:
  void note(const Diagnostic& diagnostic) {
    auto named = readFilesBackup(diagnostic);
    const std::lock_guard lock(mutex_);
    announced_ = announced_ || announcesFilesBackup(diagnostic);
    if (named) {
      folder_ = std::move(*named);
    }
  }

  std::string folder() const {
    const std::lock_guard lock(mutex_);
    return folder_;
  }

  /// Whether the server began to set the files aside, and did not.
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return announced_ && folder_.empty();
  }

 private:
  mutable std::mutex mutex_;
  bool announced_ = false;
  std::string folder_;
};

// Of the look at the destination before a transfer. It deletes nothing.
RestoreScope emptyScope() {
  RestoreScope scope = restoreScope(TransferFilter{}, {});
  scope.includedTypes.emplace();
  scope.assets = false;
  scope.configuration = false;
  return scope;
}

std::string initParams(const RestoreScope& scope, bool checksums) {
  return R"({"transfer":"push","options":{"strategy":"restore","restore":)" + scope.toJson() + "}" +
         (checksums ? R"(,"checksums":true)" : "") + R"(,"assetEncoding":"base64"})";
}

[[noreturn]] void throwNow(Errc code, const char* message) {
  throw Error(code, message);
}

}  // namespace

class RemoteDestination::Impl final : public RecordSink, public AssetSink {
 public:
  Impl(std::string_view adminUrl, RemoteDestinationOptions options)
      : adminUrl_(adminUrl), options_(std::move(options)) {
    if (options_.window.messages == 0) {
      throwNow(Errc::invalidOption, "The window of a push needs a place for one message.");
    }
    connection_ = makeConnection();  // For what is wrong with the URL.
  }

  void bootstrap() {
    connect();
    init(emptyScope());
    metadata_ = readMetadata(action(TransferAction::getMetadata).data);
    schemas_ = readSchemas(action(TransferAction::getSchemas).data);
    connection_->close();
  }

  std::optional<Metadata> getMetadata() const {
    requireBootstrap();
    return metadata_;
  }

  std::optional<std::vector<Schema>> getSchemas() const {
    requireBootstrap();
    return schemas_;
  }

  void beforeTransfer(const TransferManifest& manifest) {
    requireBootstrap();
    if (isPushOpen_) {
      throwNow(Errc::invalidState, "beforeTransfer() works once per RemoteDestination.");
    }
    const RestoreScope scope = restoreScope(manifest.filter, *schemas_);
    connect();
    negotiate(init(scope));
    checkVersion();
    openWindow();
    restore(scope);
  }

  void beginStage(TransferStage stage) {
    stage_ = stage;
    sent_ = 0;
    if (stage == TransferStage::schemas) {
      return;  // Never crosses the wire.
    }
    requirePush().drain();
    step(StepAction::start);
    if (stage == TransferStage::assets) {
      assetBatch_.emplace(transferID_, encoding_);
    } else {
      recordBatch_.emplace(stage, transferID_);
    }
  }

  void record(std::string_view json) override {
    if (!recordBatch_) {
      throwNow(Errc::invalidState, "Records need a stage of records: call beginStage() first.");
    }
    Utf8Validator utf8;
    if (!utf8.update(json) || !utf8.complete()) {
      throw inStage(Errc::invalidArchive, "A record is not UTF-8, and was not sent.");
    }
    const TimePoint now = Clock::now();
    if (recordBatch_->isDue(json.size(), now)) {
      connection_->send(recordBatch_->take());
    }
    recordBatch_->add(json, now);
    ++sent_;
    if (recordBatch_->isFull()) {
      connection_->send(recordBatch_->take());
    }
  }

  void begin(std::string_view assetID, const AssetInfo& info) override {
    if (!assetBatch_) {
      throwNow(Errc::invalidState, "Assets need their stage: call beginStage() first.");
    }
    const auto [asset, added] = assets_.try_emplace(std::string(assetID));
    if (!added) {
      throw inStage(Errc::invalidArchive, "Two assets have one id at the same time.",
                    info.filename);
    }
    // The source's own ids may be anything; servers use them as names of object members.
    asset->second.wireID = Uuid::random().toString();
    asset->second.filename = info.filename;
    assetBatch_->start(asset->second.wireID, info);
    ++sent_;
    sendFull();
  }

  void write(std::string_view assetID, std::string_view bytes) override {
    Asset& asset = openAsset(assetID);
    if (checksums_) {
      asset.hash.update(bytes);
    }
    while (!bytes.empty()) {
      bytes.remove_prefix(assetBatch_->add(asset.wireID, asset.filename, bytes));
      sendFull();
    }
  }

  void end(std::string_view assetID) override {
    Asset& asset = openAsset(assetID);
    assetBatch_->end(asset.wireID, asset.filename, checksums_ ? asset.hash.hex() : std::string());
    assets_.erase(std::string(assetID));
    sendFull();
  }

  void endStage() {
    if (stage_ == TransferStage::schemas) {
      return;
    }
    PushConnection& connection = requirePush();
    if (!assets_.empty()) {
      throw inStage(Errc::dataMissing, "The stage ends in the middle of an asset.",
                    assets_.begin()->second.filename);
    }
    if (recordBatch_ && !recordBatch_->isEmpty()) {
      connection.send(recordBatch_->take());
    }
    if (assetBatch_ && !assetBatch_->isEmpty()) {
      connection.send(assetBatch_->take());
    }
    connection.drain();
    recordBatch_.reset();
    assetBatch_.reset();
    compare(stage_ == TransferStage::assets ? endAssets() : step(StepAction::end));
  }

  void close() {
    PushConnection& connection = requirePush();
    connection.drain();
    commit_ = connection.start(request(TransferAction::close, patient(options_.retry)));
    effect_.database = PushEffect::Database::uncertain;
    try {
      connection.wait(*commit_);
    } catch (const Error& error) {
      if (error.code() == ErrorCondition::remote) {
        effect_.database = PushEffect::Database::rollbackExpected;
        commit_.reset();
      }
      throw;
    }
    effect_.database = PushEffect::Database::committed;
    finish(connection);
  }

  void rollback() noexcept {
    {
      const std::lock_guard lock(mutex_);
      isRollingBack_ = true;
    }
    if (std::exchange(isPushOpen_, false) &&
        takeBack(Clock::now() + options_.keepAlive.livenessWindow)) {
      connection_->close();
    }
    // Drops the socket. A server whose answer is overdue rolls back when it sees that.
    replace(makeConnection());
  }

  void cancel() noexcept {
    const std::lock_guard lock(mutex_);
    const bool again = std::exchange(isCancelled_, true);
    if (!mayRollBack_ || (again && isRollingBack_)) {
      connection_->drop();
    }
    connection_->interrupt();
  }

  PushEffect effect() const {
    PushEffect effect = effect_;
    if (effect.files == PushEffect::Files::setAside ||
        effect.files == PushEffect::Files::uncertain) {
      effect.filesBackup = filesBackup_->folder();
    }
    return effect;
  }

  bool checksumsNegotiated() const { return checksums_; }

  WebSocketStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    WebSocketStatistics sum = connection_->statistics();
    sum.bytesReceived += closed_.bytesReceived;
    sum.bytesSent += closed_.bytesSent;
    sum.messagesReceived += closed_.messagesReceived;
    sum.messagesSent += closed_.messagesSent;
    return sum;
  }

 private:
  struct Asset {
    std::string wireID;
    std::string filename;
    Sha256 hash;
  };

  std::unique_ptr<PushConnection> makeConnection() const {
    DispatcherOptions dispatcher;
    dispatcher.retryMessageOptions = options_.retry;
    dispatcher.keepAlive = options_.keepAlive;
    return std::make_unique<PushConnection>(adminUrl_, options_.connection, dispatcher);
  }

  void replace(std::unique_ptr<PushConnection> next) {
    const std::lock_guard lock(mutex_);
    const WebSocketStatistics last = connection_->statistics();
    closed_.bytesReceived += last.bytesReceived;
    closed_.bytesSent += last.bytesSent;
    closed_.messagesReceived += last.messagesReceived;
    closed_.messagesSent += last.messagesSent;
    std::swap(connection_, next);
    if (isCancelled_) {
      connection_->drop();
    }
  }

  void connect() {
    replace(makeConnection());
    connection_->open([backup = filesBackup_, report = options_.onDiagnostic](const Diagnostic& d) {
      backup->note(d);
      if (report) {
        report(d);
      }
    });
  }

  InitAnswer init(const RestoreScope& scope) {
    const std::string params = initParams(scope, options_.checksums);
    const Answer answer =
        connection_->await([&params](Dispatcher& dispatcher, PushConnection::OnAnswer done) {
          dispatcher.dispatchCommand(Command::init, params, std::move(done));
        });
    InitAnswer init = readInitAnswer(answer.data);
    connection_->dispatcher().setTransferProperties({init.transferID}, TransferKind::push);
    transferID_ = init.transferID;
    action(TransferAction::bootstrap);
    return init;
  }

  void negotiate(const InitAnswer& init) {
    {
      const std::lock_guard lock(mutex_);
      if (isCancelled_) {
        throwNow(Errc::cancelled, "The transfer was cancelled.");
      }
      mayRollBack_ = true;
    }
    isPushOpen_ = true;
    checksums_ = options_.checksums && init.checksums;
    encoding_ = init.base64 ? AssetEncoding::base64 : AssetEncoding::byteArray;
    if (options_.checksums && !checksums_) {
      warn(
          "The server does not verify checksums (Strapi before 5.43): the assets are transferred "
          "without verification.");
    }
    if (!init.base64) {
      warn(
          "The server takes assets as arrays of numbers only (Strapi before 5.48.1): they need "
          "three times the traffic, and large files may exhaust the server's memory.");
    }
  }

  // The window depends on the version, and the user may have thought for hours.
  void checkVersion() {
    const Metadata now = readMetadata(action(TransferAction::getMetadata).data);
    if (now.strapiVersion != metadata_->strapiVersion) {
      throw Error(Errc::versionMismatch,
                  "The server's Strapi version changed from " +
                      printable(metadata_->strapiVersion, 50) + " to " +
                      printable(now.strapiVersion, 50) +
                      " since it was looked at. Nothing was changed: start the transfer again.");
    }
  }

  void openWindow() {
    isQueuing_ = takesMessagesInFlight(metadata_->strapiVersion);
    if (isQueuing_) {
      connection_->setWindow(options_.window);
    }
  }

  void restore(const RestoreScope& scope) {
    const auto call =
        connection_->start(request(TransferAction::beforeTransfer, patient(options_.retry)));
    effect_.database = PushEffect::Database::rollbackExpected;
    effect_.files = scope.assets ? PushEffect::Files::setAside : PushEffect::Files::untouched;
    try {
      connection_->wait(*call);
    } catch (const Error& error) {
      if (error.code() == ErrorCondition::remote && filesBackup_->failed()) {
        effect_.files = PushEffect::Files::untouched;
      }
      throw;
    }
  }

  static PushConnection::Request request(TransferAction action, const RetryMessageOptions& retry) {
    return [action, retry](Dispatcher& dispatcher, PushConnection::OnAnswer done) {
      dispatcher.dispatchTransferAction(action, std::move(done), retry);
    };
  }

  Answer action(TransferAction action) {
    return connection_->await(request(action, options_.retry));
  }

  Answer step(StepAction action) {
    try {
      const bool isSlow = stage_ == TransferStage::assets;
      const RetryMessageOptions retry = isSlow ? patient(options_.retry) : options_.retry;
      return connection_->await([&](Dispatcher& dispatcher, PushConnection::OnAnswer done) {
        dispatcher.dispatchTransferStep(stage_, action, "", std::move(done), retry);
      });
    } catch (const Error& error) {
      ErrorInfo info = error.info();
      info.stage = std::string(toString(stage_));
      throw Error(error.code(), std::move(info));
    }
  }

  Answer endAssets() {
    effect_.files = PushEffect::Files::uncertain;
    try {
      Answer answer = step(StepAction::end);
      effect_.files = PushEffect::Files::replaced;
      return answer;
    } catch (const Error& error) {
      if (error.code() == ErrorCondition::remote) {
        effect_.files = PushEffect::Files::setAside;
      }
      throw;
    }
  }

  void compare(const Answer& answer) const {
    const auto stats = readStepStats(answer.data);
    if (stats && (stats->started != sent_ || stats->finished != sent_)) {
      throw inStage(Errc::dataMissing,
                    "Sent " + std::to_string(sent_) + " " + std::string(toString(stage_)) +
                        ", of which the server began to store " + std::to_string(stats->started) +
                        " and finished " + std::to_string(stats->finished) + ".");
    }
  }

  void finish(PushConnection& connection) {
    try {
      connection.await([](Dispatcher& dispatcher, PushConnection::OnAnswer done) {
        dispatcher.dispatchCommand(Command::end, "", std::move(done));
      });
    } catch (const Error& error) {
      warn(std::string("Everything is stored, but the server did not end the transfer in good "
                       "order: ") +
           error.what());
    }
    isPushOpen_ = false;
    connection.close();
  }

  // Whether the server has answered, and nothing is in the way of a good end.
  bool takeBack(TimePoint deadline) {
    if (commit_) {
      const auto committed = connection_->waitUntil(*commit_, deadline);
      if (!committed || (committed->error && committed->error != ErrorCondition::remote)) {
        return false;
      }
      if (!committed->error) {
        effect_.database = PushEffect::Database::committed;
        return true;
      }
      effect_.database = PushEffect::Database::rollbackExpected;
    }
    // A second message in flight would end a server that handles them all at once.
    if (!isQueuing_ && !connection_->waitUntilIdle(deadline)) {
      return false;
    }
    const auto call =
        connection_->startAnyway(request(TransferAction::rollback, patient(options_.retry)));
    const auto result = connection_->waitUntil(*call, deadline);
    if (result && !result->error && effect_.database != PushEffect::Database::untouched) {
      effect_.database = PushEffect::Database::rolledBack;
    }
    return result && (!result->error || result->error == ErrorCondition::remote);
  }

  void sendFull() {
    if (assetBatch_->isFull()) {
      connection_->send(assetBatch_->take());
    }
  }

  Asset& openAsset(std::string_view assetID) {
    const auto asset = assets_.find(std::string(assetID));
    if (asset == assets_.end()) {
      throwNow(Errc::invalidState, "There is no open asset of this id: call begin() first.");
    }
    return asset->second;
  }

  void requireBootstrap() const {
    if (!schemas_) {
      throwNow(Errc::invalidState, "The destination was not looked at: call bootstrap() first.");
    }
  }

  PushConnection& requirePush() const {
    if (!isPushOpen_) {
      throwNow(Errc::invalidState, "No push is open: call beforeTransfer() first.");
    }
    return *connection_;
  }

  Error inStage(Errc code, std::string message, std::string_view subject = {}) const {
    ErrorInfo info;
    info.message = std::move(message);
    info.stage = std::string(toString(stage_));
    info.subject = printable(subject, 400);
    return Error(code, std::move(info));
  }

  void warn(std::string message) {
    if (options_.onDiagnostic) {
      Diagnostic diagnostic;
      diagnostic.kind = "warning";
      diagnostic.message = std::move(message);
      // Where the server's own come from, too.
      asio::post(connection_->dispatcher().executor(),
                 [report = options_.onDiagnostic, diagnostic = std::move(diagnostic)] {
                   report(diagnostic);
                 });
    }
  }

  const std::string adminUrl_;
  const RemoteDestinationOptions options_;
  const std::shared_ptr<FilesBackup> filesBackup_ = std::make_shared<FilesBackup>();

  std::optional<Metadata> metadata_;
  std::optional<std::vector<Schema>> schemas_;

  std::string transferID_;
  bool checksums_ = false;
  AssetEncoding encoding_ = AssetEncoding::base64;
  bool isQueuing_ = false;
  bool isPushOpen_ = false;
  PushEffect effect_;
  std::shared_ptr<PushConnection::Call> commit_;

  TransferStage stage_ = TransferStage::schemas;
  std::uint64_t sent_ = 0;  ///< Records or assets of the stage.
  std::optional<RecordBatch> recordBatch_;
  std::optional<AssetBatch> assetBatch_;
  std::unordered_map<std::string, Asset> assets_;  ///< By the source's ids.

  mutable std::mutex mutex_;  ///< Guards what follows against cancel().
  bool isCancelled_ = false;
  bool mayRollBack_ = false;  ///< A rollback would be sent, so that the socket has to stay.
  bool isRollingBack_ = false;
  WebSocketStatistics closed_;  ///< Of connections before this one.
  std::unique_ptr<PushConnection> connection_;
};

RemoteDestination::RemoteDestination(std::string_view adminUrl, RemoteDestinationOptions options)
    : impl_(std::make_unique<Impl>(adminUrl, std::move(options))) {}

RemoteDestination::~RemoteDestination() = default;

void RemoteDestination::bootstrap() {
  impl_->bootstrap();
}
std::optional<Metadata> RemoteDestination::getMetadata() {
  return impl_->getMetadata();
}
std::optional<std::vector<Schema>> RemoteDestination::getSchemas() {
  return impl_->getSchemas();
}
void RemoteDestination::beforeTransfer(const TransferManifest& manifest) {
  impl_->beforeTransfer(manifest);
}
void RemoteDestination::beginStage(TransferStage stage) {
  impl_->beginStage(stage);
}
RecordSink& RemoteDestination::records() {
  return *impl_;
}
AssetSink& RemoteDestination::assets() {
  return *impl_;
}
void RemoteDestination::endStage() {
  impl_->endStage();
}
void RemoteDestination::close() {
  impl_->close();
}
void RemoteDestination::rollback() noexcept {
  impl_->rollback();
}
void RemoteDestination::cancel() noexcept {
  impl_->cancel();
}
PushEffect RemoteDestination::effect() const {
  return impl_->effect();
}
bool RemoteDestination::checksumsNegotiated() const {
  return impl_->checksumsNegotiated();
}
WebSocketStatistics RemoteDestination::statistics() const {
  return impl_->statistics();
}

}  // namespace wsferry::strapi
