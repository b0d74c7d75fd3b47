#pragma once

#include <asio/any_io_executor.hpp>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/file/file_handle.hpp"
#include "gateway/session/stream_session.hpp"
#include "wsferry/gateway/detail/audio/file_plan.hpp"

namespace wsferry::gateway {

/// Sends a file on a stream once audio may flow, paced and as the queue takes it, and ends the
/// audio behind it. Reads on the events' executor, so that a slow disk does not hold the connection
/// up. Lives as long as something of it is under way.
class FileSending : public std::enable_shared_from_this<FileSending> {
 public:
  /// Opens the file, and reads its start. @throws Error as detail::planFile(), and fileFailed or
  /// invalidOption for what cannot be read or is no file.
  FileSending(const std::string& path, const std::optional<RawAudio>& raw, const FilePace& pace);

  /// How much of it is sent, at most: what there is when it is opened.
  std::uint64_t size() const { return size_; }

  /// To be called on the session's executor, once; the session's queue expects it.
  void start(const std::shared_ptr<StreamSession>& session, asio::any_io_executor eventExecutor);

  /// Nothing more is read. From any thread.
  void stop() { stopped_ = true; }

 private:
  template <class Function>
  void onEvents(Function function);
  template <class Function>
  void onSession(Function function);
  void sendNext();
  std::string read();
  void onTaken(const std::error_code& error, std::size_t size);

  FileHandle file_;
  std::uint64_t size_;
  std::uint64_t left_;  ///< To be given out.
  std::string start_;
  detail::FilePlan plan_;
  std::optional<detail::AudioPace> pace_;
  std::weak_ptr<StreamSession> session_;
  asio::any_io_executor eventExecutor_;
  std::atomic<bool> stopped_{false};
};

}  // namespace wsferry::gateway
