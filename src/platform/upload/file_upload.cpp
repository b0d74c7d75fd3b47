#include "wsferry/platform/file_upload.hpp"

#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <utility>

#include "platform/upload/upload_session.hpp"
#include "wsferry/core/detail/thread/last_post.hpp"
#include "wsferry/core/detail/thread/start_call.hpp"

namespace wsferry::platform {

FileUpload::FileUpload(asio::io_context& context, UploadOptions options)
    : FileUpload(asio::make_strand(context), std::move(options)) {}

FileUpload::FileUpload(asio::any_io_executor strand, UploadOptions options)
    : session_(std::make_shared<UploadSession>(std::move(strand), std::move(options))) {}

FileUpload::FileUpload(FileUpload&&) noexcept = default;

FileUpload& FileUpload::operator=(FileUpload&& other) noexcept {
  FileUpload old(std::move(*this));
  session_ = std::move(other.session_);
  return *this;
}

FileUpload::~FileUpload() {
  if (session_) {
    postLast(session_->executor(), [session = session_] { session->end(); });
  }
}

asio::any_io_executor FileUpload::executor() const {
  return session_->executor();
}

void FileUpload::finish() {
  asio::post(session_->executor(), [session = session_] { session->finish(); });
}

void FileUpload::close() {
  asio::post(session_->executor(), [session = session_] { session->close(); });
}

void FileUpload::startUpload(
    const std::shared_ptr<UploadSession>& session,
    Completion<std::error_code, ErrorInfo, gateway::StreamMetadata> completion) {
  const auto id = session->newCallId();
  startCall(
      session->executor(), session, std::move(completion),
      [id](UploadSession& held, UploadSession::StreamCompletion begun) {
        held.start(id, std::move(begun));
      },
      [id](UploadSession& held, asio::cancellation_type type) { held.cancelStart(id, type); });
}

void FileUpload::startWrite(const std::shared_ptr<UploadSession>& session, std::string block,
                            Completion<std::error_code> completion) {
  const auto id = session->newCallId();
  startCall(
      session->executor(), session, std::move(completion),
      [id, block = std::move(block)](UploadSession& held,
                                     UploadSession::WriteCompletion begun) mutable {
        held.write(id, std::move(block), std::move(begun));
      },
      [id](UploadSession& held, asio::cancellation_type type) { held.cancelWrite(id, type); });
}

}  // namespace wsferry::platform
