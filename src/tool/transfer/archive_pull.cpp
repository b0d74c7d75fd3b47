#include "tool/transfer/archive_pull.hpp"

#include <utility>

#include "tool/series/series_archive.hpp"
#include "tool/transfer/archive_transfer.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/http_error.hpp"

namespace wsferry::tool {

namespace {

// Of an archive whose files all came over the socket in the end.
http::FileSourceStatistics bySocket(const http::FileSourceStatistics& distrusted,
                                    const strapi::TransferResult& transfer) {
  http::FileSourceStatistics files;
  files.mayReuse = distrusted.mayReuse;
  files.compared = distrusted.compared;
  files.differing = distrusted.differing;
  files.comparedFiles = distrusted.comparedFiles;
  const auto assets = transfer.stages.find(strapi::TransferStage::assets);
  if (assets != transfer.stages.end()) {
    files.bySocket = assets->second.moved.count;
    files.bytesBySocket = assets->second.moved.bytes;
  }
  return files;
}

}  // namespace

ArchivePull::ArchivePull(std::string adminUrl, strapi::RemoteSourceOptions source,
                         FilesOptions files, TransferReport& report, Interruption& interruption)
    : adminUrl_(std::move(adminUrl)),
      source_(std::move(source)),
      files_(std::move(files)),
      report_(report),
      interruption_(interruption) {}

TransferOutcome ArchivePull::run(const archive::ArchiveDestinationOptions& archive,
                                 const strapi::TransferEngineOptions& engine,
                                 const std::vector<std::string>& unfinished,
                                 ProvisionalMark* mark) {
  if (!distrusted_) {
    files_.unfinished = unfinished;
  }
  try {
    return attempt(archive, engine, mark);
  } catch (const Error& error) {
    if (!mayBeginAgain(error, archive)) {
      throw;
    }
    distrust(error);
  }
  return attempt(archive, engine, mark);
}

TransferOutcome ArchivePull::attempt(const archive::ArchiveDestinationOptions& archive,
                                     const strapi::TransferEngineOptions& engine,
                                     ProvisionalMark* mark) {
  const ServerSource server = openServer(adminUrl_, source_, files_);
  archive::ArchiveDestinationOptions destination = archive;
  destination.keepUnfinished = destination.keepUnfinished && !distrusted_;
  KnownLack known;
  known.filesAsOf = [&server, isConfirmed = files_.checkReused] {
    const bool hasReused = server.filesByHttp && server.filesByHttp->statistics().reused > 0;
    return hasReused && !isConfirmed ? std::optional<std::string>("") : std::nullopt;
  };
  try {
    TransferOutcome outcome = transferIntoArchive(*server.source, std::move(destination), engine,
                                                  report_, interruption_, mark, known);
    describeSource(server, outcome);
    takeDamage(server);
    outcome.damagedArchives = damaged_;
    if (distrusted_) {
      outcome.filesByHttp = bySocket(*distrusted_, outcome.transfer);
    }
    return outcome;
  } catch (const Error&) {
    takeDamage(server);
    if (server.filesByHttp) {
      last_ = server.filesByHttp->statistics();
    }
    throw;
  }
}

void ArchivePull::takeDamage(const ServerSource& server) {
  for (const auto& [path, archive] : server.reused) {
    if (std::string damage = archive->damage(); !damage.empty()) {
      noteDamage(path, damage, files_.reuseKey, interruption_.requested());
      damaged_[path] = std::move(damage);
    }
  }
}

bool ArchivePull::mayBeginAgain(const Error& error,
                                const archive::ArchiveDestinationOptions& archive) const {
  return error.code() == http::HttpErrc::filesDiffer && archive.path != "-" && !files_.keepGoing &&
         !interruption_.requested() && !interruption_.expired();
}

void ArchivePull::distrust(const Error& error) {
  distrusted_ = last_;
  files_.way = "socket";
  files_.compare = 0;
  files_.checkReused = false;
  files_.reuse.clear();
  files_.unfinished.clear();
  report_.diagnostic(
      {"note",
       error.info().message + ". The archive is started again, with all files over the socket.",
       {}});
}

}  // namespace wsferry::tool
