#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A failure in a stage of a push; `subject` names the record or asset, and may hold anything.
Error stageError(TransferStage stage, std::error_code code, std::string message,
                 std::string_view subject = {});

inline Error stageError(TransferStage stage, std::error_code code, std::string message,
                        std::string_view subject) {
  const SubjectKind kind =
      stage == TransferStage::assets ? SubjectKind::asset : SubjectKind::record;
  return Error(code, std::move(message)).at(toString(stage), kind, printable(subject, 400));
}

}  // namespace wsferry::strapi
