#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/bounded/key_set.hpp"
#include "archive/bounded/text_hash.hpp"
#include "archive/findings/findings.hpp"
#include "archive/links/link_uses.hpp"
#include "wsferry/core/detail/text/counted.hpp"

namespace wsferry::archive {

/// Which record is of which document. Links of `localizations` say the same again, and a server
/// takes theirs. Keeps some 20 to 40 bytes of each record with a document.
class DocumentNames {
 public:
  /// By the keys of the record and of the document with its type; `document` is empty for a record
  /// without one, and `locale` is JSON text.
  void addEntity(std::uint64_t record, std::uint64_t ofType, std::string_view document,
                 std::string_view locale, bool isDraft) {
    names_.insert(hashOf(document, record));
    if (!document.empty() && !versions_.insert(hashOf(locale, ofType + (isDraft ? 1 : 0)))) {
      ++doubles_;
      firstDouble_ = doubles_ == 1 ? std::string(document) : firstDouble_;
    }
  }

  /// A link that says that a record, whose key it is, is of the document, if it is of such a use:
  /// `use` outlives this, and may get its schema later.
  void addLink(const LinkUse& use, std::uint64_t record, std::string_view document,
               std::uint64_t number) {
    constexpr std::size_t most = 1'000'000;
    const Said said{&use, record, hashOf(document, record), hashOf({}, record), number};
    if (isTrue(said)) {
      return;
    }
    if (open_.size() == most) {
      ++notLookedUp_;
      return;
    }
    open_.push_back(said);
  }

  /// `isKnown` tells of a record's key whether it has come.
  template <class IsKnown>
  void finish(Findings& findings, IsKnown isKnown) const {
    if (doubles_ > 0) {
      findings.remark(counted(doubles_, "record", "records") +
                      " of the same document, language and status as another, such as of " +
                      firstDouble_ + ": a server keeps both");
    }
    for (const Said& said : open_) {
      const bool isOfDocument = said.use->attribute != nullptr && said.use->attribute->isDocument;
      if (isOfDocument && !isTrue(said) && isKnown(said.record)) {
        findings.refuse("link " + std::to_string(said.number) +
                        " gives a record a different document than the record itself: a server "
                        "takes the link's");
      }
    }
    if (notLookedUp_ > 0) {
      findings.remark(counted(notLookedUp_, "link", "links") +
                      " to documents before the records: not looked up");
    }
  }

 private:
  struct Said {
    const LinkUse* use;
    std::uint64_t record;
    std::uint64_t ofDocument;
    std::uint64_t ofNone;
    std::uint64_t number;
  };

  // A record without a document takes the link's.
  bool isTrue(const Said& said) const {
    return names_.contains(said.ofDocument) || names_.contains(said.ofNone);
  }

  KeySet names_;     ///< Records with their documents.
  KeySet versions_;  ///< Documents with languages and status.
  std::vector<Said> open_;
  std::uint64_t notLookedUp_ = 0;
  std::uint64_t doubles_ = 0;
  std::string firstDouble_;
};

}  // namespace wsferry::archive
