#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wsferry/core/detail/json/json_cursor.hpp"
#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/counted.hpp"
#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/loss/arrived_files.hpp"
#include "wsferry/strapi/detail/loss/arrived_types.hpp"
#include "wsferry/strapi/detail/loss/files_left_out.hpp"
#include "wsferry/strapi/detail/loss/project_logos.hpp"
#include "wsferry/strapi/detail/loss/row_id.hpp"
#include "wsferry/strapi/detail/loss/shortened_entities.hpp"
#include "wsferry/strapi/detail/schema/fitting_values.hpp"
#include "wsferry/strapi/detail/schema/known_content.hpp"
#include "wsferry/strapi/detail/schema/server_version.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// What of the selection has arrived from the source, and what is therefore lost: entities, and the
/// components within them, by type and id, and files by name. Anything beyond the bounds of
/// ArrivedTypes and ArrivedFiles is not checked, and a remark says so. For the engine's thread
/// only.
class ArrivedContent {
 public:
  struct Sides {
    KnownContent& source;
    const std::vector<Schema>& sourceSchemas;
    KnownContent* destination = nullptr;  ///< Null if its types are unknown.
    bool sourceMayOmit = false;           ///< Source::mayOmit()
  };

  /// Options and sides outlive it.
  ArrivedContent(const TransferEngineOptions& options, const Sides& sides);

  /// An omission that the source reports. @throws Error with Errc::remoteFailed for a selected
  /// type, unless an option accepts that.
  void omitted(const Omission& omission);

  /// An entity of a selected type arrived, whatever becomes of it.
  void entityCame(std::string_view type);

  /// It goes on to the destination.
  void entityPassed(const EntityView& entity);

  /// An entity that goes on without these values, for which the destination has no place.
  void entityWasShortened(std::string_view type, const std::vector<Misfit>& misfits);

  /// Whether the entities or components at a link's ends have arrived. @throws Error with
  /// Errc::remoteFailed if nothing at all arrived of a type, from a source that may omit silently,
  /// unless an option accepts that.
  bool bothEndsCame(const LinkView& link);

  /// A record of the configuration goes on to the destination.
  void configurationPassed(const ConfigurationView& configuration) { logos_.add(configuration); }

  /// A link of a relation that no schema has.
  void linkOfNoRelationCame(const LinkView& link);

  /// A link that joins the languages of a record by ids, which the destination does by documents.
  void languagesPartedBy(const LinkView& link);

  /// A file arrived. False if its record did not: an import does not accept it.
  bool fileCame(const AssetInfo& info);

  /// A file ended with fewer bytes than its record says.
  void fileIsShort(std::string_view name, std::uint64_t bytes, const std::string& text);

  /// No more files will arrive.
  void filesEnded();

  /// How many came of those that the source had announced.
  void filesCounted(const StageProgress& progress);

  /// Whether filesEnded() reports files that records name but that have not arrived.
  bool tellsMissing() const {
    return !files_.isEmpty() && (filesSeen_ > 0 || sides_.sourceMayOmit);
  }

  /// Further losses that the source reports.
  void sourceLacks(const std::vector<Loss>& losses);

  /// The first file, in the order of the records, that has not arrived yet.
  std::optional<ExpectedFiles::File> firstMissingFile() const { return files_.firstMissing(); }

  KnownContent& source() { return sides_.source; }

  /// Adds losses and remarks.
  void tell(TransferResult& result) const;

 private:
  using Type = ArrivedTypes::Type;

  // How many there are, with the first one.
  struct Counted {
    std::uint64_t count = 0;
    std::string example;

    void add(std::string what, std::uint64_t more = 1) {
      count += more;
      if (example.empty()) {
        example = std::move(what);
      }
    }
  };

  std::vector<std::string> wantedTypes() const;
  bool isWanted(const std::string& type) const;
  bool hasRecord(const AssetInfo& info);
  void tellAnnounced(TransferResult& result) const;
  bool hasCome(std::string_view uid, std::string_view id, Type*& last);
  bool isSilent(const Type* type) const;
  void noteSilence(Type& type, const std::string& sign, bool isCertain);

  const TransferEngineOptions& options_;
  const Sides sides_;
  ArrivedTypes types_;  // the content types of the source that are selected, and all components
  Type* lastEntity_ = nullptr;
  Type* lastLeft_ = nullptr;
  Type* lastRight_ = nullptr;
  const bool areFilesTracked_;
  ArrivedFiles files_;
  std::uint64_t filesSeen_ = 0;
  std::vector<Loss> losses_;
  std::uint64_t announcedFiles_ = 0;  ///< Beyond those that came.
  std::vector<std::string> remarks_;
  ShortenedEntities shortened_;
  ProjectLogos logos_;
  Counted linksOfNoRelation_;
  Counted orphans_;
  Counted omittedLinks_;
  Counted filesWithoutRecord_;
};

namespace detail {

inline constexpr std::size_t longestWords = 300;

inline std::string shownLink(const LinkView& link) {
  return printable(link.left.type, 100) + " " + printable(link.left.ref, 40) + " -> " +
         printable(link.right.type, 100) + " " + printable(link.right.ref, 40);
}

[[noreturn]] inline void refuseSilence(const std::string& uid, const std::string& sign,
                                       bool isCertain) {
  ErrorInfo info;
  info.subject = uid;
  info.subjectKind = SubjectKind::type;
  info.message = "Nothing of this type arrived, but " + sign + ": the source could not read it (" +
                 serversWithout(ServerAbility::omissionWarnings) + " does not say so), or " +
                 (isCertain ? "its database has lost it." : "these links are leftovers.");
  throw Error(Errc::remoteFailed, std::move(info));
}

}  // namespace detail

inline ArrivedContent::ArrivedContent(const TransferEngineOptions& options, const Sides& sides)
    : options_(options),
      sides_(sides),
      types_(wantedTypes(), sides_.sourceSchemas),
      areFilesTracked_(options_.filter.includes(TransferStage::assets) &&
                       types_.all().count(uploadFile) != 0) {}

inline std::vector<std::string> ArrivedContent::wantedTypes() const {
  std::vector<std::string> types;
  if (options_.filter.includes(TransferStage::entities)) {
    for (std::string& uid : sides_.source.contentTypes()) {
      if (isWanted(uid)) {
        types.push_back(std::move(uid));
      }
    }
  }
  return types;
}

// An unnamed one may be any.
inline bool ArrivedContent::isWanted(const std::string& type) const {
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
        entityCame(omission.subject);  // What its links would show is already known.
      }
      return;
    case Omission::Kind::link:
      omittedLinks_.add(words, omission.count);
      return;
    case Omission::Kind::file:
      // The records say it better: a server does not look for the formats of a missing file.
      if (!areFilesTracked_ || files_.unchecked() > 0) {
        addLoss(losses_, LossKind::missingFile, words, omission.count);
      } else {
        files_.warned(omission.subject, words);
      }
      return;
  }
}

inline void ArrivedContent::entityCame(std::string_view type) {
  if (Type* known = types_.find(type, lastEntity_)) {
    known->second.hasCome = true;
  }
}

inline void ArrivedContent::entityPassed(const EntityView& entity) {
  Type* type = types_.find(entity.type, lastEntity_);
  if (type == nullptr) {
    return;
  }
  types_.add(*type, entity);
  if (areFilesTracked_ && entity.type == uploadFile) {
    files_.expect(entity);
  }
}

inline void ArrivedContent::entityWasShortened(std::string_view type,
                                               const std::vector<Misfit>& misfits) {
  shortened_.add(type, misfits);
}

inline void ArrivedContent::linkOfNoRelationCame(const LinkView& link) {
  linksOfNoRelation_.add(linksOfNoRelation_.count == 0 ? detail::shownLink(link) : "");
}

inline bool ArrivedContent::bothEndsCame(const LinkView& link) {
  const bool left = hasCome(link.left.type, link.left.ref, lastLeft_);
  const bool right = hasCome(link.right.type, link.right.ref, lastRight_);
  if (left && right) {
    return true;
  }
  orphans_.add(orphans_.count == 0 ? detail::shownLink(link) : "");
  // A foreign key protects what links refer to, except the right end of a morph relation: when that
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

inline bool ArrivedContent::hasCome(std::string_view uid, std::string_view id, Type*& last) {
  const Type* type = types_.find(uid, last);
  if (type == nullptr) {
    // A type that the source no longer has.
    return sides_.source.knowsType(uid);
  }
  return type->second.has(givenRowIdOf(id));
}

inline bool ArrivedContent::isSilent(const Type* type) const {
  return type != nullptr && !type->second.hasCome && !type->second.isComponent &&
         sides_.sourceMayOmit;
}

inline void ArrivedContent::noteSilence(Type& type, const std::string& sign, bool isCertain) {
  const bool goesOn = options_.allowIncomplete || (!isCertain && options_.allowSuspected);
  if (!goesOn) {
    detail::refuseSilence(type.first, sign, isCertain);
  }
  if (isCertain) {
    type.second.hasCome = true;  // Told once.
    addLoss(losses_, LossKind::unreadableType,
            type.first + " (nothing of it arrived, but " + sign + ")");
  } else if (type.second.suspicion.empty()) {
    type.second.suspicion = sign;
  }
}

inline void ArrivedContent::languagesPartedBy(const LinkView& link) {
  addLoss(losses_, LossKind::skippedLink,
          detail::shownLink(link) +
              " (languages of one record, which Strapi 5 joins by document, not by ids)");
}

inline bool ArrivedContent::fileCame(const AssetInfo& info) {
  ++filesSeen_;
  // A file that is left out is missing all the same, if a record names it.
  if (!hasRecord(info)) {
    return false;
  }
  files_.came(info.filename);
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
  // Without any record the files are what is left; only a server refuses them.
  if (sides_.destination == nullptr && lastLeft_->second.ids.isEmpty()) {
    return true;
  }
  filesWithoutRecord_.add(printable(info.filename, detail::longestWords));
  return false;
}

inline void ArrivedContent::fileIsShort(std::string_view name, std::uint64_t bytes,
                                        const std::string& text) {
  addFileLoss(losses_, LossKind::shortFile, {std::string(name), bytes},
              printable(name, detail::longestWords) + " " + text);
}

inline void ArrivedContent::sourceLacks(const std::vector<Loss>& losses) {
  for (const Loss& loss : losses) {
    addLoss(losses_, loss);
  }
}

inline void ArrivedContent::filesEnded() {
  auto missing = files_.missing(
      [this](std::uint64_t record) { return types_.all().find(uploadFile)->second.has(record); });
  if (missing && filesSeen_ == 0 && !sides_.sourceMayOmit) {
    remarks_.push_back(filesLeftOut(missing->count));
  } else if (missing) {
    addLoss(losses_, std::move(*missing));
  }
}

// Those that a record names are told by their names.
inline void ArrivedContent::tellAnnounced(TransferResult& result) const {
  std::uint64_t told = 0;
  for (const Loss& loss : result.losses) {
    told += loss.kind == LossKind::missingFile ? loss.count : 0;
  }
  if (announcedFiles_ > told) {
    addLoss(result.losses, LossKind::missingFile,
            counted(announcedFiles_ - told, "file that the source announced, and did not send",
                    "files that the source announced, and did not send"),
            announcedFiles_ - told);
  }
}

inline void ArrivedContent::filesCounted(const StageProgress& progress) {
  const std::uint64_t announced = progress.totals.count.value_or(0);
  announcedFiles_ = announced - std::min(announced, progress.moved.count);
}

inline void ArrivedContent::tell(TransferResult& result) const {
  const auto leftOut = [](std::uint64_t count) {
    return "; " + std::string(formOf(count, "it was", "they were")) + " left out";
  };
  const auto remark = [&](const Counted& some, const char* one, const char* many,
                          const std::string& end) {
    if (some.count > 0) {
      result.remarks.push_back(counted(some.count, one, many) + ", such as " + some.example + end);
    }
  };
  result.losses.insert(result.losses.end(), losses_.begin(), losses_.end());
  for (const auto& [uid, type] : types_.all()) {
    if (!type.suspicion.empty() && !type.hasCome) {
      addLoss(result.losses, LossKind::suspectedType, uid + " (" + type.suspicion + ")");
    }
  }
  tellAnnounced(result);
  for (Loss& loss : result.losses) {
    const bool isOfFiles = loss.kind == LossKind::missingFile || loss.kind == LossKind::shortFile;
    loss.accepted = isOfFiles && options_.allowMissingFiles;
  }
  result.remarks.insert(result.remarks.end(), remarks_.begin(), remarks_.end());
  const std::vector<std::string> logos = logos_.remarks();
  result.remarks.insert(result.remarks.end(), logos.begin(), logos.end());
  remark(omittedLinks_, "link leads nowhere in the source's database, and was dropped there",
         "links lead nowhere in the source's database, and were dropped there", "");
  if (!shortened_.isEmpty()) {
    result.remarks.push_back(shortened_.text());
  }
  remark(orphans_, "link leads to an entity or component that did not arrive",
         "links lead to entities or components that did not arrive",
         sides_.destination == nullptr ? "" : leftOut(orphans_.count));
  remark(linksOfNoRelation_,
         "link is of a relation that no schema has; a server may silently drop it",
         "links are of relations that no schema has; a server may silently drop them", "");
  remark(filesWithoutRecord_, "file has no record, like one uploaded meanwhile",
         "files have no record, like those uploaded meanwhile", leftOut(filesWithoutRecord_.count));
  if (files_.unchecked() > 0) {
    result.remarks.push_back(counted(files_.unchecked(),
                                     "file beyond the first million was not checked",
                                     "files beyond the first million were not checked"));
  }
  if (std::any_of(types_.all().begin(), types_.all().end(),
                  [](const auto& type) { return !type.second.isChecked; })) {
    result.remarks.push_back(
        "links to types with very many entities, or with non-numeric ids, were not checked for "
        "whether these arrived");
  }
}

}  // namespace wsferry::strapi
