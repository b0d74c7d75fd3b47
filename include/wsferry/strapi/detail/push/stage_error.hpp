#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A failure in a stage of a push; `subject` names the record or asset, and may hold anything.
Error stageError(TransferStage stage, Errc code, std::string message,
                 std::string_view subject = {});

inline Error stageError(TransferStage stage, Errc code, std::string message,
                        std::string_view subject) {
  ErrorInfo info;
  info.message = std::move(message);
  info.stage = std::string(toString(stage));
  info.subject = printable(subject, 400);
  return Error(code, std::move(info));
}

}  // namespace wsferry::strapi
