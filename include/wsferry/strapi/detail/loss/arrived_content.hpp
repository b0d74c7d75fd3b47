#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/engine/fitting_values.hpp"
#include "wsferry/strapi/detail/engine/known_content.hpp"
#include "wsferry/strapi/detail/loss/expected_files.hpp"
#include "wsferry/strapi/detail/loss/file_names.hpp"
#include "wsferry/strapi/detail/loss/files_left_out.hpp"
#include "wsferry/strapi/detail/loss/id_set.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/messages/attribute_values.hpp"
#include "wsferry/strapi/detail/schema/component_attributes.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// What of the selection has come from the source, and what therefore is lost: entities, and the
/// components within them, by type and id, and files by name. At most 16 MiB are kept of the ids,
/// which is a bit each for 134 million of them, and 36 MiB of a million files; what is beyond is
/// not checked, and said so. Of the engine's thread.
class ArrivedContent {
 public:
  struct Sides {
    KnownContent& source;
    const std::vector<Schema>& sourceSchemas;
    KnownContent* destination = nullptr;  ///< Null where nothing is known of its types.
    bool sourceMayOmit = false;           ///< Source::mayOmit()
  };

  /// Options and sides outlive it.
  ArrivedContent(const TransferEngineOptions& options, const Sides& sides);

  /// What the source says. @throws Error with Errc::remoteFailed for a type of the selection,
  /// unless an option accepts that.
  void omitted(const Omission& omission);

  /// An entity of a type of the selection came, whatever becomes of it.
  void entityCame(std::string_view type);

  /// It goes on to the destination.
  void entityPassed(const EntityView& entity);

  /// One that goes on without these values, which the destination has no place for.
  void entityWasShortened(std::string_view type, const std::vector<Misfit>& misfits);

  /// Whether the entities or components at a link's ends have come. @throws Error with
  /// Errc::remoteFailed where nothing at all came of a type, of a source that may leave out in
  /// silence, unless an option goes on.
  bool bothEndsCame(const LinkView& link);

  /// A link of a relation that no schema has.
  void linkOfNoRelationCame(const LinkView& link);

  /// A link that joins the languages of a record by ids, which the destination does by documents.
  void languagesPartedBy(const LinkView& link);

  /// A file came. False where its record did not: an import does not take it.
  bool fileCame(const AssetInfo& info);

  /// One came to its end, with fewer bytes than its record says.
  void fileIsShort(std::string_view name, const std::string& text);

  /// All files came that do come.
  void filesEnded();

  /// The first file, in the order of the records, that has not come yet.
  std::optional<ExpectedFiles::File> firstMissingFile() const { return files_.firstMissing(); }

  KnownContent& source() { return sides_.source; }

  /// Adds losses and remarks.
  void tell(TransferResult& result) const;

 private:
  struct Type {
    bool isComponent = false;
    bool hasCome = false;
    bool isChecked = true;  // all its ids are known
    IdSet ids;
    std::string suspicion;  // what leads to it and may be left over, where nothing of it came
  };
  using Types = std::map<std::string, Type, std::less<>>;

  std::string shortenedText() const;
  bool hasRecord(const AssetInfo& info);
  bool isSelectedFile(std::uint64_t recordId) const;
  bool isWanted(const std::string& type);
  Type* find(std::string_view uid, Types::iterator& last);
  bool hasCome(std::string_view uid, std::string_view id, Types::iterator& last);
  void addId(Type& type, std::string_view id);
  void addComponents(const EntityView& entity);
  void expectFiles(const EntityView& file);
  bool isSilent(Types::const_iterator type) const;
  void noteSilence(Types::value_type& type, const std::string& sign, bool isCertain);

  const TransferEngineOptions& options_;
  const Sides sides_;
  ComponentAttributes components_;
  Types types_;  // the content types of the source that are selected, and all components
  Types::iterator lastEntity_;
  Types::iterator lastComponent_;
  Types::iterator lastLeft_;
  Types::iterator lastRight_;
  std::size_t pagesLeft_;
  bool areFilesTracked_ = false;
  ExpectedFiles files_;
  std::uint64_t filesSeen_ = 0;
  static constexpr std::size_t mostWarnedFiles = 10'000;
  struct WarnedFile {
    std::optional<std::uint64_t> recordId;
    std::string words;
  };
  std::vector<WarnedFile> warnedFiles_;  // that the source says it does not have
  std::vector<Loss> losses_;
  std::vector<std::string> remarks_;

  std::uint64_t linksOfNoRelation_ = 0;
  std::string linkOfNoRelation_;

  std::uint64_t shortened_ = 0;
  std::map<std::string, std::uint64_t> misfits_;  // the first different ones, and how often

  std::uint64_t orphans_ = 0;
  std::string orphan_;  // the first
  std::uint64_t omittedLinks_ = 0;
  std::string omittedLink_;
  std::uint64_t filesWithoutRecord_ = 0;
  std::string fileWithoutRecord_;
};

/// Which file it is, for a person to find it.
std::string describe(const ExpectedFiles::File& file);

namespace detail {

inline constexpr std::size_t longestWords = 300;
inline constexpr std::size_t idBytes = 16u << 20;

// Sources of the user's may give it as a string.
inline std::optional<std::uint64_t> idOf(std::string_view json) {
  return rowIdOf(isJsonString(json) ? rawJsonStringOf(json) : json);
}

inline std::string shownLink(const LinkView& link) {
  return printable(link.left.type, 100) + " " + printable(link.left.ref, 40) + " -> " +
         printable(link.right.type, 100) + " " + printable(link.right.ref, 40);
}

[[noreturn]] inline void refuseSilence(const std::string& uid, const std::string& sign,
                                       bool isCertain) {
  ErrorInfo info;
  info.subject = uid;
  info.subjectKind = SubjectKind::type;
  info.message =
      "Nothing of this type came, but " + sign +
      ": the source could not read it (before Strapi 5.54 a server does not say so), or " +
      (isCertain ? "its database has lost it." : "these links are left over.");
  throw Error(Errc::remoteFailed, std::move(info));
}

inline bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace detail

inline ArrivedContent::ArrivedContent(const TransferEngineOptions& options, const Sides& sides)
    : options_(options), sides_(sides), pagesLeft_(detail::idBytes / IdSet::pageBytes) {
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
inline bool ArrivedContent::isWanted(const std::string& type) {
  if (type.empty()) {
    return true;
  }
  return options_.filter.decide(TransferStage::entities, type) == TransferFilter::Decision::pass &&
         (sides_.destination == nullptr || sides_.destination->knowsContentType(type));
}

inline void ArrivedContent::omitted(const Omission& omission) {
  const std::string words = printable(omission.words, detail::longestWords);
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
      if (!areFilesTracked_ || files_.unchecked() > 0) {
        addLoss(losses_, LossKind::missingFile, words, omission.count);
      } else if (warnedFiles_.size() < mostWarnedFiles) {
        warnedFiles_.push_back({detail::idOf(omission.subject), words});
      }
      return;
  }
}

inline ArrivedContent::Type* ArrivedContent::find(std::string_view uid, Types::iterator& last) {
  if (last == types_.end() || last->first != uid) {
    last = types_.find(uid);
  }
  return last == types_.end() ? nullptr : &last->second;
}

inline void ArrivedContent::entityCame(std::string_view type) {
  if (Type* known = find(type, lastEntity_)) {
    known->hasCome = true;
  }
}

inline void ArrivedContent::entityPassed(const EntityView& entity) {
  Type* type = find(entity.type, lastEntity_);
  if (type == nullptr) {
    return;
  }
  addId(*type, entity.id);
  addComponents(entity);
  if (areFilesTracked_ && entity.type == uploadFile) {
    expectFiles(entity);
  }
}

inline void ArrivedContent::entityWasShortened(std::string_view type,
                                               const std::vector<Misfit>& misfits) {
  constexpr std::size_t mostKept = 100;
  ++shortened_;
  for (const Misfit& misfit : misfits) {
    const std::string text = printable(type, 100) + " " + misfit.path + " " + misfit.reason;
    if (misfits_.size() < mostKept || misfits_.count(text) != 0) {
      ++misfits_[text];
    }
  }
}

inline void ArrivedContent::addId(Type& type, std::string_view id) {
  const auto row = detail::idOf(id);
  type.isChecked = row && type.ids.insert(*row, pagesLeft_) && type.isChecked;
}

inline void ArrivedContent::addComponents(const EntityView& entity) {
  const ComponentAttributes::OfType& holders = components_.of(entity.type);
  if (holders.empty()) {
    return;
  }
  for (const EntityAttribute& attribute : entity.attributes) {
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

inline void ArrivedContent::expectFiles(const EntityView& file) {
  const std::uint64_t recordId = detail::idOf(file.id).value_or(0);
  const auto [hash, ext, formats] = valuesOf<3>(file, {"hash", "ext", "formats"});
  for (const NamedFile& named : filesNamedBy(hash, ext, formats)) {
    files_.expect(named.name, recordId);
  }
}

inline void ArrivedContent::linkOfNoRelationCame(const LinkView& link) {
  if (++linksOfNoRelation_ == 1) {
    linkOfNoRelation_ = detail::shownLink(link);
  }
}

inline bool ArrivedContent::bothEndsCame(const LinkView& link) {
  const bool left = hasCome(link.left.type, link.left.ref, lastLeft_);
  const bool right = hasCome(link.right.type, link.right.ref, lastRight_);
  if (left && right) {
    return true;
  }
  if (++orphans_ == 1) {
    orphan_ = detail::shownLink(link);
  }
  // A foreign key holds what links refer to, but for the right end of a morph relation: when that
  // is deleted, the link stays.
  if (!left && isSilent(lastLeft_)) {
    noteSilence(*lastLeft_, "links such as " + detail::shownLink(link), true);
  }
  if (!right && isSilent(lastRight_)) {
    noteSilence(*lastRight_, "links such as " + detail::shownLink(link),
                link.kind != "relation.morph");
  }
  return false;
}

inline bool ArrivedContent::hasCome(std::string_view uid, std::string_view id,
                                    Types::iterator& last) {
  Type* type = find(uid, last);
  if (type == nullptr) {
    // A type that the source has no more.
    return sides_.source.knowsType(uid);
  }
  const auto row = detail::idOf(id);
  // A document's is the other end's own.
  return !row || !type->isChecked || type->ids.contains(*row);
}

inline bool ArrivedContent::isSilent(Types::const_iterator type) const {
  return type != types_.end() && !type->second.hasCome && !type->second.isComponent &&
         sides_.sourceMayOmit;
}

inline void ArrivedContent::noteSilence(Types::value_type& type, const std::string& sign,
                                        bool isCertain) {
  const bool goesOn = options_.allowIncomplete || (!isCertain && options_.allowSuspected);
  if (!goesOn) {
    detail::refuseSilence(type.first, sign, isCertain);
  }
  if (isCertain) {
    type.second.hasCome = true;  // Told once.
    addLoss(losses_, LossKind::unreadableType,
            type.first + " (nothing of it came, but " + sign + ")");
  } else if (type.second.suspicion.empty()) {
    type.second.suspicion = sign;
  }
}

inline void ArrivedContent::languagesPartedBy(const LinkView& link) {
  addLoss(losses_, LossKind::skippedLink,
          detail::shownLink(link) +
              " (languages of one record, which Strapi 5 joins by their document and not by ids)");
}

inline bool ArrivedContent::fileCame(const AssetInfo& info) {
  ++filesSeen_;
  // One that is left out is missing all the same, if a record names it.
  if (!hasRecord(info)) {
    return false;
  }
  files_.arrived(info.filename);
  for (const std::string_view nothing : missingExtensions) {
    if (detail::endsWith(info.filename, nothing)) {
      files_.arrived(
          std::string_view(info.filename).substr(0, info.filename.size() - nothing.size()));
    }
  }
  return true;
}

inline bool ArrivedContent::hasRecord(const AssetInfo& info) {
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
    noteSilence(*lastLeft_, "files such as " + printable(info.filename, detail::longestWords),
                true);
  }
  // With no record at all the files are what is left of them; only a server refuses them.
  const Type& type = lastLeft_->second;
  if (sides_.destination == nullptr && type.ids.isEmpty()) {
    return true;
  }
  if (++filesWithoutRecord_ == 1) {
    fileWithoutRecord_ = printable(info.filename, detail::longestWords);
  }
  return false;
}

inline bool ArrivedContent::isSelectedFile(std::uint64_t recordId) const {
  const Type& type = types_.find(uploadFile)->second;
  return !type.isChecked || type.ids.contains(recordId);
}

inline void ArrivedContent::fileIsShort(std::string_view name, const std::string& text) {
  addLoss(losses_, LossKind::shortFile, printable(name, detail::longestWords) + " " + text);
}

inline void ArrivedContent::filesEnded() {
  std::vector<Loss> missing;
  std::set<std::uint64_t> records;
  files_.eachMissing([&](const ExpectedFiles::File& file) {
    addLoss(missing, LossKind::missingFile, describe(file));
    if (!warnedFiles_.empty()) {
      records.insert(file.recordId);
    }
  });
  // Of a record that names no file, as one without a hash, only the source's words tell.
  for (const WarnedFile& file : warnedFiles_) {
    const bool isAnother =
        file.recordId ? isSelectedFile(*file.recordId) && records.insert(*file.recordId).second
                      : missing.empty();
    if (isAnother) {
      addLoss(missing, LossKind::missingFile, file.words);
    }
  }
  if (missing.empty()) {
    return;
  }
  if (filesSeen_ == 0 && !sides_.sourceMayOmit) {
    remarks_.push_back(filesLeftOut(missing[0].count));
    return;
  }
  losses_.push_back(std::move(missing[0]));
}

inline void ArrivedContent::tell(TransferResult& result) const {
  const auto leftOut = [](std::uint64_t count) {
    return "; " + std::string(formOf(count, "it was", "they were")) + " left out";
  };
  const auto remark = [&](std::uint64_t count, const char* one, const char* many,
                          const std::string& example, const std::string& end) {
    if (count > 0) {
      result.remarks.push_back(counted(count, one, many) + ", such as " + example + end);
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
  remark(omittedLinks_, "link leads nowhere in the source's database, and was left out there",
         "links lead nowhere in the source's database, and were left out there", omittedLink_, "");
  if (shortened_ > 0) {
    result.remarks.push_back(shortenedText());
  }
  remark(orphans_, "link leads to an entity or component that is not among what came",
         "links lead to entities or components that are not among what came", orphan_,
         sides_.destination == nullptr ? "" : leftOut(orphans_));
  remark(linksOfNoRelation_,
         "link is of a relation that no schema has; a server may drop it without a word",
         "links are of relations that no schema has; a server may drop them without a word",
         linkOfNoRelation_, "");
  remark(filesWithoutRecord_, "file has no record, as one that was uploaded meanwhile",
         "files have no record, as those that were uploaded meanwhile", fileWithoutRecord_,
         leftOut(filesWithoutRecord_));
  if (files_.unchecked() > 0) {
    result.remarks.push_back(counted(files_.unchecked(),
                                     "file beyond the first million was not looked for",
                                     "files beyond the first million were not looked for"));
  }
  if (std::any_of(types_.begin(), types_.end(),
                  [](const auto& type) { return !type.second.isChecked; })) {
    result.remarks.push_back(
        "links to types with very many entities, or with ids that are no numbers, were not checked "
        "for whether these came");
  }
}

inline std::string ArrivedContent::shortenedText() const {
  constexpr std::size_t mostShown = 5;
  std::string text = counted(shortened_, "entity was", "entities were") +
                     " stored without values that the destination has no place for: ";
  std::size_t shown = 0;
  for (const auto& [misfit, count] : misfits_) {
    if (shown == mostShown) {
      return text + "; ...";
    }
    text += (shown++ == 0 ? "" : "; ") + misfit + " (" + std::to_string(count) + ")";
  }
  return text;
}

inline std::string describe(const ExpectedFiles::File& file) {
  const std::string record = std::string(uploadFile) + " " + std::to_string(file.recordId);
  return file.name.empty() ? "one of " + record
                           : printable(file.name, detail::longestWords) + " of " + record;
}

}  // namespace wsferry::strapi
