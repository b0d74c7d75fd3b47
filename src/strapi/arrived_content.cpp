#include "strapi/arrived_content.hpp"

#include "core/printable.hpp"

namespace wsferry::strapi {
namespace {

constexpr std::size_t longestWords = 300;

}  // namespace

void ArrivedContent::omitted(const Omission& omission) {
  if (omission.kind != Omission::Kind::type || !isWanted(omission.subject)) {
    return;
  }
  if (!options_.allowIncomplete) {
    refuseOmission(omission);
  }
  addLoss(losses_, LossKind::unreadableType,
          omission.subject + " (" + printable(omission.words, longestWords) + ")");
}

// A type that is not named may be any.
bool ArrivedContent::isWanted(const std::string& type) {
  if (type.empty()) {
    return true;
  }
  return options_.filter.decide(TransferStage::entities, type) == TransferFilter::Decision::pass &&
         (destination_ == nullptr || destination_->knows(TransferStage::entities, {type, {}, {}}));
}

void ArrivedContent::tell(TransferResult& result) const {
  result.losses.insert(result.losses.end(), losses_.begin(), losses_.end());
}

}  // namespace wsferry::strapi
