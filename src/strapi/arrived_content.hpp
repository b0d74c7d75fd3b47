#pragma once

#include <string>
#include <vector>

#include "strapi/known_content.hpp"
#include "wsferry/strapi/loss.hpp"
#include "wsferry/strapi/transfer_engine.hpp"

namespace wsferry::strapi {

/// What of the selection has come from the source, and what therefore is lost. Of the engine's
/// thread.
class ArrivedContent {
 public:
  /// `destination` is null where nothing is known of its types. Both outlive it.
  ArrivedContent(const TransferEngineOptions& options, KnownContent* destination)
      : options_(options), destination_(destination) {}

  /// @throws Error with Errc::remoteFailed for a type of the selection, unless an option accepts
  /// that.
  void omitted(const Omission& omission);

  /// Adds losses and remarks.
  void tell(TransferResult& result) const;

 private:
  bool isWanted(const std::string& type);

  const TransferEngineOptions& options_;
  KnownContent* destination_;
  std::vector<Loss> losses_;
};

}  // namespace wsferry::strapi
