#include "core/net/connect_race.hpp"

#include <string>

#include "catch.hpp"

using namespace wsferry;
using namespace std::chrono_literals;

namespace {

const TimePoint start{1h};

ConnectRace::Addresses addresses(const std::vector<std::string>& texts) {
  ConnectRace::Addresses result;
  for (const std::string& text : texts) {
    result.emplace_back(asio::ip::make_address(text), static_cast<unsigned short>(80));
  }
  return result;
}

}  // namespace

TEST_CASE("both families come by turns, beginning with the first one's") {
  CHECK(ConnectRace::byTurns(addresses({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"})) ==
        addresses({"::1", "10.0.0.1", "::2", "10.0.0.2", "::3"}));
  CHECK(ConnectRace::byTurns(addresses({"10.0.0.1", "::1", "::2"})) ==
        addresses({"10.0.0.1", "::1", "::2"}));
  CHECK(ConnectRace::byTurns(addresses({"10.0.0.1", "10.0.0.2"})) ==
        addresses({"10.0.0.1", "10.0.0.2"}));
  CHECK(ConnectRace::byTurns({}).empty());
}

TEST_CASE("an address that does not answer delays the next one for a moment only") {
  ConnectRace race(3);
  CHECK(race.next(start) == std::size_t{0});
  CHECK_FALSE(race.next(start));
  CHECK(race.nextStart() == start + 250ms);
  CHECK_FALSE(race.next(start + 249ms));
  CHECK(race.next(start + 250ms) == std::size_t{1});
  CHECK(race.nextStart() == start + 500ms);
  CHECK(race.next(start + 600ms) == std::size_t{2});
  CHECK_FALSE(race.nextStart());
  CHECK_FALSE(race.next(start + 1h));
}

TEST_CASE("of several failures the one that tells most is told") {
  const std::error_code refused = asio::error::connection_refused;
  const std::error_code late = asio::error::timed_out;
  const std::error_code unreachable = GENERATE(
      as<std::error_code>{}, asio::error::network_unreachable, asio::error::host_unreachable);
  const std::error_code shortage(EMFILE, std::system_category());
  const auto told = [](const std::vector<std::error_code>& failures) {
    ConnectRace race(failures.size());
    for (const auto& failure : failures) {
      REQUIRE(race.next(start));
      race.onFailed(failure);
    }
    REQUIRE(race.isLost());
    return race.failure();
  };
  CHECK(told({unreachable}) == unreachable);
  CHECK(told({refused, unreachable}) == refused);
  CHECK(told({unreachable, late, refused}) == refused);
  CHECK(told({unreachable, late}) == late);
  CHECK(told({late, unreachable}) == late);
  CHECK(told({shortage, refused}) == shortage);
}

TEST_CASE("an address that fails makes the next one due at once") {
  ConnectRace race(3);
  REQUIRE(race.next(start) == std::size_t{0});
  race.onFailed(asio::error::connection_refused);
  CHECK_FALSE(race.isLost());
  CHECK(race.next(start + 1ms) == std::size_t{1});
  CHECK_FALSE(race.next(start + 1ms));
  REQUIRE(race.next(start + 251ms) == std::size_t{2});
  race.onFailed(asio::error::connection_refused);
  CHECK_FALSE(race.isLost());
  race.onFailed(asio::error::connection_refused);
  CHECK(race.isLost());
}

TEST_CASE("one address is tried once") {
  ConnectRace race(1);
  REQUIRE(race.next(start) == std::size_t{0});
  CHECK_FALSE(race.nextStart());
  CHECK_FALSE(race.isLost());
  race.onFailed(asio::error::connection_refused);
  CHECK(race.isLost());
  CHECK_FALSE(race.next(start + 1h));
}
