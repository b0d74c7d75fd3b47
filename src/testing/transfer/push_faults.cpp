#include "testing/transfer/push_faults.hpp"

namespace wsferry::testing {

bool PushFaults::isDue(const Request& request) const {
  if (isDone_ || faults_.kind == Kind::none || request.type != "transfer") {
    return false;
  }
  if (faults_.action == strapi::TransferAction::close && !hasBegun_) {
    return false;
  }
  if (faults_.action) {
    return request.kind == "action" && request.action == strapi::toString(*faults_.action);
  }
  if (request.kind != "step" || request.step != strapi::toString(faults_.step)) {
    return false;
  }
  const bool isTime = batches_ >= faults_.afterMessages;
  switch (faults_.kind) {
    case Kind::fewerStarted:
    case Kind::fewerFinished:
    case Kind::failedEnd:
      return request.action == "end";
    case Kind::refuseRecord:
    case Kind::answersOutOfOrder:
      return request.action == "stream" && isTime;
    case Kind::errorAnswer:
    case Kind::duplicateAnswer:
      return isTime && (faults_.afterMessages == 0 || request.action != "start");
    default:
      return isTime && request.action != "start";
  }
}

bool PushFaults::takesRequest() const {
  switch (kind_) {
    case Kind::silence:
    case Kind::reset:
    case Kind::close:
    case Kind::oversized:
      return true;
    default:
      return false;
  }
}

}  // namespace wsferry::testing
