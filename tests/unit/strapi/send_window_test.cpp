#include "wsferry/strapi/detail/push/send_window.hpp"
#include "wsferry/strapi/transfer_error.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::strapi;

namespace {

ErrorInfo words(std::string message) {
  ErrorInfo info;
  info.message = std::move(message);
  return info;
}

constexpr auto stage = TransferStage::entities;

}  // namespace

TEST_CASE("a window has places up to its count") {
  SendWindow window({2, 1000});
  CHECK(window.hasPlace(10));
  const auto first = window.add(10, stage, "a");
  CHECK(window.hasPlace(10));
  window.add(10, stage, "b");
  CHECK_FALSE(window.hasPlace(10));
  window.complete(first, {}, {});
  CHECK(window.hasPlace(10));
  CHECK_FALSE(window.isEmpty());
}

TEST_CASE("a window has places up to its bytes, but always one") {
  SendWindow window({10, 100});
  CHECK(window.hasPlace(5000));
  const auto large = window.add(5000, stage, "large");
  CHECK_FALSE(window.hasPlace(1));
  window.complete(large, {}, {});
  CHECK(window.isEmpty());
  window.add(60, stage, "a");
  CHECK(window.hasPlace(40));
  CHECK_FALSE(window.hasPlace(41));
}

TEST_CASE("a second answer changes nothing") {
  SendWindow window({2, 1000});
  const auto a = window.add(1, stage, "a");
  const auto b = window.add(1, stage, "b");
  window.complete(a, {}, {});
  window.complete(a, Errc::remoteFailed, words("twice"));
  CHECK(window.hasPlace(1));
  window.complete(b, {}, {});
  window.complete(b, Errc::remoteFailed, words("twice"));
  window.complete(77, Errc::remoteFailed, words("never sent"));
  CHECK(window.isEmpty());
  CHECK_FALSE(window.hasFailed());
  const auto d = window.add(1, stage, "d");
  CHECK_FALSE(window.isEmpty());
  window.complete(d, {}, {});
  CHECK(window.isEmpty());
}

TEST_CASE("an answer before that of an earlier batch is a failure, whatever that says") {
  SendWindow window({3, 1000});
  const auto a = window.add(1, stage, "a");
  const auto b = window.add(1, stage, "b");
  window.complete(b, {}, {});
  CHECK(window.hasFailed());
  CHECK(window.firstFailure() == nullptr);
  window.complete(a, {}, {});
  REQUIRE(window.firstFailure() != nullptr);
  CHECK(window.firstFailure()->error == Errc::protocolViolation);
  CHECK(window.firstFailure()->contents == "b");
}

TEST_CASE("the failure of the earliest batch counts, whichever comes first") {
  SendWindow window({5, 1000});
  const auto a = window.add(1, stage, "a");
  const auto b = window.add(1, TransferStage::links, "b");
  const auto c = window.add(1, stage, "c");
  window.complete(c, Errc::remoteFailed, words("terminated"));
  CHECK(window.hasFailed());
  CHECK(window.firstFailure() == nullptr);
  window.complete(b, TransferErrc::remoteValidation, words("the cause"));
  CHECK(window.firstFailure() == nullptr);
  window.complete(a, {}, {});
  REQUIRE(window.firstFailure() != nullptr);
  CHECK(window.firstFailure()->error == TransferErrc::remoteValidation);
  CHECK(window.firstFailure()->info.message == "the cause");
  CHECK(window.firstFailure()->contents == "b");
  CHECK(window.firstFailure()->stage == TransferStage::links);
  CHECK(window.isEmpty());
}
