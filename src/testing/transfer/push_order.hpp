#pragma once

#include <optional>
#include <string>

namespace wsferry::testing {

/// Where a push stands: what may come next (protocol section 6). Not thread-safe.
class PushOrder {
 public:
  /// Goes to an action. Those outside the order may come at any time. @throws Refusal
  void enterAction(const std::string& action);

  /// Goes to a stage and keeps others from starting. @throws Refusal
  void lockStage(const std::string& stage);

  /// @throws Refusal unless a stage may stream now.
  void expectStream(const std::string& stage) const;

  /// Ends a stage. @throws Refusal
  void unlockStage(const std::string& stage);

 private:
  struct Position {
    int index;
    bool isStage;
    std::string name;
    bool isLocked;
  };

  bool canGoTo(int index, bool isStage) const;
  void expectStage(const std::string& stage, const std::string& shown) const;

  std::optional<Position> position_;
};

}  // namespace wsferry::testing
