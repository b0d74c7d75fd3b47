#include "testing/transfer/pushed_archive.hpp"

#include <utility>

#include "testing/transfer/conversation.hpp"
#include "wsferry/strapi/destination.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"

namespace wsferry::testing {

using strapi::TransferStage;

namespace {

std::shared_ptr<void> occupy(PushTarget& target) {
  auto occupation = target.occupy();
  if (!occupation) {
    throw Refusal::plain("Another push to this server is in progress; try again when it has ended");
  }
  return occupation;
}

}  // namespace

PushedArchive::PushedArchive(std::shared_ptr<PushTarget> target, RestoreRequest scope,
                             const std::string& version)
    : target_(std::move(target)),
      occupation_(occupy(*target_)),
      scope_(std::move(scope)),
      before_(target_->content()),
      destination_(target_->options().value()) {
  strapi::TransferManifest manifest;
  manifest.metadata = before_->metadata();
  if (!version.empty()) {
    manifest.metadata.strapiVersion = version;
  }
  manifest.schemas = before_->schemas();
  for (const auto& schema : manifest.schemas) {
    types_.insert(schema.uid);
    keepsTypes_ =
        keepsTypes_ || !(scope_.deletesType(schema.uid) || strapi::isNeverTransferred(schema.uid));
  }
  destination_.beforeTransfer(manifest);
}

void PushedArchive::beginStage(TransferStage stage) {
  endStage();
  destination_.beginStage(stage);
  isInStage_ = true;
  if (begun_.insert(stage).second) {
    if (stage == TransferStage::assets) {
      keepAssets();
    } else {
      keepRecords(stage);
    }
  }
}

void PushedArchive::endStage() {
  if (std::exchange(isInStage_, false)) {
    destination_.endStage();
  }
}

void PushedArchive::commit() {
  for (const auto stage : strapi::stageOrder) {
    if (stage != TransferStage::schemas && begun_.count(stage) == 0) {
      beginStage(stage);
    }
  }
  endStage();
  destination_.close();
  target_->replaceContent(archiveContent(destination_.result().path, target_->options().value().key,
                                         CreatedAt::ofCall));
}

// What must not be in an archive is not kept either, whatever the scope says.
bool PushedArchive::isKept(const strapi::RecordViews& record) const {
  if (record.stage == TransferStage::configuration) {
    return !scope_.deletesConfiguration(record.configuration.type);
  }
  const auto stays = [this](std::string_view type) {
    return type.empty() || !(scope_.deletesType(type) || strapi::isNeverTransferred(type));
  };
  return stays(record.entity.type) && stays(record.link.left.type) && stays(record.link.right.type);
}

void PushedArchive::keepRecords(TransferStage stage) {
  const bool isConfiguration = stage == TransferStage::configuration;
  if (isConfiguration ? scope_.coreStore && scope_.webhook : !keepsTypes_) {
    return;
  }
  strapi::RecordReader reader;
  const auto next = before_->records(stage);
  for (std::string text = next(); !text.empty(); text = next()) {
    const strapi::Record record = reader.read(stage, text);
    if (isKept(record.views())) {
      destination_.records().record(record);
    }
  }
}

void PushedArchive::keepAssets() {
  if (scope_.assets) {
    return;
  }
  const auto kept = before_->assets();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::string id = std::to_string(i);
    destination_.assets().begin(id, kept[i]);
    const auto next = before_->assetBytes(i);
    for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
      destination_.assets().write(id, bytes);
    }
    destination_.assets().end(id);
  }
}

}  // namespace wsferry::testing
