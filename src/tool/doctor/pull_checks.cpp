#include "tool/doctor/pull_checks.hpp"

#include <filesystem>
#include <optional>
#include <system_error>

#include "archive/file/part_names.hpp"
#include "tool/doctor/awaited.hpp"
#include "tool/report/output_options.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/transfer/output_folder.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/client.hpp"
#include "wsferry/http/detail/files/file_answer.hpp"
#include "wsferry/http/detail/files/file_request.hpp"
#include "wsferry/http/exchange.hpp"

namespace wsferry::tool {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t littleSpace = std::uint64_t{1} << 30;

/// Asks for the heads of files as a pull asks for the files.
class HeadFetcher {
 public:
  HeadFetcher(asio::io_context& context, const Server& server, const std::string& filesUrl)
      : context_(context),
        addresses_(server.adminUrl, filesUrl),
        connection_(connectionOf(server)),
        client_(context, http::fileClientOptions(connection_)) {}

  /// Why the file does not come by HTTP; nothing if it does.
  std::optional<http::FileMismatch> tryFile(const http::MediaFile& file) {
    const auto address = addresses_.find(file.url);
    if (!address) {
      return http::FileMismatch{"its URL is never fetched", printable(file.url, 100)};
    }
    http::Exchange exchange(
        client_, http::fileRequest(*address, connection_, address->isServers || isServerPublic()));
    const auto [error, info, head] = awaited<std::error_code, ErrorInfo, http::ResponseHead>(
        context_, [&](auto done) { exchange.start(std::move(done)); });
    if (error) {
      return http::FileMismatch{std::string(errorName(error)), info.message};
    }
    return http::mismatchOf(file, head, secretsOf(head.url, connection_));
  }

 private:
  static http::ClientOptions connectionOf(const Server& server) {
    http::ClientOptions connection;
    static_cast<wsferry::ConnectionOptions&>(connection) = server.connection;
    connection.responseTimeout = server.connection.connectTimeout;
    return connection;
  }

  bool isServerPublic() {
    if (!isServerPublic_) {
      http::Request request;
      request.method = "HEAD";
      request.url = addresses_.server();
      const auto [error, info, response] = awaited<std::error_code, ErrorInfo, http::Response>(
          context_, [&](auto done) { client_.fetch(std::move(request), std::move(done)); });
      isServerPublic_ =
          http::countsAsPublic(addresses_.server(), connection_, error, response.head);
    }
    return *isServerPublic_;
  }

  asio::io_context& context_;
  const http::FileAddresses addresses_;
  const http::ClientOptions connection_;
  http::Client client_;
  std::optional<bool> isServerPublic_;
};

std::string remedyOfFiles(const http::FileMismatch& mismatch) {
  constexpr const char* bySocket = "Pulls then take the files over the socket, which is slower. ";
  const std::string& kind = mismatch.kind;
  if (kind == "status 401" || kind == "status 403") {
    return bySocket + std::string(
                          "For a proxy with a password, let /uploads through or give the password "
                          "with --header; files in private buckets always come over the socket.");
  }
  if (kind == "status 404") {
    return bySocket + std::string(
                          "If the admin panel has its own host or path, give --files-url, the URL "
                          "that /uploads is appended to.");
  }
  return bySocket + std::string("Check what a proxy or CDN does with /uploads.");
}

Finding failedDisk(const std::string& text, const std::string& remedy) {
  return failed("disk", Errc::fileFailed, text, remedy);
}

// As a pull refuses it, whose other options are not known.
void requireArchiveName(const std::string& output, const char* format,
                        const std::string& adminUrl) {
  OutputOptions options;
  options.path = output;
  options.format = format;
  options.encrypt = endsWith(output, ".enc");
  options.key = options.encrypt ? "any" : "";
  const std::string host = hostInName(Url::parse(adminUrl));
  archive::requireNameFits(
      nameTemplateOf(resolveOutput(options)).ofHost(host).path(host, utcTime()));
}

std::string neededText(const SeenContent& seen) {
  return seen.fileBytes == 0
             ? std::string()
             : std::string("; the server has ") + (seen.isWhole ? "" : "at least ") +
                   formatBytes(seen.fileBytes) + " of files";
}

}  // namespace

Finding checkFiles(asio::io_context& context, const Server& server, const std::string& filesUrl,
                   const SeenContent& seen) {
  HeadFetcher fetcher(context, server, filesUrl);
  if (seen.examples.empty()) {
    return seen.isWhole ? passed("files", "no record names a file")
                        : skipped("files", "none of the records that were read names a file");
  }
  for (const http::MediaFile& file : seen.examples) {
    if (const auto mismatch = fetcher.tryFile(file)) {
      return warned("files",
                    "not by HTTP: " + printable(file.name, 100) + ": " + mismatch->kind +
                        (mismatch->detail.empty() ? "" : ", " + printable(mismatch->detail, 300)),
                    remedyOfFiles(*mismatch))
          .with("byHttp", false)
          .with("reason", mismatch->kind);
    }
  }
  const std::size_t tried = seen.examples.size();
  return passed("files", "can be fetched by HTTP: checked with the first " +
                             (tried == 1 ? std::string("one") : std::to_string(tried)))
      .with("byHttp", true);
}

Finding spaceFinding(const std::string& folder, std::uint64_t available, const SeenContent& seen) {
  const std::string text =
      formatBytes(available) + " free in " + printable(folder, 300) + neededText(seen);
  const auto told = [&](Finding finding) {
    return finding.with("folder", folder)
        .with("freeBytes", available)
        .with("fileBytes", seen.fileBytes);
  };
  if (seen.fileBytes > available) {
    return told(failedDisk(text, "Free some space, or choose another folder with -o."));
  }
  if (available - seen.fileBytes < littleSpace) {
    return told(warned("disk", text,
                       "Free some space: records and other files written there also need some."));
  }
  return told(passed("disk", text));
}

Finding checkDisk(const std::string& output, const SeenContent& seen) {
  if (output == "-") {
    return skipped("disk", "the archive goes to standard output");
  }
  fs::path folder = fs::path(asFolderToFill(output)).parent_path();
  if (folder.empty()) {
    folder = ".";
  }
  const std::string name = printable(folder.string(), 300);
  if (const std::string why = whyUnwritable(folder); !why.empty()) {
    return failedDisk(
        name + " cannot be written to: " + why,
        "Create the folder, let this user write there, or choose another one with -o.");
  }
  std::error_code error;
  const std::uint64_t available = fs::space(folder, error).available;
  if (error) {
    return failedDisk("the free space of " + name + " is not known: " + error.message(),
                      "Choose another folder with -o.");
  }
  return spaceFinding(folder.string(), available, seen);
}

Finding checkTarget(const std::string& output, const std::string& adminUrl,
                    const SeenContent& seen) {
  Finding disk = checkDisk(output, seen);
  if (disk.state == FindingState::fail || disk.state == FindingState::skip) {
    return disk;
  }
  try {
    requireArchiveName(output, "tar", adminUrl);
    return disk;
  } catch (const Error& error) {
    disk = failed("disk", error, adminUrl);
  }
  try {
    requireArchiveName(output, "dir", adminUrl);
  } catch (const Error&) {
    return disk;
  }
  return warned("disk", disk.text, "Or pull with --format dir, which makes a folder of that name.");
}

}  // namespace wsferry::tool
