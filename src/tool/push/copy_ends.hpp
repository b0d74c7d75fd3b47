#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tool/push/content_counts.hpp"
#include "tool/terminal/interruption.hpp"
#include "wsferry/strapi/file_place.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::tool {

/// One of the two servers of a copy, to read from: a new connection with each call.
using OpenServer = std::function<std::shared_ptr<strapi::Source>()>;

/// Whether a copy fails where the source cannot read the entities of a type.
using IsWanted = std::function<bool(const std::string& uid)>;

/// What a comparison of two servers says about whether they are one, reached by two addresses.
enum class Likeness {
  different,  ///< They are two.
  alike,      ///< Equal configuration, equal first records, row ids included: one server, or two on
              ///< copies of one database. Nothing tells which.
  unknown     ///< The destination cannot be read.
};

/// The name for programs, as above.
const char* toString(Likeness likeness) noexcept;

/// Where the files of a copy's two servers are.
struct FileStorage {
  enum class Verdict {
    local,      ///< The source's are in its own folder.
    elsewhere,  ///< The destination's are on no storage that the source's are on.
    none,    ///< The destination has none. A server deletes files by its records: it deletes none,
             ///< wherever it stores new ones. In the same place these replace equal files.
    shared,  ///< Some of both are on one.
    unknown  ///< The source's are on storage that others may use, and the destination's cannot be
             ///< told.
  };
  Verdict verdict = Verdict::local;
  std::set<std::string> providers;  ///< Of the source's files that are not local.
  std::set<std::string> storages;   ///< Theirs, or those that both use.

  /// Whether the destination may delete files of the source.
  bool isDangerous() const { return verdict == Verdict::shared || verdict == Verdict::unknown; }
};

/// What was found out about both ends of a copy before it, or about the files that an archive only
/// names before a push.
struct CopyEnds {
  std::optional<Likeness> likeness;  ///< Of a copy.
  std::optional<FileStorage> files;  ///< Nothing where no files are copied.
  std::string unread;  ///< Why the destination could not be read. Empty where it could.

  std::optional<ContentCounts> source;  ///< Of a copy.
  /// Nothing where it cannot be read, or need not as the source has some of all that is deleted.
  std::optional<ContentCounts> destination;
};

/// What a copy replaces.
struct CopyScope {
  bool withFiles = false;
  std::vector<std::string> deletedTypes;
  IsWanted isWanted;
};

/// Reads what tells about both ends: configuration and entities of the source, and of the
/// destination what is needed. Neither is changed. @throws Error, also for a wanted type of the
/// source that cannot be read, and for a failure that may pass; not for a destination that lets
/// nobody read.
CopyEnds examineEnds(const OpenServer& from, const OpenServer& to, const CopyScope& scope,
                     Interruption& interruption);

/// The same for an archive: where the destination's files are if it names files that it does not
/// have, and with `isCounted` what the destination has.
CopyEnds examineDestination(const std::vector<strapi::FilePlace>& elsewhere, bool isCounted,
                            const OpenServer& to, Interruption& interruption);

/// That they may be one server, as the destination cannot be read: a sentence, or nothing. To be
/// told whatever else is kept quiet, as a guard is off.
std::string uncheckedText(const CopyEnds& ends);

/// For a plan: some lines, that among them, or nothing where there is nothing to say.
std::string copyEndsText(const CopyEnds& ends);

/// Where the source's files are, in words: `aws-s3, at bucket.example.org/uploads`.
std::string storageText(const FileStorage& files);

}  // namespace wsferry::tool
