#include "tool/transfer/server_source.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "wsferry/archive/earlier_archive.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {
namespace {

// They are no one's wish: what is wrong with them is no matter, and what they lack no news.
void addUnfinished(const FilesOptions& files, http::FileSourceOptions& options) {
  for (const std::string& path : files.unfinished) {
    try {
      options.earlier.push_back(std::make_shared<archive::EarlierArchive>(
          archive::EarlierArchiveOptions{path, files.reuseKey, {}, true}));
    } catch (const Error&) {
    }
  }
}

http::FileSourceOptions filesByHttp(const std::string& adminUrl,
                                    const strapi::RemoteSourceOptions& options,
                                    const FilesOptions& files, ServerSource& server) {
  http::FileSourceOptions result;
  result.adminUrl = adminUrl;
  result.filesUrl = files.url;
  static_cast<wsferry::ConnectionOptions&>(result.connection) = options.connection;
  // Who has the tool notice sooner that a server is gone means its files as well.
  if (const Duration window = options.keepAlive.livenessWindow; window.count() > 0) {
    result.connection.responseTimeout = std::min(result.connection.responseTimeout, window);
    result.connection.stallTimeout = std::min(result.connection.stallTimeout, window);
  }
  if (files.connections != 0) {
    result.connections = result.mostConnections = files.connections;
  }
  // What the socket breaks off at has to be asked for by HTTP as long as that gives anything.
  result.giveUpEarly = files.way == "auto" && !files.keepGoing;
  result.keepGoing = files.keepGoing;
  result.compareFiles = files.compare;
  result.checkEarlier = files.checkReused;
  result.deadline = files.deadline;
  result.comparedSource = [adminUrl, options] {
    strapi::RemoteSourceOptions quiet = options;
    quiet.onDiagnostic = nullptr;  // What is to be told, the transfer itself meets as well.
    return std::make_unique<strapi::RemoteSource>(adminUrl, quiet);
  };
  result.onDiagnostic = options.onDiagnostic;
  // Once: an archive is read twice where what it has is compared before it is taken.
  const auto tell = [tell = options.onDiagnostic, told = std::make_shared<std::set<std::string>>()](
                        const strapi::Diagnostic& diagnostic) {
    if (tell && told->insert(diagnostic.message).second) {
      tell(asNote(diagnostic));
    }
  };
  for (const std::string& path : files.reuse) {
    const auto archive = std::make_shared<archive::EarlierArchive>(
        archive::EarlierArchiveOptions{path, files.reuseKey, tell});
    server.reused[path] = archive;
    result.earlier.push_back(archive);
  }
  addUnfinished(files, result);
  return result;
}

}  // namespace

ServerSource openServer(const std::string& adminUrl, const strapi::RemoteSourceOptions& options,
                        const FilesOptions& files) {
  checkFiles(files);
  ServerSource server;
  server.socket = std::make_shared<strapi::RemoteSource>(adminUrl, options);
  server.source = server.socket;
  if (files.way != "socket") {
    server.filesByHttp = std::shared_ptr<http::FileSource>(
        new http::FileSource(*server.socket, filesByHttp(adminUrl, options, files, server)),
        [socket = server.socket](http::FileSource* source) { delete source; });
    server.source = server.filesByHttp;
  }
  return server;
}

void describeSource(const ServerSource& server, TransferOutcome& outcome) {
  outcome.checksums = server.socket->checksumsNegotiated();
  outcome.statistics = server.socket->statistics();
  if (server.filesByHttp) {
    outcome.filesByHttp = server.filesByHttp->statistics();
  }
}

}  // namespace wsferry::tool
