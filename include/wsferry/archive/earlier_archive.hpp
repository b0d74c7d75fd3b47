#pragma once

#include <functional>
#include <memory>
#include <string>

#include "wsferry/export.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/earlier_files.hpp"

namespace wsferry::archive {

struct EarlierArchiveOptions {
  std::string path;  ///< A file or folder.
  std::string key;   ///< Passphrase, for an encrypted archive.

  /// Says as a `warning` why files are not taken. Called on the thread of offer(), while a
  /// RemoteSource calls its own on the connection's thread: a function passed to both may run twice
  /// at the same time. May be empty.
  std::function<void(const strapi::Diagnostic&)> onDiagnostic;

  /// The archive is left over from a transfer that failed or was killed: files without a checksum
  /// are not taken, even if it can be read to its end, as a folder always can. Default false.
  bool isUnfinished = false;
};

/// An archive whose unchanged files are reused instead of being fetched.
///
/// It is read twice: first the records and checksums, then the files that are wanted. A file is
/// taken if it matches its checksum, which archives of wsferry keep. Without checksums, as in an
/// archive of `strapi export`, files are taken if the archive can be read to its end: then only
/// gzip's own checksum reveals damage. From a damaged or truncated archive only files that match a
/// checksum are taken; from an unreadable one, none. A file waits in memory up to 4 MiB, otherwise
/// in a temporary file, until it has proved to be intact.
class WSFERRY_API EarlierArchive final : public strapi::EarlierFiles {
 public:
  /// @throws Error with Errc::fileFailed for anything but a readable file or folder.
  explicit EarlierArchive(EarlierArchiveOptions options);
  ~EarlierArchive() override;

  void offer(strapi::WantedFiles& wanted) override;
  void cancel() noexcept override;

  /// Why the archive is not whole, as far as the last offer() has seen; empty if nothing is known
  /// to be wrong. Only on the thread of offer().
  [[nodiscard]] std::string damage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
