#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wsferry/core/clock.hpp"
#include "wsferry/export.hpp"
#include "wsferry/http/client_options.hpp"
#include "wsferry/strapi/diagnostic.hpp"
#include "wsferry/strapi/earlier_files.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::http {

struct FileSourceOptions {
  /// The Strapi's admin URL, as for the remote source.
  std::string adminUrl;

  /// What URLs without a host stand below: `/uploads/...` of the local provider. Empty for the
  /// server's root, which is the admin URL without its last part.
  std::string filesUrl;

  /// How to reach the server. A bearer token is not sent with files; headers go to the server of
  /// the admin URL only. `connectionsPerHost` is set by `mostConnections`, and HTTP/2 is not
  /// used.
  ClientOptions connection;

  unsigned connections = 8;  ///< Files that are fetched at a time. Default 8.

  /// Up to so many where a round trip takes 20 ms or more and is half or more of a file's time,
  /// unless the server has asked for less or connections broke. At least `connections`. Default 16.
  unsigned mostConnections = 16;

  /// Bytes of files that may wait for the sink; up to 1 MiB more are of the file that it gets.
  /// Default 5 MiB.
  std::size_t bufferBytes = std::size_t{5} << 20;

  /// Give HTTP up where of the first files three or more, and most, are not what their records say
  /// or cannot be had. Default true. It is given up after 50 such files in a row in any case.
  bool giveUpEarly = true;

  /// What earlier transfers have brought: of a file whose record is as it was, the bytes are taken
  /// from there and not fetched. One after the other.
  std::vector<std::shared_ptr<strapi::EarlierFiles>> earlier;

  /// Before files are fetched, have up to this many both ways and compare their bytes: if one
  /// differs, all files come over the socket. What `earlier` has of them is compared as well: if
  /// one differs there, nothing is taken from it. They are chosen at random from all; as a server
  /// sends its files in order, that transfer lasts until the last of them has come. Default 0:
  /// compare nothing. A server keeps a file open for good when that transfer is ended.
  unsigned compareFiles = 0;

  /// Which files these are: the same ones for the same seed and files. Default: others each time.
  std::optional<std::uint64_t> compareSeed;

  /// Makes the source that files to compare come from, which is ended within its assets; not the
  /// one that is read. Needed where `compareFiles` is not 0. Called on the thread of readAssets().
  std::function<std::unique_ptr<strapi::Source>()> comparedSource;

  /// A pause, such as a Retry-After, that would last until this moment is not made: the file comes
  /// from the other source. Default: none. It cancels nothing.
  std::optional<TimePoint> deadline;

  /// Go on where the other source breaks off at a file that it cannot give: what of the files did
  /// not come is told to the sink as omitted. Default false: readAssets() fails.
  bool keepGoing = false;

  /// What of the files came otherwise than by HTTP, and why, as a `warning`; what a comparison
  /// found to differ, as a `note`; while a file makes wait, as `waiting`. On the thread of
  /// readAssets(), while a RemoteSource calls its own on the connection's: one function that is
  /// given to both may run twice at a time. May be empty.
  std::function<void(const strapi::Diagnostic&)> onDiagnostic;
};

/// How the files came.
struct FileSourceStatistics {
  bool mayReuse = false;     ///< There were earlier transfers to take files from.
  std::uint64_t reused = 0;  ///< From these.
  std::uint64_t bytesReused = 0;
  std::uint64_t byHttp = 0;
  std::uint64_t bytesByHttp = 0;
  std::uint64_t bySocket = 0;
  std::uint64_t bytesBySocket = 0;
  std::uint64_t bytesTwice = 0;  ///< Of files that the socket sent although they had come by HTTP.

  /// Files whose bytes were compared with those of the socket: before all else, or as it sent them
  /// again.
  std::uint64_t compared = 0;
  std::uint64_t differing = 0;  ///< Of these, with other bytes by HTTP or of earlier transfers.
  std::vector<std::string> comparedFiles;  ///< Those that were compared before all else.

  /// Why files did not come by HTTP, with their number.
  std::map<std::string, std::uint64_t> reasons;
};

/// A source whose files come by HTTP, several at a time, and all else from another source: over a
/// long way a transfer waits for an answer to each message, and plain requests do not.
///
/// The files' records tell URL, size and type, and a file is taken if what comes agrees with them.
/// What does not is read from the other source, once, when all others have come. That sends every
/// file, and what has come otherwise is compared with it: where bytes differ, readAssets() fails
/// with HttpErrc::filesDiffer at the end. The files keep the
/// order of the records, behind those of earlier transfers, and have the metadata that the other
/// source gives.
///
/// Records of a file are needed for that: without the stage `entities` all files come from the
/// other source.
class WSFERRY_API FileSource final : public strapi::Source {
 public:
  /// `source` outlives it. @throws Error with Errc::invalidUrl or invalidOption.
  FileSource(strapi::Source& source, FileSourceOptions options);
  ~FileSource() override;

  void bootstrap() override;
  strapi::Metadata getMetadata() override;
  std::vector<strapi::Schema> getSchemas() override;
  void readAhead(const std::vector<strapi::TransferStage>& stages) override;
  void readRecords(strapi::TransferStage stage, strapi::RecordSink& sink) override;
  void readAssets(strapi::AssetSink& sink) override;
  bool mayOmit() const override;
  std::vector<strapi::Loss> losses(bool ofRecords) const override;
  void close() override;
  void cancel() noexcept override;

  /// Known after readAssets().
  FileSourceStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::http
