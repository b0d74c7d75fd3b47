#include "tool/series/provisional_mark.hpp"

#include "archive/check/whole_end.hpp"
#include "tool/series/archive_mark.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

// Of an encrypted one, by its mark alone.
bool countsAsWhole(const std::string& path) {
  if (!hasContent(path) || isMarkedIncomplete(path)) {
    return false;
  }
  const auto end = archive::readWholeEnd(path, {});
  return !end || end->losses.count == 0;
}

}  // namespace

ProvisionalMark::~ProvisionalMark() {
  const std::lock_guard<std::mutex> lock(mutex_);
  takeBack();
}

void ProvisionalMark::set(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  takeBack();  // Of an attempt before.
  const std::optional<DamageMark> damage = damageMarkOf(path);
  if (isWithdrawn_ || (isMarkedIncomplete(path) && !damage) ||
      (!isCertain_ && countsAsWhole(path))) {
    return;
  }
  damage_ = damage ? damage->text : std::string();
  try {
    before_ = identityOf(path);
    markIncomplete(path);
    path_ = path;
  } catch (const Error&) {
  }
}

void ProvisionalMark::keep() {
  const std::lock_guard<std::mutex> lock(mutex_);
  path_.clear();
}

void ProvisionalMark::withdraw() {
  const std::lock_guard<std::mutex> lock(mutex_);
  takeBack();
  isWithdrawn_ = true;
}

// An archive that came, and of which nobody has said that it is whole, keeps it.
void ProvisionalMark::takeBack() {
  if (path_.empty()) {
    return;
  }
  const std::optional<FileIdentity> now = identityOf(path_);
  try {
    if (now && now == before_ && !damage_.empty()) {
      markDamaged(path_, damage_);
    } else if (!now || now == before_) {
      markComplete(path_);
    }
  } catch (const Error&) {  // An archive that counts too little.
  }
  path_.clear();
}

}  // namespace wsferry::tool
