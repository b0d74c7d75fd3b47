#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strapi/engine/known_content.hpp"
#include "strapi/loss/expected_files.hpp"
#include "strapi/loss/id_set.hpp"
#include "strapi/messages/record_inspector.hpp"
#include "strapi/schema/component_attributes.hpp"
#include "wsferry/strapi/loss.hpp"
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
  void entityPassed(const RecordTypes& entity, const RecordInspector& inspector);

  /// Whether the entities or components at a link's ends have come. @throws Error with
  /// Errc::remoteFailed where nothing at all came of a type, of a source that may leave out in
  /// silence, unless an option goes on.
  bool bothEndsCame(const RecordTypes& link);

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

  bool hasRecord(const AssetInfo& info);
  bool isWanted(const std::string& type);
  Type* find(std::string_view uid, Types::iterator& last);
  bool hasCome(std::string_view uid, std::string_view id, Types::iterator& last);
  void addId(Type& type, std::string_view id);
  void addComponents(std::string_view type, const RecordInspector& inspector);
  void expectFiles(std::uint64_t recordId, const RecordInspector& inspector);
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
  std::vector<Loss> losses_;
  std::vector<std::string> remarks_;

  std::uint64_t orphans_ = 0;
  std::string orphan_;  // the first
  std::uint64_t omittedLinks_ = 0;
  std::string omittedLink_;
  std::uint64_t filesWithoutRecord_ = 0;
  std::string fileWithoutRecord_;
};

/// Which file it is, for a person to find it.
std::string describe(const ExpectedFiles::File& file);

}  // namespace wsferry::strapi
