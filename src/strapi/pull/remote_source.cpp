#include "wsferry/strapi/remote_source.hpp"

#include <map>
#include <optional>
#include <utility>

#include "strapi/messages/answers.hpp"
#include "strapi/pull/stage_queue.hpp"
#include "wsferry/core/detail/secrets/redaction.hpp"
#include "wsferry/core/detail/thread/callback_gate.hpp"
#include "wsferry/core/detail/thread/process_mark.hpp"
#include "wsferry/strapi/detail/dispatch/blocking_connection.hpp"
#include "wsferry/strapi/detail/messages/record_array.hpp"
#include "wsferry/strapi/detail/pull/asset_receiver.hpp"
#include "wsferry/strapi/detail/pull/source_warnings.hpp"
#include "wsferry/strapi/detail/schema/server_version.hpp"

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
    connection_.requireOtherThread();
    forgetConnection();  // First: what follows may fail.
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
      reportWarning(connection_.dispatcher(), options_.onDiagnostic,
                    "The server does not send checksums (" +
                        serversWithout(ServerAbility::checksums) +
                        "): the files are transferred without verification.");
    }
    action(TransferAction::bootstrap);
    // Both will be asked for: one way to the server and back instead of two.
    metadata_ = connection_.start(connection_.request(TransferAction::getMetadata));
    schemas_ = connection_.start(connection_.request(TransferAction::getSchemas));
  }

  Metadata getMetadata() { return readMetadata(answerTo(TransferAction::getMetadata, metadata_)); }

  std::vector<Schema> getSchemas() {
    return readSchemas(answerTo(TransferAction::getSchemas, schemas_));
  }

  void readAhead(const std::vector<TransferStage>& stages) {
    std::vector<std::shared_ptr<Call<Answer>>> calls;
    calls.reserve(stages.size());
    for (const TransferStage stage : stages) {
      calls.push_back(connection_.start(connection_.request(stage, StepAction::start)));
    }
    auto call = calls.begin();
    for (const TransferStage stage : stages) {
      inStage(stage, [&] {
        opened_.emplace(stage, open(stage, **call++, options_.queueBytes / aheadShare));
      });
    }
  }

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

  /// A step that was started, and whose data comes.
  struct OpenStage {
    StageTotals totals;
    std::shared_ptr<StageQueue> queue;
  };

  // What is read ahead of a stage has this part of the memory of one that is read.
  static constexpr std::size_t aheadShare = 8;

  // What is of it leads to where it was, or tells of what another one does not know.
  void forgetConnection() {
    opened_.clear();
    metadata_ = nullptr;
    schemas_ = nullptr;
    warnings_ = std::make_shared<SourceWarnings>();
    checksumsNegotiated_ = false;
  }

  Answer action(TransferAction action) { return connection_.await(connection_.request(action)); }

  // The answer to what was asked at the beginning, or, when that was taken, to a new question.
  std::string answerTo(TransferAction asked, std::shared_ptr<Call<Answer>>& call) {
    connection_.requireOtherThread();
    const auto begun = std::exchange(call, nullptr);
    return begun ? connection_.wait(*begun).data : action(asked).data;
  }

  OpenStage begun(TransferStage stage) {
    if (auto ahead = opened_.extract(stage)) {
      ahead.mapped().queue->setLimit(options_.queueBytes);
      return std::move(ahead.mapped());
    }
    warnings_->takeLastError();  // That of another stage says nothing of this one.
    return open(stage, *connection_.start(connection_.request(stage, StepAction::start)),
                options_.queueBytes);
  }

  OpenStage open(TransferStage stage, Call<Answer>& start, std::size_t queueBytes) {
    const StartAnswer started = readStartAnswer(connection_.waitForStep(stage, start).data);
    Dispatcher& dispatcher = connection_.dispatcher();
    OpenStage opened{started.totals,
                     std::make_shared<StageQueue>(queueBytes, [&dispatcher](std::string_view uuid) {
                       dispatcher.acknowledge(uuid);
                     })};
    dispatcher.subscribe(started.processID, opened.queue);
    return opened;
  }

  // One step from start to end: each message's data goes to `take`.
  template <class Sink, class Take>
  void readStage(TransferStage stage, Sink& sink, Take take) {
    inStage(stage, [&] {
      connection_.requireOtherThread();
      const OpenStage opened = begun(stage);
      if (stage == TransferStage::assets) {  // Of others there are none.
        sink.totals(opened.totals);
      }
      drain(stage, opened.queue, sink, take);
      static_cast<void>(readStepStats(connection_.awaitStep(stage, StepAction::end).data));
      tellOmissions(sink);  // All have come: before that answer.
      // A server that calls it an error ends the step as if nothing were missing.
      if (const std::string error = warnings_->takeLastError(); !error.empty()) {
        throw processFailed(stage, {}, error);
      }
    });
  }

  // Says in what fails which stage it was.
  template <class Work>
  void inStage(TransferStage stage, Work work) {
    try {
      work();
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
  void drain(TransferStage stage, const std::shared_ptr<StageQueue>& queue, Sink& sink, Take take) {
    warnings_->wakeOnOmission([queue = std::weak_ptr(queue)] {
      if (const auto waiting = queue.lock()) {
        waiting->wake();
      }
    });
    tellOmissions(sink);  // Those that came before.
    for (;;) {
      const std::optional<ProcessData> message = queue->pop();
      tellOmissions(sink);
      if (!message) {
        continue;
      }
      if (!message->error.empty()) {
        throw processFailed(stage, message->error, warnings_->takeLastError());
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
  std::shared_ptr<SourceWarnings> warnings_ = std::make_shared<SourceWarnings>();
  const ProcessMark process_;
  const std::shared_ptr<CallbackGate> gate_ = std::make_shared<CallbackGate>();
  bool checksumsNegotiated_ = false;
  BlockingConnection connection_;
  std::shared_ptr<Call<Answer>> metadata_;  ///< Asked for, and not taken yet.
  std::shared_ptr<Call<Answer>> schemas_;
  std::map<TransferStage, OpenStage> opened_;  ///< Read ahead.
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
void RemoteSource::readAhead(const std::vector<TransferStage>& stages) {
  impl_->readAhead(stages);
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
