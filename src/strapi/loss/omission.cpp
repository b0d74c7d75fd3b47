#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/source.hpp"

namespace wsferry::strapi {

void refuseOmission(const Omission& omission) {
  if (omission.kind == Omission::Kind::link) {
    return;
  }
  const bool isType = omission.kind == Omission::Kind::type;
  ErrorInfo info;
  info.stage = toString(isType ? TransferStage::entities : TransferStage::assets);
  info.subject = omission.subject;
  info.subjectKind = isType ? SubjectKind::type : SubjectKind::asset;
  info.remoteMessage = omission.words;
  info.message = (isType ? "The source could not read all entities of this type: "
                         : "The source does not have this file: ") +
                 printable(omission.words, 2000);
  throw Error(isType ? Errc::remoteFailed : Errc::dataMissing, std::move(info));
}

}  // namespace wsferry::strapi
