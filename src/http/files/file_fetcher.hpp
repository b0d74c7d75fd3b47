#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/thread/io_thread.hpp"
#include "http/files/file_list.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/detail/files/fetch_pace.hpp"
#include "wsferry/http/detail/files/file_address.hpp"
#include "wsferry/http/detail/files/file_answer.hpp"
#include "wsferry/http/exchange.hpp"
#include "wsferry/http/file_source.hpp"

namespace wsferry::http {

/// What happens to the files, one after the other, in their order.
struct FilePiece {
  enum class Kind { begin, bytes, end, missed };
  Kind kind = Kind::begin;
  MediaFile file;            ///< Of begin and missed.
  std::uint64_t size = 0;    ///< Of begin.
  std::string lastModified;  ///< Of begin: the header, if there was one.
  std::string bytes;
  FileMismatch mismatch;  ///< Of missed.
};

/// Fetches files, several at a time, on a thread of its own, and hands them out in their order.
/// What waits for its turn is bounded: then only the first is read, as far as it needs. A short
/// file begins when it is there as a whole, so that one which breaks may still come another way.
class FileFetcher {
 public:
  enum class Method { get, head };

  /// All outlive it. The list is read on the fetcher's thread. With Method::head a file has no
  /// bytes, whatever its size.
  FileFetcher(const FileSourceOptions& options, const FileAddresses& addresses, FileList& files,
              Method method = Method::get);
  FileFetcher(const FileFetcher&) = delete;
  FileFetcher& operator=(const FileFetcher&) = delete;
  ~FileFetcher();

  /// Waits for the next piece; nothing behind the last file. Tells onDiagnostic, as `waiting`, what
  /// it waits for, each time that the stall time-out passes. @throws Error for a file that broke
  /// after its beginning was handed out, and with Errc::cancelled.
  [[nodiscard]] std::optional<FilePiece> next();

  /// Whether files were missed without being tried, as others were not what they should be.
  bool hasGivenUp() const;

  /// Makes next() fail with Errc::cancelled. From any thread.
  void cancel() noexcept;

 private:
  struct Slot;
  using SlotPointer = std::shared_ptr<Slot>;

  // On the thread.
  void pump();
  bool startNext();
  void start(const SlotPointer& slot);
  void learnServer();
  void request(const SlotPointer& slot, const FileAddress& address);
  void onHead(const SlotPointer& slot, const std::error_code& error, const ErrorInfo& info,
              const ResponseHead& head);
  bool startsOver(const SlotPointer& slot, const ResponseHead& head);
  void read(const SlotPointer& slot);
  void onBlock(const SlotPointer& slot, const std::error_code& error, const ErrorInfo& info,
               std::string block);
  void retry(const SlotPointer& slot, FileMismatch mismatch, Duration wished = Duration{0});
  void startLater(const SlotPointer& slot, Clock::duration pause);
  void startDue();
  void miss(const SlotPointer& slot, FileMismatch mismatch);
  void finish(const SlotPointer& slot);
  bool mayGoOn(const Slot& slot) const;
  void close(Slot& slot);

  // Under the mutex.
  bool isFull() const;
  bool mayRead(const SlotPointer& slot) const;
  void drop(Slot& slot);
  std::optional<FilePiece> takePiece();
  void tellWaiting(Duration howLong, std::unique_lock<std::mutex>& lock);

  const FileSourceOptions& options_;
  const FileAddresses& addresses_;
  FileList& files_;
  const Method method_;
  IoThread thread_;

  // On the thread only.
  Client client_;
  std::optional<bool> isServerPublic_;
  std::vector<SlotPointer> waitingForServer_;
  FetchPace pace_;
  FetchHold hold_;
  FetchTrust trust_;
  unsigned active_ = 0;           ///< Files that were begun, those that pause among them.
  unsigned running_ = 0;          ///< Those that do not.
  std::vector<SlotPointer> due_;  ///< Their pause is over.

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SlotPointer> slots_;  ///< The first is the one that is handed out.
  std::size_t buffered_ = 0;
  bool hasNoMore_ = false;
  bool hasGivenUp_ = false;
  bool isCancelled_ = false;
  std::optional<Error> failure_;
  std::exception_ptr thrown_;  ///< On the thread.
};

}  // namespace wsferry::http
