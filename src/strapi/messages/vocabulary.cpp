#include "wsferry/strapi/vocabulary.hpp"

namespace wsferry::strapi {

std::string_view toString(TransferKind value) noexcept {
  return value == TransferKind::pull ? "pull" : "push";
}

std::string_view toString(Command value) noexcept {
  switch (value) {
    case Command::init:
      return "init";
    case Command::status:
      return "status";
    case Command::end:
      break;
  }
  return "end";
}

std::string_view toString(TransferAction value) noexcept {
  switch (value) {
    case TransferAction::bootstrap:
      return "bootstrap";
    case TransferAction::getMetadata:
      return "getMetadata";
    case TransferAction::getSchemas:
      return "getSchemas";
    case TransferAction::beforeTransfer:
      return "beforeTransfer";
    case TransferAction::rollback:
      return "rollback";
    case TransferAction::close:
      break;
  }
  return "close";
}

std::string_view toString(TransferStage value) noexcept {
  switch (value) {
    case TransferStage::schemas:
      return "schemas";
    case TransferStage::entities:
      return "entities";
    case TransferStage::assets:
      return "assets";
    case TransferStage::links:
      return "links";
    case TransferStage::configuration:
      break;
  }
  return "configuration";
}

std::string_view toString(StepAction value) noexcept {
  switch (value) {
    case StepAction::start:
      return "start";
    case StepAction::stream:
      return "stream";
    case StepAction::end:
      break;
  }
  return "end";
}

bool isNeverTransferred(std::string_view uid) noexcept {
  constexpr std::string_view admin = "admin::";
  return uid.substr(0, admin.size()) == admin || uid == "plugin::content-releases.release" ||
         uid == "plugin::content-releases.release-action";
}

}  // namespace wsferry::strapi
