#include "testing/transfer/push_order.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "testing/transfer/conversation.hpp"
#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::testing {

namespace {

constexpr std::array<std::string_view, 4> actions = {"bootstrap", "init", "beforeTransfer",
                                                     "close"};
constexpr std::array<std::string_view, 9> order = {"bootstrap", "init",          "beforeTransfer",
                                                   "schemas",   "entities",      "assets",
                                                   "links",     "configuration", "close"};

// What the servers put in the place of a stage's name in two of their messages.
constexpr const char* unprintable = "[object Object]";

int indexOf(std::string_view name, bool isStage) {
  const bool isAction = std::find(actions.begin(), actions.end(), name) != actions.end();
  const auto found = std::find(order.begin(), order.end(), name);
  return found == order.end() || isAction == isStage ? -1 : static_cast<int>(found - order.begin());
}

}  // namespace

void PushOrder::enterAction(const std::string& action) {
  const int index = indexOf(action, false);
  if (index < 0) {
    return;
  }
  if (!canGoTo(index, false)) {
    throw Refusal::transfer("Invalid action \"" + action + "\" found for the current flow ",
                            R"({"action":)" + encodeJsonString(action) + "}");
  }
  position_ = Position{index, false, action, false};
}

void PushOrder::lockStage(const std::string& stage) {
  if (position_ && position_->isLocked) {
    throw Refusal::transfer("It's not possible to start a new transfer stage (" + stage +
                            ") while another one is in progress (" + position_->name + ")");
  }
  expectStage(stage, stage);
  position_ = Position{indexOf(stage, true), true, stage, true};
}

void PushOrder::expectStream(const std::string& stage) const {
  if (position_ && position_->isStage && !position_->isLocked) {
    throw Refusal::transfer(std::string("You need to initialize the transfer stage (") +
                            unprintable + ") before starting to stream data");
  }
  expectStage(stage, unprintable);
}

void PushOrder::unlockStage(const std::string& stage) {
  if (position_ && position_->isStage && !position_->isLocked) {
    throw Refusal::transfer("You need to initialize the transfer stage (" + stage +
                            ") before ending it");
  }
  expectStage(stage, stage);
  position_ = Position{indexOf(stage, true), true, stage, false};
}

// A stage may come again, an action may not.
bool PushOrder::canGoTo(int index, bool isStage) const {
  return !position_ || index > position_->index || (isStage && index == position_->index);
}

void PushOrder::expectStage(const std::string& stage, const std::string& shown) const {
  if (!canGoTo(indexOf(stage, true), true)) {
    throw Refusal::transfer(
        "Invalid stage (" + shown + ") provided for the current flow",
        R"({"step":{"kind":"transfer","stage":)" + encodeJsonString(stage) + "}}");
  }
}

}  // namespace wsferry::testing
