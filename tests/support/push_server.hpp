#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/contains.hpp"
#include "support/file_bytes.hpp"
#include "support/tool_process.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_engine.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace support {

/// An archive with the sample content, as a pull makes it.
inline std::string sampleArchive(const TemporaryFolder& folder,
                                 const std::string& name = "sample.tar.gz") {
  wsferry::testing::TransferServer server(wsferry::testing::sampleContent(), {});
  wsferry::strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  wsferry::strapi::RemoteSource source(server.adminUrl(), options);
  wsferry::archive::ArchiveDestinationOptions archive;
  archive.path = folder / name;
  archive.overwrite = true;
  wsferry::archive::ArchiveDestination destination(archive);
  static_cast<void>(wsferry::strapi::TransferEngine(source, destination).run());
  return archive.path;
}

/// What of it `convert` takes with these options.
inline std::string partialArchive(Tool& tool, const std::vector<std::string>& selection) {
  std::string path = tool.folder / "partial.tar";
  std::vector<std::string> arguments = {"convert", sampleArchive(tool.folder), path};
  arguments.insert(arguments.end(), selection.begin(), selection.end());
  const Tool::Run run = tool.run(arguments);
  if (run.exitCode != 0) {
    throw std::runtime_error(run.errors);
  }
  return path;
}

/// The same as a folder, for a test to change: without checksums, as `strapi export` makes it.
inline std::string sampleFolder(Tool& tool) {
  std::string path = tool.folder / "unpacked";
  const Tool::Run run = tool.run({"convert", sampleArchive(tool.folder), path, "--format", "dir"});
  if (run.exitCode != 0) {
    throw std::runtime_error(run.errors);
  }
  std::filesystem::remove_all(path + "/checksums");
  return path;
}

/// Flips one bit of a file of a plain tar or of a folder.
inline void damageFile(const std::string& archive) {
  std::string path = archive;
  std::uint64_t place = 0;
  if (std::filesystem::is_directory(archive)) {
    path = std::filesystem::directory_iterator(archive + "/assets/uploads")->path();
  } else {
    place = readFile(archive).find("assets/uploads/") + 512;  // Behind the header.
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(place));
  const int byte = file.peek();
  file.seekp(static_cast<std::streamoff>(place));
  file.put(static_cast<char>(byte ^ 1));
  if (!file.flush()) {
    throw std::runtime_error("cannot change " + path);
  }
}

/// A server with a little content of its own that takes pushes.
class PushServer {
 public:
  explicit PushServer(const TemporaryFolder& folder,
                      wsferry::testing::TransferServerOptions options = {})
      : result_(folder / "pushed.tar"),
        server_(content(), completed(std::move(options), result_)) {}

  std::string url() const { return server_.adminUrl(); }
  const std::string& result() const { return result_; }
  const wsferry::testing::TransferServer& server() const { return server_; }

 private:
  static std::shared_ptr<const wsferry::testing::Content> content() {
    wsferry::testing::SampleContentOptions options;
    options.articles = 3;
    options.authors = 2;
    options.tags = 1;
    options.images = 1;
    return wsferry::testing::sampleContent(options);
  }

  static wsferry::testing::TransferServerOptions completed(
      wsferry::testing::TransferServerOptions options, const std::string& result) {
    options.pushTarget.emplace();
    options.pushTarget->path = result;
    options.pushTarget->format.compressed = false;
    options.pushTarget->overwrite = true;
    return options;
  }

  std::string result_;
  wsferry::testing::TransferServer server_;
};

/// Whether a client sent the server a message that contains this.
inline bool wasReceived(const wsferry::testing::TransferServer& server, const std::string& part) {
  const auto log = server.log();
  return std::any_of(log.received.begin(), log.received.end(),
                     [&](const std::string& message) { return contains(message, part); });
}

}  // namespace support
