#pragma once

#include <optional>
#include <string>
#include <utility>

#include "wsferry/core/error.hpp"
#include "wsferry/export.hpp"
#include "wsferry/strapi/restore_scope.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// The command that starts a transfer (protocol section 2).
struct InitRequest {
  TransferKind transfer = TransferKind::pull;

  /// Ask for SHA-256 checksums of the assets. Servers before 5.43 do not know them.
  bool checksums = true;

  /// What a push deletes. A push needs it; a pull has none.
  std::optional<RestoreScope> restore;

  [[nodiscard]] static InitRequest pull() { return {}; }
  [[nodiscard]] static InitRequest push(RestoreScope restore) {
    InitRequest request;
    request.transfer = TransferKind::push;
    request.restore = std::move(restore);
    return request;
  }

  /// The command's `params` as JSON text. @throws Error with Errc::invalidOption for a push that
  /// does not say what it deletes.
  [[nodiscard]] WSFERRY_API std::string params() const;
};

/// What a server answers `init` with (protocol section 2).
struct InitAnswer {
  TransferID transferID;
  bool checksums = false;  ///< Assets may have checksums. Newer servers say so whatever was
                           ///< requested.
  bool base64 = false;     ///< Push: assets may be sent as base64.
  ErrorInfo error;         ///< What is known of a failure; empty on success.
};

}  // namespace wsferry::strapi
