#pragma once

#include <string>

#include "wsferry/export.hpp"
#include "wsferry/strapi/record.hpp"
#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

/// What a record of this stage counts as: the type of an entity or a configuration, a link's kind;
/// empty if it has none, as what is no record. @throws Error with Errc::protocolViolation for what
/// is no JSON.
[[nodiscard]] WSFERRY_API std::string readRecordType(TransferStage stage, const Record& record);

}  // namespace wsferry::strapi
