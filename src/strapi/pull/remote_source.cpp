#include "wsferry/strapi/remote_source.hpp"

#include <optional>
#include <utility>

#include "strapi/messages/answers.hpp"
#include "strapi/pull/stage_queue.hpp"
#include "wsferry/core/detail/text/redaction.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"
#include "wsferry/strapi/detail/pull/asset_receiver.hpp"
#include "wsferry/strapi/detail/pull/source_warnings.hpp"

namespace wsferry::strapi {

class RemoteSource::Impl {
 public:
  Impl(std::string_view adminUrl, RemoteSourceOptions options)
      : options_(std::move(options)),
        connection_(adminUrl, TransferKind::pull, options_.connection, dispatcherOptions()) {
    options_.onDiagnostic = guarded(gate_, std::move(options_.onDiagnostic));
  }

  ~Impl() {
    gate_->close();
    connection_.close();
  }

  void bootstrap() {
    connection_.open(
        [warnings = warnings_, report = options_.onDiagnostic](const Diagnostic& diagnostic) {
          warnings->note(diagnostic);
          if (report) {
            report(diagnostic);
          }
        });
    InitRequest request = InitRequest::pull();
    request.checksums = options_.checksums;
    const auto init = connection_.await<InitAnswer>([&request](Dispatcher& dispatcher, auto token) {
      dispatcher.init(std::move(request), std::move(token));
    });
    checksumsNegotiated_ = options_.checksums && init.checksums;
    if (options_.checksums && !checksumsNegotiated_) {
      reportWarning(
          connection_.dispatcher(), options_.onDiagnostic,
          "The server does not send checksums (Strapi before 5.43): the assets are transferred "
          "without verification.");
    }
    action(TransferAction::bootstrap);
  }

  Metadata getMetadata() { return readMetadata(action(TransferAction::getMetadata).data); }

  std::vector<Schema> getSchemas() { return readSchemas(action(TransferAction::getSchemas).data); }

  void readRecords(TransferStage stage, RecordSink& sink) {
    RecordReader reader;
    readStage(stage, sink, [&](std::string_view data) {
      RecordArray records(stage, data, reader);
      while (const std::optional<Record> record = records.next()) {
        sink.record(*record);
      }
    });
  }

  void readAssets(AssetSink& sink) {
    AssetReceiver receiver(sink, checksumsNegotiated_);
    readStage(TransferStage::assets, sink, [&](std::string_view data) { receiver.receive(data); });
    receiver.finish();
  }

  void close() {
    action(TransferAction::close);
    connection_.close();
  }

  void cancel() noexcept { connection_.cancel(); }

  bool checksumsNegotiated() const { return checksumsNegotiated_; }
  WebSocketStatistics statistics() const { return connection_.statistics(); }

  bool isOfOtherProcess() const { return process_.isOther(); }

 private:
  DispatcherOptions dispatcherOptions() const {
    DispatcherOptions result;
    result.retryMessageOptions = options_.retry;
    result.keepAlive = options_.keepAlive;
    return result;
  }

  Answer action(TransferAction action) {
    return connection_.await([action](Dispatcher& dispatcher, auto token) {
      dispatcher.dispatchTransferAction(action, std::move(token));
    });
  }

  Answer step(TransferStage stage, StepAction action) {
    const bool isSlow = stage == TransferStage::assets && action == StepAction::start;
    const RetryMessageOptions retry = isSlow ? patient(options_.retry) : options_.retry;
    return connection_.await([&](Dispatcher& dispatcher, auto token) {
      dispatcher.dispatchTransferStep(stage, action, "", retry, std::move(token));
    });
  }

  // One step from start to end: each message's data goes to `take`.
  template <class Sink, class Take>
  void readStage(TransferStage stage, Sink& sink, Take take) {
    try {
      warnings_->takeLastError();  // That of another stage says nothing of this one.
      const StartAnswer started = readStartAnswer(step(stage, StepAction::start).data);
      if (stage == TransferStage::assets) {  // Of others there are none.
        sink.totals(started.totals);
      }
      drain(started.processID, sink, take);
      step(stage, StepAction::end);
      tellOmissions(sink);  // All have come: before that answer.
    } catch (const Error& error) {
      throw Error(error.code(),
                  withoutSecrets(error.at(toString(stage)).info(), connection_.secrets()));
    }
  }

  template <class Sink>
  void tellOmissions(Sink& sink) {
    for (const Omission& omission : warnings_->takeOmissions()) {
      sink.omitted(omission);
    }
  }

  template <class Sink, class Take>
  void drain(const std::string& processID, Sink& sink, Take take) {
    Dispatcher& dispatcher = connection_.dispatcher();
    const auto queue = std::make_shared<StageQueue>(
        options_.queueBytes,
        [&dispatcher](std::string_view uuid) { dispatcher.acknowledge(uuid); });
    warnings_->wakeOnOmission([queue = std::weak_ptr(queue)] {
      if (const auto waiting = queue.lock()) {
        waiting->wake();
      }
    });
    dispatcher.subscribe(processID, queue);
    for (;;) {
      const std::optional<ProcessData> message = queue->pop();
      tellOmissions(sink);
      if (!message) {
        continue;
      }
      if (!message->error.empty()) {
        throw streamFailed(message->error, warnings_->takeLastError());
      }
      if (message->dataLength != 0) {
        take(message->data());
      }
      if (message->ended) {
        return;
      }
    }
  }

  RemoteSourceOptions options_;
  const std::shared_ptr<SourceWarnings> warnings_ = std::make_shared<SourceWarnings>();
  const ProcessMark process_;
  const std::shared_ptr<CallbackGate> gate_ = std::make_shared<CallbackGate>();
  bool checksumsNegotiated_ = false;
  BlockingConnection connection_;
};

RemoteSource::RemoteSource(std::string_view adminUrl, RemoteSourceOptions options)
    : impl_(std::make_unique<Impl>(adminUrl, std::move(options))) {}

RemoteSource::~RemoteSource() {
  if (impl_->isOfOtherProcess()) {
    keepForEver(std::shared_ptr<const void>(std::move(impl_)));
  }
}

void RemoteSource::bootstrap() {
  impl_->bootstrap();
}
Metadata RemoteSource::getMetadata() {
  return impl_->getMetadata();
}
std::vector<Schema> RemoteSource::getSchemas() {
  return impl_->getSchemas();
}
void RemoteSource::readRecords(TransferStage stage, RecordSink& sink) {
  impl_->readRecords(stage, sink);
}
void RemoteSource::readAssets(AssetSink& sink) {
  impl_->readAssets(sink);
}
void RemoteSource::close() {
  impl_->close();
}
void RemoteSource::cancel() noexcept {
  impl_->cancel();
}
bool RemoteSource::checksumsNegotiated() const {
  return impl_->checksumsNegotiated();
}
WebSocketStatistics RemoteSource::statistics() const {
  return impl_->statistics();
}

}  // namespace wsferry::strapi
