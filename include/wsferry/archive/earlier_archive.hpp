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

  /// Why files of it are not taken, as a `warning`. On the thread of offer(), while a RemoteSource
  /// calls its own on the connection's: one function that is given to both may run twice at a time.
  /// May be empty.
  std::function<void(const strapi::Diagnostic&)> onDiagnostic;

  /// It is what a transfer has left that failed or was killed: files without a checksum are not
  /// taken, even if it can be read to its end, as a folder always can. Default false.
  bool isUnfinished = false;
};

/// An archive whose files are taken again, in place of fetching what has not changed.
///
/// It is read twice: first the records and checksums, then the files that are wanted. A file is
/// taken when its bytes are those of its checksum, which archives of wsferry keep. Where there are
/// none, as in one of `strapi export`, the files are taken if the archive can be read to its end:
/// then only gzip's own checksum tells of damage. Of an archive that is damaged or cut off, the
/// files are taken that have a checksum and agree with it; of one that cannot be read, none. A
/// file waits in memory up to 4 MiB, otherwise in a temporary file, until it has proved to be
/// whole.
class WSFERRY_API EarlierArchive final : public strapi::EarlierFiles {
 public:
  /// @throws Error with Errc::fileFailed for what is no readable file or folder.
  explicit EarlierArchive(EarlierArchiveOptions options);
  ~EarlierArchive() override;

  void offer(strapi::WantedFiles& wanted) override;
  void cancel() noexcept override;

  /// Why the archive is not whole, as far as the last offer() has come to see; empty for one of
  /// which nothing is known to be wrong. Not from another thread than that of offer().
  [[nodiscard]] std::string damage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::archive
