#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Something that a source leaves out, and says so.
struct Omission {
  enum class Kind {
    type,  ///< Entities of a type, which it could not read.
    link,  ///< Links to entities that it does not have.
    file   ///< A file that a record names, and that it does not have.
  };
  Kind kind = Kind::type;
  std::string subject;      ///< Of a type its uid, empty where the source does not tell.
  std::uint64_t count = 1;  ///< Of the same kind: of types, not of their entities.
  std::string words;        ///< The source's own.
};

/// What no sink has taken into account is a failure, unless it is about links: those can lead
/// nowhere in any database. @throws Error with Errc::remoteFailed for a type, dataMissing for a
/// file.
void refuseOmission(const Omission& omission);

/// Takes the records of one stage, in order. `json` is one record's JSON text in one line, valid
/// during the call. Throws to end the transfer.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// Before the first record, where the source knows.
  virtual void totals(const StageTotals&) {}
  virtual void record(std::string_view json) = 0;
  /// At any time before the stage's end, and not only about this stage.
  virtual void omitted(const Omission& omission) { refuseOmission(omission); }
};

/// Takes the assets of a transfer. Several may be open at a time, told apart by `assetID`; the
/// calls of one asset come in order: begin, any number of write, end. Throws to end the transfer.
class AssetSink {
 public:
  virtual ~AssetSink() = default;
  virtual void totals(const StageTotals&) {}
  virtual void begin(std::string_view assetID, const AssetInfo& info) = 0;
  virtual void write(std::string_view assetID, std::string_view bytes) = 0;
  /// The asset is complete, and its checksum was right if one was negotiated.
  virtual void end(std::string_view assetID) = 0;
  /// As that of records.
  virtual void omitted(const Omission& omission) { refuseOmission(omission); }
};

/// Where content comes from: a remote Strapi, an archive, or something of the user's. An engine
/// calls it from one thread, in the order of the declarations; each function blocks, and throws
/// Error when it fails. cancel() alone may be called from any thread, and makes the running call
/// fail with Errc::cancelled.
class Source {
 public:
  virtual ~Source() = default;

  /// Reaches the source. A second call starts anew.
  virtual void bootstrap() = 0;
  virtual Metadata getMetadata() = 0;
  virtual std::vector<Schema> getSchemas() = 0;

  /// Reads one of entities, links, configuration to its end.
  virtual void readRecords(TransferStage stage, RecordSink& sink) = 0;
  virtual void readAssets(AssetSink& sink) = 0;

  /// Whether it can leave content out without saying so, as a server does whose database fails it
  /// for a moment. What came then has to show it.
  virtual bool mayOmit() const { return false; }

  /// Ends the transfer in good order. Not called after a failure.
  virtual void close() = 0;

  virtual void cancel() noexcept = 0;
};

}  // namespace wsferry::strapi
