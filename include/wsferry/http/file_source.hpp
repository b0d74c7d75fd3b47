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
  /// Strapi's admin URL, as for the remote source.
  std::string adminUrl;

  /// The base of URLs without a host: `/uploads/...` of the local provider. Empty for the server's
  /// root, which is the admin URL without its last part.
  std::string filesUrl;

  /// How to reach the server. A bearer token is not sent with files; headers go to the server of
  /// the admin URL only. `connectionsPerHost` is set by `mostConnections`, and HTTP/2 is not
  /// used.
  ClientOptions connection;

  unsigned connections = 8;  ///< Files fetched at a time. Default 8.

  /// Most files fetched at once: raised step by step to this if a round trip takes 20 ms or more
  /// and is at least half of a file's time, unless the server has asked for less or connections
  /// broke. At least `connections`. Default 16.
  unsigned mostConnections = 16;

  /// Bytes of files that may wait for the sink, plus up to 1 MiB of the file that it is receiving.
  /// Default 5 MiB.
  std::size_t bufferBytes = std::size_t{5} << 20;

  /// Abandon HTTP if, among the first files, at least three and a majority are unavailable or
  /// differ from their records. Default true. It is abandoned after 50 such files in a row in any
  /// case.
  bool giveUpEarly = true;

  /// What earlier transfers have brought: the bytes of a file whose record is unchanged are taken
  /// from there instead of being fetched. Asked one after another.
  std::vector<std::shared_ptr<strapi::EarlierFiles>> earlier;

  /// Before files are taken from `earlier`, ask the server for each file by HEAD, without its
  /// bytes. One is fetched if the answer does not agree with its record, if its length is not that
  /// of the earlier bytes, or if Last-Modified is not before the start of the earlier transfer, or
  /// that is unknown. Default false: the record decides, so neither a lost file shows nor one
  /// replaced in the storage itself.
  bool checkEarlier = false;

  /// Before files are fetched, get up to this many both ways and compare their bytes: if one
  /// differs, all files come over the socket. What `earlier` has of them is compared as well: if
  /// one differs there, nothing is taken from it. They are chosen at random from all; because a
  /// server sends its files in order, that transfer lasts until the last of them has arrived.
  /// Default 0: compare nothing. A server keeps a file open for good when that transfer is ended.
  unsigned compareFiles = 0;

  /// Selects these files: the same ones for the same seed and files. Default: different ones each
  /// time.
  std::optional<std::uint64_t> compareSeed;

  /// Makes the source of the files to compare, which is ended within its assets; not the source
  /// that is read. Required if `compareFiles` is not 0. Called on the thread of readAssets().
  std::function<std::unique_ptr<strapi::Source>()> comparedSource;

  /// A pause, such as a Retry-After, that would last until this time or longer is not made: the
  /// file comes from the other source. Default: none. It cancels nothing.
  std::optional<TimePoint> deadline;

  /// Continue if the other source breaks off at a file that it cannot provide: files that did not
  /// arrive are reported to the sink as omitted. Default false: readAssets() fails.
  bool keepGoing = false;

  /// Which files did not come by HTTP, and why, as a `warning`; differences found by a comparison,
  /// as a `note`; a wait for a file, as `waiting`. Called on the thread of readAssets(), while a
  /// RemoteSource calls its own on the connection's thread: a function passed to both may run twice
  /// at the same time. May be empty.
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
  std::uint64_t bytesTwice = 0;  ///< Of files that the socket sent although they had already come
                                 ///< by HTTP.

  /// Files whose bytes were compared with those of the socket: before anything else, or as it sent
  /// them again.
  std::uint64_t compared = 0;
  std::uint64_t differing = 0;  ///< Of these, those that differed by HTTP or in earlier transfers.
  std::vector<std::string> comparedFiles;  ///< Those that were compared before anything else.

  /// Why files did not come by HTTP, with their number.
  std::map<std::string, std::uint64_t> reasons;
};

/// A source whose files come by HTTP, several at a time, and everything else from another source:
/// with a long round trip a transfer mostly waits for answers to its messages, and plain requests
/// do not.
///
/// The files' records give URL, size and type, and a file is accepted if the response agrees with
/// them. Others are read from the other source, once, after everything else has arrived. That
/// source sends every file, and files that came another way are compared with it: if bytes differ,
/// readAssets() fails with HttpErrc::filesDiffer at the end. The files keep the order of the
/// records, after those of earlier transfers, and have the metadata that the other source gives.
///
/// This needs the records of files: without the stage `entities` all files come from the other
/// source.
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
