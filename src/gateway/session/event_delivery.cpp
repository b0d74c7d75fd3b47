#include "gateway/session/event_delivery.hpp"

#include <asio/error.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <new>
#include <utility>

#include "wsferry/core/detail/json/json_string.hpp"
#include "wsferry/gateway/detail/session/verdict_rule.hpp"

namespace wsferry::gateway {
namespace {

// What has no memory for it is destroyed instead.
template <class Complete>
void attempt(const Complete& complete) {
  try {
    complete();
  } catch (const std::bad_alloc&) {
  }
}

// What an event costs besides its text.
constexpr std::size_t eventSize = 256;

/// A text and a part of it, which stays right when it is moved.
class TextPart {
 public:
  // By reference: moving a short text moves its characters.
  TextPart(std::string&& text, std::string_view part)
      : offset_(part.empty() ? 0 : static_cast<std::size_t>(part.data() - text.data())),
        size_(part.size()),
        text_(std::move(text)) {}
  std::string_view get() const { return std::string_view(text_).substr(offset_, size_); }

 private:
  std::size_t offset_;
  std::size_t size_;
  std::string text_;
};

}  // namespace

EventDelivery::EventDelivery(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                             StreamEvents events, const StreamOptions& options)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      events_(std::move(events)),
      limit_(options.eventQueueBytes),
      pullsResults_(options.pullResults),
      streamIdMember_(options.profile.streamIdMember),
      traces_(events_.onTrace != nullptr),
      results_(options.profile.results) {}

void EventDelivery::start(std::weak_ptr<EventDeliveryOwner> owner) {
  owner_ = std::move(owner);
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
}

void EventDelivery::metadata(std::string&& text, std::string_view subject) {
  if (events_.onMetadata) {
    const std::size_t size = text.size();
    post(size, [this, part = TextPart(std::move(text), subject)](const StreamEvents& events) {
      events.onMetadata(readMetadata(part.get(), streamIdMember_));
    });
  }
}

void EventDelivery::streamId(const std::string& id) {
  if (events_.onMetadata) {
    StreamMetadata metadata;
    metadata.streamId = id;
    metadata.json = R"({"streamId":)" + encodeJsonString(id) + "}";
    const std::size_t size = metadata.json.size();
    post(size, [metadata](const StreamEvents& events) { events.onMetadata(metadata); });
  }
}

void EventDelivery::response(std::string&& text, const IncomingMessage& message) {
  if (pullsResults_) {
    const std::size_t size = text.size() + eventSize;
    waiting_ += size;
    asio::post(executor_,
               [self = shared_from_this(), size, finality = message.finality, isLast = message.ends,
                part = TextPart(std::move(text), message.subject)] {
                 self->keep(size, self->results_.read(part.get(), finality, isLast));
               });
  } else if (events_.onResponse || events_.onPartial || events_.onFinal) {
    const std::size_t size = text.size();
    // `this` lives as long as the event.
    post(size, [this, finality = message.finality, isLast = message.ends,
                part = TextPart(std::move(text), message.subject)](const StreamEvents& events) {
      tell(events, results_.read(part.get(), finality, isLast));
    });
  }
}

void EventDelivery::tell(const StreamEvents& events, Response response) {
  if (events.onResponse) {
    events.onResponse(response);
  }
  if (events.onPartial || events.onFinal) {
    for (const Transcript& transcript :
         response.transcripts ? *response.transcripts : transcriptsOf(response)) {
      const auto& handler = transcript.isFinal ? events.onFinal : events.onPartial;
      if (sentences_.says(transcript) && handler) {
        handler(transcript);
      }
    }
  }
  noteTold(response);
  openPartials_.note(std::move(response));
}

void EventDelivery::noteTold(const Response& response) {
  coverage_.note(response);
  covered_ = coverage_.position().count();
}

void EventDelivery::keep(std::size_t bytes, Response response) {
  if (closed_ || exception_) {
    untold_ += closed_ ? 1 : 0;
    taken(bytes);
    return;
  }
  openPartials_.note(response);
  unread_.push_back({std::move(response), bytes});
  giveResult();
}

void EventDelivery::readResult(ReadId id, Completion<std::error_code, Response> completion) {
  if (read_ || !pullsResults_) {
    completion(Errc::invalidState, {});
    return;
  }
  read_.emplace(Read{id, std::move(completion)});
  giveResult();
}

void EventDelivery::cancelRead(ReadId id) {
  if (read_ && read_->id == id) {
    auto cancelled = std::exchange(read_, std::nullopt);
    cancelled->completion(Errc::cancelled, {});
  }
}

void EventDelivery::giveResult() {
  if (closed_) {
    dropUnread();
  }
  if (!read_ || (unread_.empty() && !end_)) {
    return;
  }
  auto completion = std::move(read_->completion);
  read_.reset();
  if (unread_.empty()) {
    completion(end_, {});
    return;
  }
  Unread next = std::move(unread_.front());
  unread_.pop_front();
  noteTold(next.response);
  completion({}, std::move(next.response));
  taken(next.bytes);
}

void EventDelivery::dropUnread() {
  untold_ += unread_.size();
  if (end_ && !unread_.empty()) {
    end_ = Errc::cancelled;
  }
  for (const Unread& dropped : std::exchange(unread_, {})) {
    taken(dropped.bytes);
  }
}

void EventDelivery::binary(std::string bytes) {
  if (events_.onBinary) {
    const std::size_t size = bytes.size();
    post(size, [bytes = std::move(bytes)](const StreamEvents& events) { events.onBinary(bytes); });
  }
}

void EventDelivery::rawText(std::string text) {
  if (events_.onRawText) {
    const std::size_t size = text.size();
    post(size, [text = std::move(text)](const StreamEvents& events) { events.onRawText(text); });
  }
}

void EventDelivery::unknown(std::string text) {
  if (events_.onUnknown) {
    const std::size_t size = text.size();
    post(size, [text = std::move(text)](const StreamEvents& events) { events.onUnknown(text); });
  }
}

void EventDelivery::protocolError(std::string problem, std::string text) {
  if (events_.onProtocolError) {
    const std::size_t size = problem.size() + text.size();
    post(size, [problem = std::move(problem), text = std::move(text)](const StreamEvents& events) {
      events.onProtocolError(problem, text);
    });
  }
}

void EventDelivery::warning(StreamWarning warning, std::string message) {
  if (events_.onWarning) {
    const std::size_t size = message.size();
    post(size, [warning, message = std::move(message)](const StreamEvents& events) {
      events.onWarning(warning, message);
    });
  }
}

void EventDelivery::trace(StreamTrace trace) {
  // Sending does not wait for handlers, so that without this a slow one would gather them for ever.
  if (waiting_ > limit_ && trace.kind != StreamTrace::Kind::closed) {
    ++skippedTraces_;
    return;
  }
  trace.skipped = std::exchange(skippedTraces_, 0);
  const std::size_t size = trace.text.size() + eventSize;
  waiting_ += size;
  asio::post(executor_, [self = shared_from_this(), size, trace = std::move(trace)] {
    // One that is dropped is nothing of the stream that was lost.
    if (!self->closed_) {
      self->callHandler([&](const StreamEvents& events) { events.onTrace(trace); });
    }
    self->taken(size);
  });
}

void EventDelivery::verdict(Verdict verdict, EndWaiters waiters) {
  verdict_ = std::move(verdict);
  waiters_ = std::move(waiters);
  const auto executor = work_;
  try {
    asio::post(executor, [self = shared_from_this()] {
      // Given back here, where the context runs: one that is out of work may be destroyed at once.
      const auto work = std::exchange(self->work_, {});
      self->conclude(std::exchange(self->waiters_, {}));
    });
    isGiven_ = true;
  } catch (const std::bad_alloc&) {
    waiters_ = {};  // Nobody waits for memory.
    throw;
  }
}

void EventDelivery::abandon() {
  if (!isGiven_) {
    work_ = {};
  }
}

void EventDelivery::onException(const std::exception_ptr& exception) {
  exception_ = exception;
  if (const auto owner = owner_.lock()) {
    owner->onHandlerThrew();
  }
}

bool EventDelivery::isFull() {
  if (waiting_ <= limit_) {
    return false;
  }
  full_ = true;
  // Where the program has taken everything meanwhile, nobody would tell.
  const bool wasTaken = waiting_ <= limit_ / 2 && full_.exchange(false);
  return !wasTaken;
}

void EventDelivery::completeLate(Completion<Verdict> completion) {
  asio::post(executor_, [self = shared_from_this(), completion = std::move(completion)]() mutable {
    completion(self->verdict_);
  });
}

template <class Call>
void EventDelivery::post(std::size_t bytes, Call call) {
  const std::size_t size = bytes + eventSize;
  waiting_ += size;
  asio::post(executor_, [self = shared_from_this(), size, call = std::move(call)]() mutable {
    self->run(size, call);
  });
}

template <class Call>
void EventDelivery::run(std::size_t bytes, Call& call) {
  if (closed_) {
    ++untold_;
  } else {
    callHandler(call);
  }
  taken(bytes);
}

template <class Call>
void EventDelivery::callHandler(const Call& call) {
  if (exception_) {
    return;
  }
  try {
    gate_->run([&] { call(events_); });
  } catch (...) {
    onException(std::current_exception());
  }
}

void EventDelivery::taken(std::size_t bytes) {
  if ((waiting_ -= bytes) <= limit_ / 2 && full_.exchange(false)) {
    if (const auto owner = owner_.lock()) {
      owner->onEventsTaken();
    }
  }
}

void EventDelivery::conclude(EndWaiters waiters) {
  // Completed even if the handler throws.
  struct AtEnd {
    EventDelivery& delivery;
    const Verdict& verdict;
    EndWaiters waiters;

    ~AtEnd() {
      if (waiters.connect) {
        attempt([this] {
          // A stream may be over without an error, and never have been ready for audio.
          waiters.connect(verdict.error ? verdict.error : Errc::connectionClosed, verdict.info);
        });
      }
      for (auto& finish : waiters.finishes) {
        attempt([this, &finish] { finish(verdict); });
      }
      attempt([this] { delivery.giveResult(); });
    }
  };
  if (exception_) {
    addException(verdict_, exception_);
  }
  if (closed_) {
    dropUnread();
  }
  addUntold(verdict_, untold_);
  verdict_.openPartials = openPartials_.take();
  end_ = verdict_.error ? verdict_.error : make_error_code(asio::error::eof);
  const AtEnd atEnd{*this, verdict_, std::move(waiters)};
  const StreamEvents events = std::exchange(events_, {});
  if (!events.onVerdict) {
    return;
  }
  try {
    events.onVerdict(verdict_);
  } catch (...) {
    verdict_.exception = std::current_exception();
    // Who runs the executor may catch it; a thread of the stream's own has nobody.
    if (!thread_) {
      throw;
    }
  }
}

}  // namespace wsferry::gateway
