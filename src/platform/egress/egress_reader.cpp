#include "wsferry/platform/egress_reader.hpp"

#include <array>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <utility>

#include "platform/egress/egress_session.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"

namespace wsferry::platform {

std::string_view toString(EgressOutcome value) noexcept {
  constexpr std::array<std::string_view, 5> names = {"complete", "incomplete", "failed", "refused",
                                                     "cancelled"};
  const auto index = static_cast<std::size_t>(value);
  return index < names.size() ? names[index] : std::string_view("unknown");
}

EgressReader::EgressReader(asio::io_context& context, EgressOptions options)
    : EgressReader(asio::make_strand(context), std::move(options)) {}

EgressReader::EgressReader(asio::any_io_executor strand, EgressOptions options)
    : session_(std::make_shared<EgressSession>(std::move(strand), std::move(options))) {}

EgressReader::EgressReader(EgressReader&&) noexcept = default;

EgressReader& EgressReader::operator=(EgressReader&& other) noexcept {
  EgressReader old(std::move(*this));
  session_ = std::move(other.session_);
  return *this;
}

EgressReader::~EgressReader() {
  if (session_) {
    postLast(session_->executor(), [session = session_] { session->end(); });
  }
}

asio::any_io_executor EgressReader::executor() const {
  return session_->executor();
}

void EgressReader::close() {
  asio::post(session_->executor(), [session = session_] { session->close(); });
}

void EgressReader::startNext(const std::shared_ptr<EgressSession>& session,
                             Completion<std::error_code, EgressEvent> completion) {
  const auto id = session->newCallId();
  startCall(
      session->executor(), session, std::move(completion),
      [id](EgressSession& held, EgressSession::NextCompletion begun) {
        held.next(id, std::move(begun));
      },
      [id](EgressSession& held, asio::cancellation_type) { held.cancel(id); });
}

}  // namespace wsferry::platform
