#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// Something that a source reports as left out.
struct Omission {
  enum class Kind {
    type,  ///< Entities of a type, which it could not read.
    link,  ///< Links to entities that it does not have.
    file   ///< A file that a record names but it does not have.
  };
  Kind kind = Kind::type;
  std::string subject;      ///< A type's uid, or the id of a file's record; empty if the source
                            ///< does not say.
  std::uint64_t count = 1;  ///< Of the same kind: of types, not of their entities.
  std::string words;        ///< The source's own.
};

/// An omission that no sink handles is a failure, unless it concerns links, which can lead nowhere
/// in any database. @throws Error with Errc::remoteFailed for a type, dataMissing for a file.
WSFERRY_API void refuseOmission(const Omission& omission);

/// Takes the records of one stage, in order. Each is valid during the call. Throws to end the
/// transfer.
class WSFERRY_API RecordSink {
 public:
  virtual ~RecordSink() = default;
  /// Called before the first record, if the source knows.
  virtual void totals(const StageTotals&) {}
  /// A `record` from an engine has its views; a source may pass plain text, one record's JSON in
  /// one line.
  virtual void record(const Record& record) = 0;
  /// May be called at any time before the stage's end, and not only about this stage.
  virtual void omitted(const Omission& omission) { refuseOmission(omission); }
};

/// Takes the assets of a transfer. Several may be open at a time, told apart by `assetID`; the
/// calls of one asset come in order: begin, any number of write, end. Throws to end the transfer.
class WSFERRY_API AssetSink {
 public:
  virtual ~AssetSink() = default;
  virtual void totals(const StageTotals&) {}
  virtual void begin(std::string_view assetID, const AssetInfo& info) = 0;
  virtual void write(std::string_view assetID, std::string_view bytes) = 0;
  /// The asset is complete, and its checksum was right if one was negotiated.
  virtual void end(std::string_view assetID) = 0;
  /// As for records.
  virtual void omitted(const Omission& omission) { refuseOmission(omission); }
};

}  // namespace wsferry::strapi
