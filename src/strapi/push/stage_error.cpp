#include "strapi/push/stage_error.hpp"

#include <utility>

#include "core/text/printable.hpp"

namespace wsferry::strapi {

Error stageError(TransferStage stage, Errc code, std::string message, std::string_view subject) {
  ErrorInfo info;
  info.message = std::move(message);
  info.stage = std::string(toString(stage));
  info.subject = printable(subject, 400);
  return Error(code, std::move(info));
}

}  // namespace wsferry::strapi
