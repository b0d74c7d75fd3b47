#include "wsferry/strapi/init.hpp"

namespace wsferry::strapi {

std::string InitRequest::params() const {
  std::string text = R"({"transfer":")" + std::string(toString(transfer)) + '"';
  if (transfer == TransferKind::push) {
    if (!restore) {
      throw Error(Errc::invalidOption, "A push must say what it deletes: set InitRequest::restore.")
          .ofOption("restore");
    }
    text += R"(,"options":{"strategy":"restore","restore":)" + restore->toJson() + "}";
  }
  if (checksums) {
    text += R"(,"checksums":true)";
  }
  if (transfer == TransferKind::push) {
    text += R"(,"assetEncoding":"base64")";
  }
  return text + "}";
}

}  // namespace wsferry::strapi
