#include "strapi/loss/arrived_content.hpp"

#include <algorithm>

#include "core/json/json_members.hpp"
#include "core/text/printable.hpp"
#include "strapi/loss/file_names.hpp"
#include "strapi/loss/row_id.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::strapi {
namespace {

constexpr std::size_t longestWords = 300;
constexpr std::size_t idBytes = 16u << 20;

// Sources of the user's may give it as a string.
std::optional<std::uint64_t> idOf(std::string_view json) {
  return rowIdOf(isJsonString(json) ? rawJsonStringOf(json) : json);
}

std::string shownLink(const RecordTypes& link) {
  return printable(link.type, 100) + " " + printable(link.id, 40) + " -> " +
         printable(link.otherType, 100) + " " + printable(link.otherId, 40);
}

[[noreturn]] void refuseSilence(const std::string& uid, const std::string& sign, bool isCertain) {
  ErrorInfo info;
  info.subject = uid;
  info.message =
      "Nothing of this type came, but " + sign +
      ": the source could not read it (before Strapi 5.54 a server does not say so), or " +
      (isCertain ? "its database has lost it." : "these links are left over.");
  throw Error(Errc::remoteFailed, std::move(info));
}

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

ArrivedContent::ArrivedContent(const TransferEngineOptions& options, const Sides& sides)
    : options_(options), sides_(sides), pagesLeft_(idBytes / IdSet::pageBytes) {
  const TransferFilter& filter = options_.filter;
  if (filter.includes(TransferStage::entities)) {
    for (std::string& uid : sides_.source.contentTypes()) {
      if (isWanted(uid)) {
        types_.emplace(std::move(uid), Type());
      }
    }
  }
  for (const Schema& schema : sides_.sourceSchemas) {
    components_.addSchema(schema.uid, schema.json);
  }
  for (const std::string& uid : components_.components()) {
    types_[uid].isComponent = true;
  }
  areFilesTracked_ =
      filter.includes(TransferStage::assets) && types_.find(uploadFile) != types_.end();
  lastEntity_ = lastComponent_ = lastLeft_ = lastRight_ = types_.end();
}

// One that is not named may be any.
bool ArrivedContent::isWanted(const std::string& type) {
  if (type.empty()) {
    return true;
  }
  RecordTypes types;
  types.type = type;
  return options_.filter.decide(TransferStage::entities, type) == TransferFilter::Decision::pass &&
         (sides_.destination == nullptr ||
          sides_.destination->knows(TransferStage::entities, types));
}

void ArrivedContent::omitted(const Omission& omission) {
  const std::string words = printable(omission.words, longestWords);
  switch (omission.kind) {
    case Omission::Kind::type:
      if (isWanted(omission.subject)) {
        if (!options_.allowIncomplete) {
          refuseOmission(omission);
        }
        addLoss(losses_, LossKind::unreadableType, omission.subject + " (" + words + ")",
                omission.count);
        entityCame(omission.subject);  // What its links show is known.
      }
      return;
    case Omission::Kind::link:
      omittedLinks_ += omission.count;
      omittedLink_ = omittedLink_.empty() ? words : omittedLink_;
      return;
    case Omission::Kind::file:
      // The records tell it better: of a file that is missing a server does not look for formats.
      if (!areFilesTracked_) {
        addLoss(losses_, LossKind::missingFile, words, omission.count);
      }
      return;
  }
}

ArrivedContent::Type* ArrivedContent::find(std::string_view uid, Types::iterator& last) {
  if (last == types_.end() || last->first != uid) {
    last = types_.find(uid);
  }
  return last == types_.end() ? nullptr : &last->second;
}

void ArrivedContent::entityCame(std::string_view type) {
  if (Type* known = find(type, lastEntity_)) {
    known->hasCome = true;
  }
}

void ArrivedContent::entityPassed(const RecordTypes& entity, const RecordInspector& inspector) {
  Type* type = find(entity.type, lastEntity_);
  if (type == nullptr) {
    return;
  }
  addId(*type, entity.id);
  addComponents(entity.type, inspector);
  if (areFilesTracked_ && entity.type == uploadFile) {
    expectFiles(idOf(entity.id).value_or(0), inspector);
  }
}

void ArrivedContent::addId(Type& type, std::string_view id) {
  const auto row = idOf(id);
  type.isChecked = row && type.ids.insert(*row, pagesLeft_) && type.isChecked;
}

void ArrivedContent::addComponents(std::string_view type, const RecordInspector& inspector) {
  const ComponentAttributes::OfType& holders = components_.of(type);
  if (holders.empty()) {
    return;
  }
  for (const EntityAttribute& attribute : inspector.attributes()) {
    const auto holder = std::find_if(holders.begin(), holders.end(), [&](const auto& known) {
      return jsonStringEquals(attribute.rawName, known.first);
    });
    if (holder == holders.end()) {
      continue;
    }
    components_.forEachComponentIn(holder->second, attribute.value,
                                   [this](std::string_view uid, std::string_view id) {
                                     if (Type* component = find(uid, lastComponent_)) {
                                       addId(*component, id);
                                     }
                                   });
  }
}

void ArrivedContent::expectFiles(std::uint64_t recordId, const RecordInspector& inspector) {
  std::string_view hash;
  std::string_view ext;
  std::string_view formats;
  for (const EntityAttribute& attribute : inspector.attributes()) {
    if (jsonStringEquals(attribute.rawName, "hash")) {
      hash = attribute.value;
    } else if (jsonStringEquals(attribute.rawName, "ext")) {
      ext = attribute.value;
    } else if (jsonStringEquals(attribute.rawName, "formats")) {
      formats = attribute.value;
    }
  }
  for (const NamedFile& file : filesNamedBy(hash, ext, formats)) {
    files_.expect(file.name, recordId);
  }
}

bool ArrivedContent::bothEndsCame(const RecordTypes& link) {
  const bool left = hasCome(link.type, link.id, lastLeft_);
  const bool right = hasCome(link.otherType, link.otherId, lastRight_);
  if (left && right) {
    return true;
  }
  if (++orphans_ == 1) {
    orphan_ = shownLink(link);
  }
  // A foreign key holds what links refer to, but for the right end of a morph relation: when that
  // is deleted, the link stays.
  if (!left && isSilent(lastLeft_)) {
    noteSilence(*lastLeft_, "links such as " + shownLink(link), true);
  }
  if (!right && isSilent(lastRight_)) {
    noteSilence(*lastRight_, "links such as " + shownLink(link),
                link.aggregate != "relation.morph");
  }
  return false;
}

bool ArrivedContent::hasCome(std::string_view uid, std::string_view id, Types::iterator& last) {
  Type* type = find(uid, last);
  if (type == nullptr) {
    // A type that the source has no more.
    return sides_.source.knowsType(uid);
  }
  const auto row = idOf(id);
  // A document's is the other end's own.
  return !row || !type->isChecked || type->ids.contains(*row);
}

bool ArrivedContent::isSilent(Types::const_iterator type) const {
  return type != types_.end() && !type->second.hasCome && !type->second.isComponent &&
         sides_.sourceMayOmit;
}

void ArrivedContent::noteSilence(Types::value_type& type, const std::string& sign, bool isCertain) {
  const bool goesOn = options_.allowIncomplete || (!isCertain && options_.allowSuspected);
  if (!goesOn) {
    refuseSilence(type.first, sign, isCertain);
  }
  if (isCertain) {
    type.second.hasCome = true;  // Told once.
    addLoss(losses_, LossKind::unreadableType,
            type.first + " (nothing of it came, but " + sign + ")");
  } else if (type.second.suspicion.empty()) {
    type.second.suspicion = sign;
  }
}

bool ArrivedContent::fileCame(const AssetInfo& info) {
  ++filesSeen_;
  // One that is left out is missing all the same, if a record names it.
  if (!hasRecord(info)) {
    return false;
  }
  files_.arrived(info.filename);
  for (const std::string_view nothing : missingExtensions) {
    if (endsWith(info.filename, nothing)) {
      files_.arrived(
          std::string_view(info.filename).substr(0, info.filename.size() - nothing.size()));
    }
  }
  return true;
}

bool ArrivedContent::hasRecord(const AssetInfo& info) {
  if (!areFilesTracked_) {
    return true;
  }
  std::string_view id;
  JsonCursor cursor(info.metadata);
  forEachMember(cursor, [&](std::string_view key) {
    const bool isId = key == "id";
    const std::string_view value = cursor.skipValue();
    id = isId ? value : id;
  });
  if (hasCome(uploadFile, id, lastLeft_)) {
    return true;
  }
  if (isSilent(lastLeft_)) {
    noteSilence(*lastLeft_, "files such as " + printable(info.filename, longestWords), true);
  }
  // With no record at all the files are what is left of them; only a server refuses them.
  const Type& type = lastLeft_->second;
  if (sides_.destination == nullptr && type.ids.isEmpty()) {
    return true;
  }
  if (++filesWithoutRecord_ == 1) {
    fileWithoutRecord_ = printable(info.filename, longestWords);
  }
  return false;
}

void ArrivedContent::fileIsShort(std::string_view name, const std::string& text) {
  addLoss(losses_, LossKind::shortFile, printable(name, longestWords) + " " + text);
}

void ArrivedContent::filesEnded() {
  std::vector<Loss> missing;
  files_.eachMissing([&](const ExpectedFiles::File& file) {
    addLoss(missing, LossKind::missingFile, describe(file));
  });
  if (missing.empty()) {
    return;
  }
  if (filesSeen_ == 0 && !sides_.sourceMayOmit) {
    remarks_.push_back("the source has no files, and records of " +
                       std::to_string(missing[0].count) + ": files were left out when it was made");
    return;
  }
  losses_.push_back(std::move(missing[0]));
}

void ArrivedContent::tell(TransferResult& result) const {
  const auto remark = [&](std::uint64_t count, const std::string& what, const std::string& example,
                          const std::string& end) {
    if (count > 0) {
      result.remarks.push_back(std::to_string(count) + what + ", such as " + example + end);
    }
  };
  result.losses.insert(result.losses.end(), losses_.begin(), losses_.end());
  for (const auto& [uid, type] : types_) {
    if (!type.suspicion.empty() && !type.hasCome) {
      addLoss(result.losses, LossKind::suspectedType, uid + " (" + type.suspicion + ")");
    }
  }
  for (Loss& loss : result.losses) {
    const bool isOfFiles = loss.kind == LossKind::missingFile || loss.kind == LossKind::shortFile;
    loss.accepted = isOfFiles && options_.allowMissingFiles;
  }
  result.remarks.insert(result.remarks.end(), remarks_.begin(), remarks_.end());
  remark(omittedLinks_, " links lead nowhere in the source's database, and it left them out",
         omittedLink_, "");
  remark(orphans_, " links lead to entities or components that are not among what came", orphan_,
         sides_.destination == nullptr ? "" : "; they were left out");
  remark(filesWithoutRecord_, " files have no record, as those that were uploaded meanwhile",
         fileWithoutRecord_, "; they were left out");
  if (files_.unchecked() > 0) {
    result.remarks.push_back(
        std::to_string(files_.unchecked()) +
        " files beyond the first million were not checked for whether they came");
  }
  if (std::any_of(types_.begin(), types_.end(),
                  [](const auto& type) { return !type.second.isChecked; })) {
    result.remarks.push_back(
        "links to types with very many entities, or with ids that are no numbers, were not checked "
        "for whether these came");
  }
}

std::string describe(const ExpectedFiles::File& file) {
  const std::string record = std::string(uploadFile) + " " + std::to_string(file.recordId);
  return file.name.empty() ? "one of " + record
                           : printable(file.name, longestWords) + " of " + record;
}

}  // namespace wsferry::strapi
