#include "gateway/session/file_sending.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/file/file_error.hpp"
#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::gateway {
namespace {

// What is no file would be waited for, on a thread that others need.
FileHandle openAudioFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw Error(Errc::invalidOption, "there is no file " + path);
  }
  if (!error && !std::filesystem::is_regular_file(status)) {
    throw Error(Errc::invalidOption, path + " is not a file: send its content with sendAudio()");
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throwFileError("read", path, errno);
  }
  return FileHandle(descriptor, path);
}

// Of the file that is open: another may have its name by now.
std::uint64_t sizeOf(const FileHandle& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) {
    throwFileError("read", file.name(), errno);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

FileSending::FileSending(const std::string& path, const std::optional<RawAudio>& raw,
                         const FilePace& pace)
    : file_(openAudioFile(path)),
      size_(sizeOf(file_)),
      left_(size_),
      start_(detail::FilePlan::longestStart, '\0') {
  start_.resize(file_.read(start_.data(), start_.size()));
  plan_ = detail::planFile(path, start_, raw, pace);
  if (plan_.bytesPerSecond) {
    pace_.emplace(*plan_.bytesPerSecond);
  }
}

void FileSending::start(const std::shared_ptr<StreamSession>& session,
                        asio::any_io_executor eventExecutor) {
  session_ = session;
  eventExecutor_ = std::move(eventExecutor);
  session->pause([self = shared_from_this()] {
    self->onEvents([](FileSending& sending) { sending.sendNext(); });
  });
}

template <class Function>
void FileSending::onEvents(Function function) {
  asio::post(eventExecutor_, [self = shared_from_this(), function] {
    if (!self->stopped_) {
      function(*self);
    }
  });
}

template <class Function>
void FileSending::onSession(Function function) {
  const auto session = session_.lock();
  if (!session) {
    return;
  }
  asio::post(session->executor(),
             [self = shared_from_this(), session, function = std::move(function)] {
               if (!self->stopped_) {
                 function(*session);
               }
             });
}

void FileSending::sendNext() {
  const auto session = session_.lock();
  if (!session) {
    return;
  }
  std::string bytes;
  try {
    bytes = read();
  } catch (const Error& error) {
    onSession([error](StreamSession& failing) { failing.fail(error.code(), error.info()); });
    return;
  }
  if (bytes.empty()) {
    onSession([](StreamSession& finishing) {
      finishing.finishAudio();
      finishing.endFile();
    });
    return;
  }
  const std::size_t size = bytes.size();
  Completion<std::error_code> taken(
      [self = shared_from_this(), size](const std::error_code& error) {
        self->onTaken(error, size);
      },
      eventExecutor_);
  if (session->queue().offerExpected(std::move(bytes), std::move(taken))) {
    asio::post(session->executor(), [session] { session->pump(); });
  }
}

std::string FileSending::read() {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, plan_.chunk));
  std::string bytes = start_.substr(0, size);
  start_.erase(0, bytes.size());
  if (bytes.empty() && size > 0) {
    bytes.resize(size);
    bytes.resize(file_.read(bytes.data(), size));
  }
  if (bytes.empty() && left_ > 0) {
    throw Error(Errc::fileFailed, file_.name() + " became shorter while it was sent, and ends " +
                                      counted(left_, "byte", "bytes") +
                                      " early: send it when it is finished");
  }
  left_ -= bytes.size();
  return bytes;
}

// Of a stream that takes no more the verdict tells why.
void FileSending::onTaken(const std::error_code& error, std::size_t size) {
  if (error || stopped_) {
    return;
  }
  if (!pace_) {
    sendNext();
    return;
  }
  onSession([self = shared_from_this(), size](StreamSession& session) {
    session.pauseUntil(self->pace_->next(size, session.now()), [self] {
      self->onEvents([](FileSending& sending) { sending.sendNext(); });
    });
  });
}

}  // namespace wsferry::gateway
