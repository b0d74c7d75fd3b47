#include "wsferry/strapi/remote_destination.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "strapi/messages/answers.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/strapi/detail/push/asset_sender.hpp"
#include "wsferry/strapi/detail/push/push_pipeline.hpp"
#include "wsferry/strapi/detail/push/push_transaction.hpp"
#include "wsferry/strapi/detail/push/record_sender.hpp"
#include "wsferry/strapi/detail/push/skipped_links.hpp"
#include "wsferry/strapi/detail/push/stage_error.hpp"
#include "wsferry/strapi/detail/schema/server_version.hpp"
#include "wsferry/strapi/restore_scope.hpp"
#include "wsferry/strapi/transfer_error.hpp"

namespace wsferry::strapi {
namespace {

// Beyond this a sum with the time overflows.
constexpr Duration longestRollback = std::chrono::hours(24 * 365);

// Of the look at the destination before a transfer. It deletes nothing.
RestoreScope emptyScope() {
  RestoreScope scope = scopeFor(TransferFilter{}, {});
  scope.includedTypes.emplace();
  scope.assets = false;
  scope.configuration = false;
  return scope;
}

void add(WebSocketStatistics& sum, const WebSocketStatistics& more) {
  sum.bytesReceived += more.bytesReceived;
  sum.bytesSent += more.bytesSent;
  sum.messagesReceived += more.messagesReceived;
  sum.messagesSent += more.messagesSent;
}

[[noreturn]] void throwNow(Errc code, const char* message) {
  throw Error(code, message);
}

}  // namespace

class RemoteDestination::Impl {
 public:
  Impl(std::string_view adminUrl, RemoteDestinationOptions options)
      : adminUrl_(adminUrl), options_(std::move(options)) {
    if (options_.window.batches == 0) {
      throw Error(Errc::invalidOption, "The window of a push needs room for at least one batch.")
          .ofOption("window.batches");
    }
    options_.onDiagnostic = guarded(gate_, std::move(options_.onDiagnostic));
    connection_ = makeConnection();  // For what is wrong with the URL.
  }

  ~Impl() { gate_->close(); }

  void bootstrap() {
    if (isPushOpen_) {
      throwNow(Errc::invalidState, "bootstrap() comes before beforeTransfer().");
    }
    connect();
    init(emptyScope());
    metadata_ = readMetadata(action(TransferAction::getMetadata).data);
    schemas_ = readSchemas(action(TransferAction::getSchemas).data);
    endLook();
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
    if (isPushOpen_ || hasPushed_) {
      throwNow(Errc::invalidState, "beforeTransfer() works once per RemoteDestination.");
    }
    const RestoreScope scope = scopeFor(manifest.filter, *schemas_);
    connect();
    negotiate(init(scope));
    checkVersion();
    openWindow();
    hasPushed_ = true;  // What the transaction and the counts say is about one push.
    transaction_.begin(*connection_, scope.assets);
  }

  void beginStage(TransferStage stage) {
    stage_ = stage;
    if (stage == TransferStage::schemas) {
      return;  // Never crosses the wire.
    }
    PushPipeline& connection = requirePush();
    connection.drain();
    if (stage == TransferStage::assets) {
      transaction_.beginAssets();
    }
    connection.beginBatches();
    connection.awaitStep(stage, StepAction::start);
    if (stage == TransferStage::assets) {
      assets_.open(connection, transferID_, encoding_, checksums_);
    } else {
      records_.open(connection, stage, transferID_);
    }
  }

  std::vector<Loss> losses() const { return skippedLinks_->losses(); }

  RecordSink& records() { return records_; }
  AssetSink& assets() { return assets_; }

  void endStage() {
    if (stage_ == TransferStage::schemas) {
      return;
    }
    PushPipeline& connection = requirePush();
    if (stage_ == TransferStage::assets) {
      const std::uint64_t sent = assets_.finish();
      compare(sent, transaction_.endAssets(connection));
    } else {
      const std::uint64_t sent = records_.finish();
      compare(sent, connection.awaitStep(stage_, StepAction::end));
    }
  }

  void close() {
    PushPipeline& connection = requirePush();
    connection.drain();
    transaction_.commit(connection);
    finish(connection);
  }

  void rollback() noexcept {
    try {
      leave();
    } catch (...) {  // Out of memory or threads. A server rolls back when the connection ends.
      connection_->cancel();
    }
    const std::lock_guard lock(mutex_);
    mayRollBack_ = false;
    isRollingBack_ = false;
  }

  void cancel() noexcept {
    const std::lock_guard lock(mutex_);
    ++cancels_;
    if (cancels_ > 1 && (isRollingBack_ || !mayRollBack_)) {
      connection_->drop();
    } else if (!mayRollBack_) {
      connection_->cancel();
    }
    connection_->interrupt();
  }

  PushEffect effect() const { return transaction_.effect(); }
  bool checksumsNegotiated() const { return checksums_; }

  WebSocketStatistics statistics() const {
    const std::lock_guard lock(mutex_);
    WebSocketStatistics sum = connection_->statistics();
    add(sum, closed_);
    return sum;
  }

  bool isOfOtherProcess() const { return process_.isOther(); }

 private:
  std::unique_ptr<PushPipeline> makeConnection() const {
    DispatcherOptions dispatcher;
    dispatcher.retryMessageOptions = options_.retry;
    dispatcher.keepAlive = options_.keepAlive;
    if (!remembersMessages()) {
      dispatcher.retryMessageOptions.resendSizeLimit = 0;
    }
    return std::make_unique<PushPipeline>(adminUrl_, options_.connection, dispatcher);
  }

  void leave() {
    {
      const std::lock_guard lock(mutex_);
      isRollingBack_ = true;
      if (cancels_ > 1) {
        connection_->drop();
      }
    }
    records_.abandon();
    assets_.abandon();
    const TimePoint deadline = Clock::now() + rollbackPatience();
    // On the connection's own thread no answer can come.
    if (std::exchange(isPushOpen_, false) && !connection_->isOnOwnThread() &&
        transaction_.takeBack(*connection_, isQueuing_, deadline)) {
      connection_->close();
    }
    // Drops the socket. A server whose answer is overdue rolls back when it sees that.
    replace(makeConnection());
  }

  void replace(std::unique_ptr<PushPipeline> next) {
    const std::lock_guard lock(mutex_);
    add(closed_, connection_->statistics());
    std::swap(connection_, next);
    if (cancels_ > 0) {
      connection_->cancel();
    }
  }

  void connect() {
    replace(makeConnection());
    connection_->open([backup = transaction_.filesBackup(), links = skippedLinks_,
                       report = options_.onDiagnostic](const Diagnostic& d) {
      links->note(d);
      backup->note(d);
      if (report) {
        report(d);
      }
    });
  }

  InitAnswer init(const RestoreScope& scope) {
    InitRequest request = InitRequest::push(scope);
    request.checksums = options_.checksums;
    InitAnswer init =
        connection_->await<InitAnswer>([&request](Dispatcher& dispatcher, auto token) {
          dispatcher.init(std::move(request), std::move(token));
        });
    transferID_ = init.transferID.value;
    action(TransferAction::bootstrap);
    return init;
  }

  void negotiate(const InitAnswer& init) {
    {
      const std::lock_guard lock(mutex_);
      if (cancels_ > 0) {
        throwCancelled();
      }
      mayRollBack_ = true;
    }
    isPushOpen_ = true;
    checksums_ = options_.checksums && init.checksums;
    encoding_ = init.base64 ? AssetEncoding::base64 : AssetEncoding::byteArray;
    if (options_.checksums && !checksums_) {
      warn("The server does not verify checksums (" + serversWithout(ServerAbility::checksums) +
           "): the files are transferred without verification.");
    }
    if (!init.base64) {
      warn(
          "The server takes files as arrays of numbers only (" +
          serversWithout(ServerAbility::base64Assets) +
          "): they need three times the traffic, and large files may exhaust the server's memory.");
    }
  }

  // The window depends on the version, and the user may have thought for hours.
  void checkVersion() {
    const Metadata now = readMetadata(action(TransferAction::getMetadata).data);
    if (now.strapiVersion != metadata_->strapiVersion) {
      throw Error(TransferErrc::versionMismatch,
                  "The server's Strapi version changed from " +
                      printable(metadata_->strapiVersion, 50) + " to " +
                      printable(now.strapiVersion, 50) +
                      " since it was checked. Nothing was changed: start the transfer again.");
    }
  }

  void openWindow() {
    if (!saysCounts()) {
      warn("The server does not report how much it stored (" +
           serversWithout(ServerAbility::stepStats) +
           "): nothing confirms that it stored all that was sent.");
    }
    isQueuing_ = hasAbility(metadata_->strapiVersion, ServerAbility::messagesInFlight);
    if (isQueuing_) {
      connection_->setWindow(options_.window);
    }
  }

  // As long as the version is not known, nothing is changed at the server.
  bool remembersMessages() const {
    return !metadata_ || hasAbility(metadata_->strapiVersion, ServerAbility::remembersMessages);
  }

  bool saysCounts() const { return hasAbility(metadata_->strapiVersion, ServerAbility::stepStats); }

  // A server that has answered this is done with the look. One whose connection just ends rolls
  // back first, and then switches the project's lifecycle hooks on, which may be in the middle of
  // the push.
  void endLook() {
    try {
      action(TransferAction::close);
      connection_->await(detail::endRequest());
    } catch (const Error& error) {
      if (error.code() != ErrorCondition::remote) {
        throw;
      }
      // It ends with the connection.
    }
    connection_->close();
  }

  Answer action(TransferAction action) { return connection_->await(connection_->request(action)); }

  void compare(std::uint64_t sent, const Answer& answer) const {
    const auto stats = readStepStats(answer.data);
    if (!stats && saysCounts()) {
      throw stageError(stage_, Errc::dataMissing,
                       "The server did not say how many of the " + std::string(toString(stage_)) +
                           " it stored, although servers of its version do; sent: " +
                           std::to_string(sent) + ".");
    }
    if (stats && (stats->started != sent || stats->finished != sent)) {
      throw stageError(stage_, Errc::dataMissing,
                       "Of the " + std::string(toString(stage_)) + ", " + std::to_string(sent) +
                           " sent, the server began to store " + std::to_string(stats->started) +
                           " and finished " + std::to_string(stats->finished) + ".");
    }
  }

  void finish(PushPipeline& connection) {
    try {
      transaction_.end(connection);
    } catch (const Error& error) {
      if (error.code() != ErrorCondition::remote) {
        throw;
      }
      warn(std::string("The server did not end the transfer in good order after its commit: ") +
           error.what());
    }
    isPushOpen_ = false;
    {
      const std::lock_guard lock(mutex_);
      mayRollBack_ = false;
    }
    connection.close();
  }

  // Where silence never counts as death, a rollback has to end all the same.
  Duration rollbackPatience() const {
    const Duration window = options_.keepAlive.livenessWindow;
    return window.count() > 0 ? std::min(window, longestRollback)
                              : KeepAliveOptions().livenessWindow;
  }

  void requireBootstrap() const {
    if (!schemas_) {
      throwNow(Errc::invalidState, "The destination was not checked: call bootstrap() first.");
    }
  }

  PushPipeline& requirePush() const {
    if (!isPushOpen_) {
      throwNow(Errc::invalidState, "No push is open: call beforeTransfer() first.");
    }
    return *connection_;
  }

  void warn(std::string message) {
    reportWarning(connection_->dispatcher(), options_.onDiagnostic, std::move(message));
  }

  const std::string adminUrl_;
  RemoteDestinationOptions options_;
  const ProcessMark process_;
  const std::shared_ptr<CallbackGate> gate_ = std::make_shared<CallbackGate>();

  std::optional<Metadata> metadata_;
  std::optional<std::vector<Schema>> schemas_;

  std::string transferID_;
  bool checksums_ = false;
  AssetEncoding encoding_ = AssetEncoding::base64;
  bool isQueuing_ = false;
  bool isPushOpen_ = false;
  bool hasPushed_ = false;
  PushTransaction transaction_;
  const std::shared_ptr<SkippedLinks> skippedLinks_ = std::make_shared<SkippedLinks>();

  TransferStage stage_ = TransferStage::schemas;
  RecordSender records_;
  AssetSender assets_;

  mutable std::mutex mutex_;  ///< Guards what follows against cancel().
  unsigned cancels_ = 0;
  bool mayRollBack_ = false;  ///< A rollback would be sent, so that the socket has to stay.
  bool isRollingBack_ = false;
  WebSocketStatistics closed_;  ///< Of connections before this one.
  std::unique_ptr<PushPipeline> connection_;
};

RemoteDestination::RemoteDestination(std::string_view adminUrl, RemoteDestinationOptions options)
    : impl_(std::make_unique<Impl>(adminUrl, std::move(options))) {}

RemoteDestination::~RemoteDestination() {
  if (impl_->isOfOtherProcess()) {
    keepForEver(std::shared_ptr<const void>(std::move(impl_)));
  }
}

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
  return impl_->records();
}
AssetSink& RemoteDestination::assets() {
  return impl_->assets();
}
void RemoteDestination::endStage() {
  impl_->endStage();
}
void RemoteDestination::close() {
  impl_->close();
}
std::vector<Loss> RemoteDestination::losses() const {
  return impl_->losses();
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
