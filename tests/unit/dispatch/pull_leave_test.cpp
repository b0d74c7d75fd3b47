#include "wsferry/strapi/detail/dispatch/pull_leave.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

constexpr TimePoint start{Duration(1'000)};

std::string startAnswer(const Uuid& uuid) {
  return R"({"uuid":")" + uuid.toString() + R"(","data":{"ok":true,"id":"P"},"error":null})";
}

std::string refusal(const Uuid& uuid) {
  return R"({"uuid":")" + uuid.toString() + R"(","data":null,"error":{"message":"no"}})";
}

std::string data(const std::string& process) {
  return R"({"uuid":")" + Uuid::random().toString() +
         R"(","data":{"type":"transfer","data":[],"ended":false,"error":null,"id":")" + process +
         R"("}})";
}

struct Pull {
  ProcessTable processes{1 << 20, Duration(600'000)};
  PullLeave leave{processes};
  Uuid uuid = Uuid::random();
};

}  // namespace

TEST_CASE("a leave is due from the start of a step until its data has come") {
  Pull pull;
  CHECK_FALSE(pull.leave.isDue());
  pull.leave.onStartSent(pull.uuid, "entities");
  CHECK(pull.leave.isDue());
  const std::string answer = startAnswer(pull.uuid);
  pull.leave.onAnswer(pull.uuid, readEnvelope(answer));
  CHECK(pull.leave.isDue());
  CHECK(pull.processes.stepsWithDataDue() == std::vector<std::string>{"entities"});
  pull.processes.onDataTooLate("P", "some uuid");
  CHECK_FALSE(pull.leave.isDue());
}

TEST_CASE("a start that is refused makes no leave due, and other answers change nothing") {
  Pull pull;
  pull.leave.onStartSent(pull.uuid, "entities");
  const Uuid other = Uuid::random();
  const std::string another = startAnswer(other);
  pull.leave.onAnswer(other, readEnvelope(another));
  CHECK(pull.leave.isDue());
  const std::string refused = refusal(pull.uuid);
  pull.leave.onAnswer(pull.uuid, readEnvelope(refused));
  CHECK_FALSE(pull.leave.isDue());
}

TEST_CASE("a leave ends with the last message that was due") {
  Pull pull;
  pull.leave.onStartSent(pull.uuid, "entities");
  CHECK_FALSE(pull.leave.isTaken());
  CHECK(pull.leave.begin(start) == start + PullLeave::longest);
  CHECK(pull.leave.isTaken());
  CHECK_FALSE(pull.leave.endsWith(startAnswer(pull.uuid)));
  CHECK_FALSE(pull.leave.endsWith(R"({"diagnostic":{"details":{},"kind":"info"}})"));
  CHECK(pull.leave.endsWith(data("P")));
}

TEST_CASE("a leave ends with a message that nobody can read") {
  Pull pull;
  pull.leave.onStartSent(pull.uuid, "entities");
  pull.leave.begin(start);
  CHECK(pull.leave.endsWith("not JSON"));
}

TEST_CASE("a leave is overdue at its deadline, and no more when it was ended") {
  Pull pull;
  CHECK_FALSE(pull.leave.isOverdue(start + PullLeave::longest));
  pull.leave.begin(start);
  CHECK_FALSE(pull.leave.isOverdue(start + PullLeave::longest - Duration(1)));
  CHECK(pull.leave.isOverdue(start + PullLeave::longest));
  pull.leave.end();
  CHECK_FALSE(pull.leave.isTaken());
  CHECK_FALSE(pull.leave.isOverdue(start + PullLeave::longest));
}
