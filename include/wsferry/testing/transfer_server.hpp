#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/vocabulary.hpp"
#include "wsferry/testing/content.hpp"

namespace wsferry::testing {

/// What to do wrong, and when. Each field works independently; the default does nothing wrong.
struct TransferFaults {
  /// Answer the upgrade with this instead of 101: the whole HTTP response.
  std::string upgradeResponse;

  /// Drop the TCP connection after this many bytes were sent to the client.
  std::optional<std::uint64_t> cutAfterBytes;

  /// From this many bytes on send nothing, read nothing, and answer no ping: half-open. The
  /// connection then counts as open until the client resets it.
  std::optional<std::uint64_t> freezeAfterBytes;

  /// In this step, do one thing wrong after `afterMessages` data messages of it.
  enum class Kind {
    none,
    silence,          ///< Send no more data, but answer pings.
    close,            ///< Close frame with code 1000.
    reset,            ///< Reset the connection.
    notJson,          ///< One text frame that is not JSON.
    binary,           ///< One binary frame.
    oversized,        ///< One frame larger than the client's maximum (a forged length).
    unknownMembers,   ///< Extra members everywhere. Legal.
    unknownShape,     ///< A JSON object that is not a known message.
    wrongUuid,        ///< An answer to a message that was never sent.
    duplicateAnswer,  ///< The answer to `start` twice.
    earlyData,        ///< The first data message before the answer to `start`.
    dataAfterEnd,     ///< One more data message after `ended`.
    streamError,      ///< `ended` with `error: {}`.
    errorAnswer,      ///< An error answer to the step's `start`.
    wrongChecksum,    ///< Assets: one checksum is wrong.
    missingChecksum,  ///< Assets: one checksum is left out.
    missingEnd,       ///< Assets: one asset has no end item.
    wrongSize,        ///< Assets: every announced size is wrong.
    zeroSize,         ///< Assets: every announced size is 0.

    // For pushes. reset, close, silence, oversized, notJson, binary, unknownShape, unknownMembers,
    // wrongUuid, duplicateAnswer and errorAnswer also apply to them: at the first message of the
    // step, batch or end, after `afterMessages` batches (errorAnswer and duplicateAnswer with 0: at
    // its start), or at `action` if given. Faults that end the connection or silence it, and
    // errorAnswer, replace what the message requests: nothing is done.
    refuseRecord,       ///< A batch is answered with an error, as is all that follows.
    answersOutOfOrder,  ///< Answers to two batches are exchanged. Legal JSON, illegal
                        ///< order.
    fewerStarted,       ///< The step's end reports one started item too few.
    fewerFinished,      ///< The step's end reports one finished item too few.
    failedEnd           ///< The step's end is answered with an error.
  };
  Kind kind = Kind::none;
  strapi::TransferStage step = strapi::TransferStage::entities;
  unsigned afterMessages = 0;
  std::optional<strapi::TransferAction> action;  ///< For a push: the fault concerns this action.

  /// Wait this long before each answer and data message. Pings are answered at once.
  Duration answerDelay{0};
};

/// What the server cannot provide or accept, and omits, as real ones do. The default: nothing.
struct Gaps {
  /// Types whose entities are skipped: with a warning, or silently by a legacy server.
  std::vector<std::string> unreadableTypes;

  /// Names of assets that are skipped with a warning, with the formats of an original. A legacy
  /// server breaks off the stage there.
  std::vector<std::string> missingFiles;

  /// The asset at which the stage breaks off, because its storage answers 404.
  std::string unreachableFile;

  /// For a push: this many links are not stored. A legacy server warns about each; a newer one
  /// about the first ten, and reports their number at the end.
  unsigned skippedLinks = 0;
};

struct TransferServerOptions {
  std::uint16_t port = 0;  ///< 0 picks a free one.
  std::string address = "127.0.0.1";
  std::string token = "testing-token";           ///< Full access. Others get a 401...
  std::string pushToken = "testing-push-token";  ///< ...but this one, of push scope, with 403 on a
                                                 ///< pull...
  std::string pullToken = "testing-pull-token";  ///< ...and this one, of pull scope, on a push.
  std::string strapiVersion;  ///< Announced instead of the content's own, unless empty.

  /// Where a push is stored; without it a push is answered with 404. After a commit the server
  /// serves what was pushed instead of its content, together with what the push's restore scope did
  /// not delete; never types that must not be transferred. Metadata and schemas remain the
  /// content's own. A further push needs `overwrite`. One push at a time: from beforeTransfer on,
  /// another's beforeTransfer is answered with an error, whereas a real server would make it wait.
  std::optional<archive::ArchiveDestinationOptions> pushTarget;

  /// Upload files are on remote storage: a push deletes the old ones instead of setting them aside.
  bool remoteStorage = false;

  /// Act as a server of version 4: no checksums, no totals, no stats, legacy asset chunks. A push
  /// message that comes before the previous one was answered ends all of the server's connections,
  /// as it can end the whole process of such a server; so does closing a pull's connection when
  /// data is about to be sent. An answer to a push then takes at least 5 ms.
  bool legacy = false;

  /// Also serve the files at /uploads by plain HTTP, like a Strapi with local storage. Some files,
  /// by name, can have whole HTTP responses instead: used one after another, the last one
  /// repeatedly. An empty response, or an empty list, means the file.
  bool filesByHttp = true;
  std::map<std::string, std::vector<std::string>> fileResponses;

  bool flatAssets = false;            ///< Asset items as a flat array (both forms are legal).
  bool interleaveAssets = false;      ///< Two assets at a time (legal).
  std::size_t batchBytes = 1u << 20;  ///< Size at which a new data message starts.
  TransferFaults faults;
  Gaps gaps;

  /// Keep what clients send and which files they request, for log(). Switch off for a server that
  /// runs for long or receives large pushes.
  bool logMessages = true;
};

/// What a server saw, for a test to inspect.
struct TransferServerLog {
  std::vector<std::string> received;  ///< Every text message of every client, in order.
  std::vector<std::string> files;     ///< The names of files requested by HTTP, in order.
  unsigned connections = 0;           ///< Including those for files.
  unsigned openConnections = 0;
  unsigned pings = 0;
  unsigned hangUps = 0;  ///< Pulls whose connection ended when data was about to be sent.

  unsigned commits = 0;      ///< Pushes that were stored by the action close.
  unsigned rollbacks = 0;    ///< Pushes that were rolled back by the action.
  unsigned teardowns = 0;    ///< Pushes that were rolled back because their connection ended,
                             ///< from beforeTransfer on.
  unsigned overlapping = 0;  ///< Push messages that came before the previous one was answered.
};

/// A Strapi-compatible transfer endpoint on this machine: pulls of any content, and pushes into an
/// archive; for tests of this library and of programs that use it. Written from the protocol's
/// description, not from the client. Runs on a thread of its own; destruction ends it.
class WSFERRY_API TransferServer {
 public:
  /// @throws Error if the address is not valid or cannot be listened on.
  explicit TransferServer(std::shared_ptr<const Content> content,
                          TransferServerOptions options = {});
  ~TransferServer();

  std::uint16_t port() const;
  std::string adminUrl() const;  ///< http://127.0.0.1:PORT/admin
  TransferServerLog log() const;

  /// Blocks until no connection is open, or the limit passes; returns which.
  [[nodiscard]] bool waitUntilIdle(Duration limit) const;

  /// Blocks until a client has sent a text message for which `isWanted` is true, or the limit
  /// passes; returns which. Needs TransferServerOptions::logMessages.
  [[nodiscard]] bool waitUntilReceived(
      const std::function<bool(std::string_view message)>& isWanted, Duration limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsferry::testing
