#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "testing/transfer/push_target.hpp"
#include "testing/transfer/restore_request.hpp"
#include "wsferry/archive/archive_destination.hpp"
#include "wsferry/strapi/source.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::testing {

/// What an open push has stored so far: the content that its scope leaves, and what was pushed.
/// Destruction before commit() takes it back. Not thread-safe.
class PushedArchive {
 public:
  /// `version` replaces the content's own, unless empty.
  /// @throws Refusal while another push is open; Error as ArchiveDestination.
  PushedArchive(std::shared_ptr<PushTarget> target, RestoreRequest scope,
                const std::string& version);

  bool knowsType(std::string_view uid) const { return types_.count(uid) != 0; }

  /// Between these two, the stage's sink takes what is pushed.
  void beginStage(strapi::TransferStage stage);
  void endStage();
  strapi::RecordSink& records() { return destination_.records(); }
  strapi::AssetSink& assets() { return destination_.assets(); }

  /// From now on this is the server's content. @throws Error
  void commit();

 private:
  bool isKept(const strapi::RecordViews& record) const;
  void keepRecords(strapi::TransferStage stage);
  void keepAssets();

  const std::shared_ptr<PushTarget> target_;
  const std::shared_ptr<void> occupation_;
  const RestoreRequest scope_;
  const std::shared_ptr<const Content> before_;
  RestoreRequest::Types types_;
  bool keepsTypes_ = false;  // at least one
  archive::ArchiveDestination destination_;
  bool isInStage_ = false;
  std::set<strapi::TransferStage> begun_;
};

}  // namespace wsferry::testing
