#include "gateway/session/event_delivery.hpp"

#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include "wsferry/core/detail/error/thrown.hpp"

namespace wsferry::gateway {
namespace {

// What an event costs besides its text.
constexpr std::size_t eventSize = 256;
// Of a server that makes up processors and channels.
constexpr std::size_t mostOpenPartials = 64;

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

// What the server had said counts more than what a handler makes of it.
void addException(Verdict& verdict, const std::exception_ptr& exception) {
  verdict.exception = exception;
  if (verdict.outcome == Outcome::cancelled) {
    verdict.info.message = "An event handler threw an exception" + exceptionText(exception) +
                           ". The stream was closed for it; its results are incomplete.";
  }
}

}  // namespace

EventDelivery::EventDelivery(asio::any_io_executor executor, std::shared_ptr<IoThread> thread,
                             StreamEvents events, std::size_t limit)
    : thread_(std::move(thread)),
      executor_(std::move(executor)),
      events_(std::move(events)),
      limit_(limit) {}

void EventDelivery::start(std::weak_ptr<EventDeliveryOwner> owner) {
  owner_ = std::move(owner);
  work_ = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
}

void EventDelivery::metadata(std::string&& text, std::string_view subject) {
  if (events_.onMetadata) {
    const std::size_t size = text.size();
    post(size, [part = TextPart(std::move(text), subject)](const StreamEvents& events) {
      events.onMetadata(readMetadata(part.get()));
    });
  }
}

void EventDelivery::response(std::string&& text, std::string_view subject) {
  if (events_.onResponse) {
    const std::size_t size = text.size();
    // `this` lives as long as the event.
    post(size, [this, part = TextPart(std::move(text), subject)](const StreamEvents& events) {
      Response response = readResponse(part.get());
      events.onResponse(response);
      notePartial(std::move(response));
    });
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

void EventDelivery::verdict(Verdict verdict, EndWaiters waiters) {
  const auto executor = work_;
  asio::post(executor, [self = shared_from_this(), verdict = std::move(verdict),
                        waiters = std::move(waiters)]() mutable {
    // Given back here, where the context runs: one that is out of work may be destroyed at once.
    const auto work = std::exchange(self->work_, {});
    self->conclude(std::move(verdict), std::move(waiters));
  });
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
  if (!exception_) {
    try {
      gate_->run([&] { call(events_); });
    } catch (...) {
      onException(std::current_exception());
    }
  }
  if ((waiting_ -= bytes) <= limit_ / 2 && full_.exchange(false)) {
    if (const auto owner = owner_.lock()) {
      owner->onEventsTaken();
    }
  }
}

// A final result is what became of the partial ones before it.
void EventDelivery::notePartial(Response response) {
  const bool isPartial = response.frameType == "partial";
  if (!isPartial && (!response.isFinal() || openPartials_.empty())) {
    return;
  }
  const auto transcription = transcriptionOf(response);
  const auto key = std::pair(response.processorId, transcription ? transcription->channel : 0);
  openPartials_.erase(key);
  const bool hasText =
      transcription ? !transcription->text.empty() : !rawPayloadOf(response).value_or("").empty();
  if (isPartial && hasText && openPartials_.size() < mostOpenPartials) {
    openPartials_.emplace(key, std::move(response));
  }
}

void EventDelivery::conclude(Verdict verdict, EndWaiters waiters) {
  // Completed even if the handler throws.
  struct AtEnd {
    const Verdict& verdict;
    EndWaiters waiters;

    ~AtEnd() {
      if (waiters.connect) {
        // A stream may be over without an error, and never have been ready for audio.
        waiters.connect(verdict.error ? verdict.error : Errc::connectionClosed, verdict.info);
      }
      for (auto& finish : waiters.finishes) {
        finish(verdict);
      }
    }
  };
  if (exception_) {
    addException(verdict, exception_);
  }
  verdict_ = std::move(verdict);
  for (auto& partial : std::exchange(openPartials_, {})) {
    verdict_.openPartials.push_back(std::move(partial.second));
  }
  const AtEnd atEnd{verdict_, std::move(waiters)};
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
