#pragma once

#include <string>
#include <string_view>

#include "wsferry/core/error.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// A failure in a stage of a push; `subject` names the record or asset, and may hold anything.
Error stageError(TransferStage stage, Errc code, std::string message,
                 std::string_view subject = {});

}  // namespace wsferry::strapi
