#include "tool/push/copy_ends.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/terminal/first_few.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/detail/error/passing.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/file_place.hpp"
#include "wsferry/strapi/record_type.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

// Where a server's files are.
struct Places {
  bool hasFiles = false;
  std::vector<strapi::FilePlace> remote;  // each once
};

// What a stage has, by one reading of it.
struct Look {
  std::vector<std::size_t> marks;  // hashes of records
  std::map<std::string, strapi::Tally> byType;
  Places places;
  std::vector<strapi::Omission> omissions;  // of types
};

class Looking final : public strapi::RecordSink {
 public:
  explicit Looking(TransferStage stage) : stage_(stage) {}

  void record(const strapi::Record& record) override {
    constexpr std::size_t enough = 200;  // For ids to differ.
    if (stage_ == TransferStage::configuration || look_.marks.size() < enough) {
      look_.marks.push_back(std::hash<std::string_view>()(record.text()));
    }
    const std::string type = strapi::readRecordType(stage_, record);
    strapi::Tally& tally = look_.byType[type];
    ++tally.count;
    tally.bytes += record.text().size();
    if (type == strapi::uploadFile) {
      addPlace(record);
    }
  }

  void omitted(const strapi::Omission& omission) override {
    if (omission.kind == strapi::Omission::Kind::type &&
        !strapi::isNeverTransferred(omission.subject)) {
      look_.omissions.push_back(omission);
    }
  }

  Look take() { return std::move(look_); }

 private:
  void addPlace(const strapi::Record& record) {
    const auto place = strapi::readFilePlace(record);
    look_.places.hasFiles = true;
    if (place && !place->isLocal() && known_.emplace(place->provider, place->storage).second) {
      look_.places.remote.push_back(*place);
    }
  }

  TransferStage stage_;
  Look look_;
  std::set<std::pair<std::string, std::string>> known_;
};

// Reads a stage over a connection of its own. To its end, even where less would do: an old
// server that is about to send a message to somebody who hangs up ends its whole process.
Look lookAt(const OpenServer& open, TransferStage stage, Interruption& interruption) {
  interruption.throwIfRequested();
  const std::shared_ptr<strapi::Source> source = open();
  Looking looking(stage);
  const Interruption::Scope scope(interruption, [&source] { source->cancel(); });
  source->bootstrap();
  source->readRecords(stage, looking);
  source->close();
  return looking.take();
}

// One end, each stage read when it is first asked for.
class End {
 public:
  End(const OpenServer& open, Interruption& interruption)
      : open_(open), interruption_(interruption) {}

  const Look& at(TransferStage stage) {
    const auto known = looks_.find(stage);
    return known == looks_.end() ? again(stage) : known->second;
  }

  const Look& again(TransferStage stage) {
    return looks_[stage] = lookAt(open_, stage, interruption_);
  }

  // A look that something was left out of would tell the wrong thing.
  const Look& whole(TransferStage stage, const IsWanted& isWanted) {
    const Look& look = at(stage);
    for (const strapi::Omission& omission : look.omissions) {
      if (omission.subject.empty() || isWanted(omission.subject)) {
        strapi::refuseOmission(omission);
      }
    }
    return look;
  }

  ContentCounts counts(bool withEntities) {
    ContentCounts counts;
    if (withEntities) {
      counts.entitiesByType = at(TransferStage::entities).byType;
      counts.files = counts.recordsOf(std::string(strapi::uploadFile));
    }
    for (const auto& type : at(TransferStage::configuration).byType) {
      counts.configuration.count += type.second.count;
      counts.configuration.bytes += type.second.bytes;
    }
    return counts;
  }

 private:
  const OpenServer& open_;
  Interruption& interruption_;
  std::map<TransferStage, Look> looks_;
};

// What somebody changes between two looks makes one server look like two: the first is looked at
// once more.
bool areAlike(End& source, End& destination, TransferStage stage, const IsWanted& isWanted) {
  source.whole(stage, isWanted);
  const std::vector<std::size_t>& other = destination.whole(stage, isWanted).marks;
  if (source.whole(stage, isWanted).marks == other) {
    return true;
  }
  source.again(stage);
  return source.whole(stage, isWanted).marks == other;
}

bool isOfFiles(const std::string& uid) {
  return uid == strapi::uploadFile;
}

// What cannot be read is there all the same, and may be anything where its type is not told.
std::optional<ContentCounts> whatIsDeleted(End& destination, bool withEntities) {
  ContentCounts counts = destination.counts(withEntities);
  if (withEntities) {
    for (const strapi::Omission& omission : destination.at(TransferStage::entities).omissions) {
      if (omission.subject.empty()) {
        return std::nullopt;
      }
      ++counts.entitiesByType[omission.subject].count;
      counts.files += isOfFiles(omission.subject) ? 1 : 0;
    }
  }
  return counts;
}

FileStorage storageOf(const std::vector<strapi::FilePlace>& places) {
  FileStorage files;
  for (const strapi::FilePlace& place : places) {
    files.verdict = FileStorage::Verdict::unknown;
    files.providers.insert(place.provider);
    files.storages.insert(place.storage);
  }
  return files;
}

void compareWithDestination(FileStorage& files, const Places& places) {
  if (!places.hasFiles) {
    files.verdict = FileStorage::Verdict::none;
    return;
  }
  std::set<std::string> both;
  bool isTold = true;
  for (const strapi::FilePlace& place : places.remote) {
    isTold = isTold && !place.storage.empty() && files.storages.count("") == 0;
    if (files.storages.count(place.storage) != 0) {
      both.insert(place.storage);
    }
  }
  if (!both.empty()) {
    files.verdict = FileStorage::Verdict::shared;
    files.storages = both;
  } else if (isTold) {
    files.verdict = FileStorage::Verdict::elsewhere;
  }
}

// Why `server` cannot be read, as a push-only token makes it; empty if it can. A failure that may
// be gone the next time says nothing about that.
std::string whyUnreadable(const OpenServer& server, Interruption& interruption) {
  const std::shared_ptr<strapi::Source> source = server();
  const Interruption::Scope scope(interruption, [&source] { source->cancel(); });
  try {
    source->bootstrap();
    source->close();
    return {};
  } catch (const Error& error) {
    interruption.throwIfRequested();
    if (mayPass(error.code(), error.info())) {
      throw;
    }
    return error.code() == Errc::notAuthorized
               ? "the destination's token is of type Push, but reading needs one of type Full "
                 "access"
               : "the destination cannot be read: " + error.info().message;
  }
}

std::string joined(std::set<std::string> items) {
  items.erase("");  // One that is not known.
  return listedFew({items.begin(), items.end()}, 5);
}

// To follow "the destination".
const char* destinationText(FileStorage::Verdict verdict) {
  switch (verdict) {
    case FileStorage::Verdict::elsewhere:
      return "'s are elsewhere";
    case FileStorage::Verdict::none:
      return " has no files, and deletes none; if it stores them there as well, both servers then "
             "share them, and deleting a file on one takes it from the other";
    case FileStorage::Verdict::shared:
      return "'s are there, too";
    case FileStorage::Verdict::local:
    case FileStorage::Verdict::unknown:
      break;
  }
  return "'s may be there, too";
}

}  // namespace

const char* toString(Likeness likeness) noexcept {
  return likeness == Likeness::different ? "different"
         : likeness == Likeness::alike   ? "alike"
                                         : "unknown";
}

std::string storageText(const FileStorage& files) {
  const std::string storages = joined(files.storages);
  return joined(files.providers) + (storages.empty() ? "" : ", at " + storages);
}

std::string uncheckedText(const CopyEnds& ends) {
  return ends.likeness == Likeness::unknown
             ? "whether source and destination are one server was not checked: " +
                   printable(ends.unread, 300)
             : std::string();
}

std::string copyEndsText(const CopyEnds& ends) {
  std::string text;
  if (ends.likeness == Likeness::alike) {
    text +=
        "warning:  source and destination look like one server: their configuration and first "
        "records are equal, row ids included\n";
  } else if (const std::string unchecked = uncheckedText(ends); !unchecked.empty()) {
    text += "note:     " + unchecked + "\n";
  }
  if (ends.files && ends.files->verdict != FileStorage::Verdict::local) {
    text += std::string(ends.files->isDangerous() ? "warning:  " : "storage:  ") +
            (ends.likeness ? "files of the source are on shared storage ("
                           : "files that the archive does not have are on shared storage (") +
            storageText(*ends.files) + "); the destination" + destinationText(ends.files->verdict) +
            "\n";
  }
  return text;
}

CopyEnds examineEnds(const OpenServer& from, const OpenServer& to, const CopyScope& scope,
                     Interruption& interruption) {
  CopyEnds ends;
  ends.unread = whyUnreadable(to, interruption);
  End source(from, interruption);
  End destination(to, interruption);
  if (ends.unread.empty()) {
    const auto equal = [&](TransferStage stage) {
      return areAlike(source, destination, stage, scope.isWanted);
    };
    const bool alike = equal(TransferStage::configuration) && equal(TransferStage::entities);
    ends.likeness = alike ? Likeness::alike : Likeness::different;
  } else {
    ends.likeness = Likeness::unknown;
  }
  const bool withEntities = scope.withFiles || !scope.deletedTypes.empty();
  if (withEntities) {
    source.whole(TransferStage::entities, scope.isWanted);
  }
  ends.source = source.counts(withEntities);
  const bool isAllReplaced =
      ends.source->configuration.count > 0 &&
      std::all_of(scope.deletedTypes.begin(), scope.deletedTypes.end(),
                  [&](const std::string& type) { return ends.source->recordsOf(type) > 0; });
  if (ends.unread.empty() && !isAllReplaced) {
    ends.destination = whatIsDeleted(destination, withEntities);
  }
  if (scope.withFiles) {
    ends.files = storageOf(source.whole(TransferStage::entities, isOfFiles).places.remote);
    if (ends.files->verdict != FileStorage::Verdict::local && ends.unread.empty()) {
      compareWithDestination(*ends.files,
                             destination.whole(TransferStage::entities, isOfFiles).places);
    }
  }
  return ends;
}

CopyEnds examineDestination(const std::vector<strapi::FilePlace>& elsewhere, bool isCounted,
                            const OpenServer& to, Interruption& interruption) {
  CopyEnds ends;
  ends.files = storageOf(elsewhere);
  if (elsewhere.empty() && !isCounted) {
    return ends;
  }
  try {
    ends.unread = whyUnreadable(to, interruption);
  } catch (const Error& error) {
    if (!elsewhere.empty()) {
      throw;
    }
    interruption.throwIfRequested();  // Else the push shows whether the server is there.
    ends.unread = "the destination cannot be read: " + error.info().message;
  }
  if (!ends.unread.empty()) {
    return ends;
  }
  End destination(to, interruption);
  if (!elsewhere.empty()) {
    compareWithDestination(*ends.files,
                           destination.whole(TransferStage::entities, isOfFiles).places);
  }
  if (isCounted) {
    try {
      ends.destination = whatIsDeleted(destination, /*withEntities=*/true);
    } catch (const Error&) {  // A server that cannot be read may be what is to be restored.
      interruption.throwIfRequested();
    }
  }
  return ends;
}

}  // namespace wsferry::tool
