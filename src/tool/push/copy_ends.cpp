#include "tool/push/copy_ends.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/file_place.hpp"

namespace wsferry::tool {

namespace {

using strapi::TransferStage;

class Records final : public strapi::RecordSink {
 public:
  Records(std::function<void(const strapi::Record&)> take, IsWanted isWanted)
      : take_(std::move(take)), isWanted_(std::move(isWanted)) {}
  void record(const strapi::Record& record) override { take_(record); }
  // A look that something was left out of would tell the wrong thing.
  void omitted(const strapi::Omission& omission) override {
    const bool isUnnamed = omission.subject.empty();
    if (!strapi::isNeverTransferred(omission.subject) &&
        (isUnnamed || isWanted_(omission.subject))) {
      strapi::refuseOmission(omission);
    }
  }

 private:
  std::function<void(const strapi::Record&)> take_;
  IsWanted isWanted_;
};

// Reads a stage over a connection of its own. To its end, even where less would do: a Strapi 4 that
// is about to send a message to somebody who hangs up ends its whole process.
void read(const OpenServer& open, TransferStage stage, Interruption& interruption,
          const IsWanted& isWanted, std::function<void(const strapi::Record&)> take) {
  interruption.throwIfRequested();
  const std::shared_ptr<strapi::Source> source = open();
  Records records(std::move(take), isWanted);
  const Interruption::Scope scope(interruption, [&source] { source->cancel(); });
  source->bootstrap();
  source->readRecords(stage, records);
  source->close();
}

using Marks = std::vector<std::size_t>;

Marks marksOf(const OpenServer& server, TransferStage stage, const IsWanted& isWanted,
              Interruption& interruption) {
  constexpr std::size_t enough = 200;  // For ids to differ.
  Marks marks;
  read(server, stage, interruption, isWanted, [&](const strapi::Record& record) {
    if (stage == TransferStage::configuration || marks.size() < enough) {
      marks.push_back(std::hash<std::string_view>()(record.text()));
    }
  });
  return marks;
}

// What somebody changes between two looks makes one server look like two: the first is looked at
// once more.
bool areAlike(const OpenServer& source, const OpenServer& destination, TransferStage stage,
              const IsWanted& isWanted, Interruption& interruption) {
  const Marks before = marksOf(source, stage, isWanted, interruption);
  const Marks other = marksOf(destination, stage, isWanted, interruption);
  return before == other || marksOf(source, stage, isWanted, interruption) == other;
}

// Where a server's files are.
struct Places {
  bool hasFiles = false;
  std::vector<strapi::FilePlace> remote;  // each once
};

Places placesOf(const OpenServer& server, Interruption& interruption) {
  Places places;
  std::set<std::pair<std::string, std::string>> known;
  const IsWanted isOfFiles = [](const std::string& uid) { return uid == strapi::uploadFile; };
  read(server, TransferStage::entities, interruption, isOfFiles, [&](const strapi::Record& record) {
    const auto place = strapi::readFilePlace(record);
    places.hasFiles = places.hasFiles || place;
    if (place && !place->isLocal() && known.emplace(place->provider, place->storage).second) {
      places.remote.push_back(*place);
    }
  });
  return places;
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

void compareWithDestination(FileStorage& files, const OpenServer& destination,
                            Interruption& interruption) {
  const Places places = placesOf(destination, interruption);
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

// Why `server` cannot be read, as a push-only token makes it; empty if it can.
std::string whyUnreadable(const OpenServer& server, Interruption& interruption) {
  const std::shared_ptr<strapi::Source> source = server();
  const Interruption::Scope scope(interruption, [&source] { source->cancel(); });
  try {
    source->bootstrap();
    source->close();
    return {};
  } catch (const Error& error) {
    interruption.throwIfRequested();
    return error.code() == Errc::notAuthorized
               ? "the destination's token is of type Push, and reading needs one of type Full "
                 "access"
               : "the destination cannot be read: " + error.info().message;
  }
}

std::string joined(const std::set<std::string>& items) {
  constexpr std::size_t most = 5;
  std::string text;
  std::size_t shown = 0;
  for (const std::string& item : items) {
    if (!item.empty() && shown++ < most) {
      text += (text.empty() ? "" : ", ") + printable(item, 100);
    }
  }
  return shown > most ? text + " and more" : text;
}

// To follow "the destination".
const char* destinationText(FileStorage::Verdict verdict) {
  switch (verdict) {
    case FileStorage::Verdict::elsewhere:
      return "'s are elsewhere";
    case FileStorage::Verdict::none:
      return " has no files, and deletes none; if it stores them there, too, both servers share "
             "them "
             "from then on, and one that deletes a file takes it from the other";
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

std::string copyEndsText(const CopyEnds& ends) {
  std::string text;
  if (ends.likeness == Likeness::alike) {
    text +=
        "warning:  source and destination look like one server: their configuration and first "
        "records are equal, row ids included\n";
  } else if (ends.likeness == Likeness::unknown) {
    text += "note:     whether source and destination are one server was not checked: " +
            printable(ends.unread, 300) + "\n";
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

CopyEnds examineEnds(const OpenServer& source, const OpenServer& destination, bool withFiles,
                     const IsWanted& isWanted, Interruption& interruption) {
  CopyEnds ends;
  ends.unread = whyUnreadable(destination, interruption);
  if (ends.unread.empty()) {
    const auto equal = [&](TransferStage stage) {
      return areAlike(source, destination, stage, isWanted, interruption);
    };
    const bool alike = equal(TransferStage::configuration) && equal(TransferStage::entities);
    ends.likeness = alike ? Likeness::alike : Likeness::different;
  } else {
    ends.likeness = Likeness::unknown;
  }
  if (withFiles) {
    ends.files = storageOf(placesOf(source, interruption).remote);
    if (ends.files->verdict != FileStorage::Verdict::local && ends.unread.empty()) {
      compareWithDestination(*ends.files, destination, interruption);
    }
  }
  return ends;
}

CopyEnds examineFiles(const std::vector<strapi::FilePlace>& elsewhere,
                      const OpenServer& destination, Interruption& interruption) {
  CopyEnds ends;
  ends.files = storageOf(elsewhere);
  if (!elsewhere.empty()) {
    ends.unread = whyUnreadable(destination, interruption);
    if (ends.unread.empty()) {
      compareWithDestination(*ends.files, destination, interruption);
    }
  }
  return ends;
}

}  // namespace wsferry::tool
