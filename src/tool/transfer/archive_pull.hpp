#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tool/options/files_options.hpp"
#include "tool/report/transfer_report.hpp"
#include "tool/series/provisional_mark.hpp"
#include "tool/terminal/interruption.hpp"
#include "tool/transfer/server_source.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/http/file_source.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::tool {

/// Makes an archive of a server. Where the socket shows that files which came otherwise have other
/// bytes, the archive is begun again, and from then on all files come over the socket.
class ArchivePull {
 public:
  /// `report` and `interruption` outlive it.
  ArchivePull(std::string adminUrl, strapi::RemoteSourceOptions source, FilesOptions files,
              TransferReport& report, Interruption& interruption);

  /// One attempt. `unfinished` are archives that earlier ones have left; for `mark` see
  /// transferIntoArchive(). @throws Error: that of the files only where they cannot all come over
  /// the socket, or the archive has gone out already.
  TransferOutcome run(const archive::ArchiveDestinationOptions& archive,
                      const strapi::TransferEngineOptions& engine,
                      const std::vector<std::string>& unfinished = {},
                      ProvisionalMark* mark = nullptr);

 private:
  TransferOutcome attempt(const archive::ArchiveDestinationOptions& archive,
                          const strapi::TransferEngineOptions& engine, ProvisionalMark* mark);
  bool mayBeginAgain(const Error& error, const archive::ArchiveDestinationOptions& archive) const;
  void distrust(const Error& error);
  void takeDamage(const ServerSource& server);

  const std::string adminUrl_;
  const strapi::RemoteSourceOptions source_;
  FilesOptions files_;
  TransferReport& report_;
  Interruption& interruption_;
  std::map<std::string, std::string> damaged_;            ///< Archives to reuse, by their paths.
  http::FileSourceStatistics last_;                       ///< Of an attempt that failed.
  std::optional<http::FileSourceStatistics> distrusted_;  ///< Why all come over the socket.
};

}  // namespace wsferry::tool
