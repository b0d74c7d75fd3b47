#include "wsferry/gateway/verdict.hpp"

namespace wsferry::gateway {

std::string_view toString(Outcome value) noexcept {
  switch (value) {
    case Outcome::complete:
      return "complete";
    case Outcome::uploaded:
      return "uploaded";
    case Outcome::endedEarly:
      return "ended early";
    case Outcome::failed:
      return "failed";
    case Outcome::incomplete:
      return "incomplete";
    case Outcome::lost:
      return "lost";
    case Outcome::refused:
      return "refused";
    case Outcome::cancelled:
      return "cancelled";
  }
  return "";
}

std::string_view toString(LossCause value) noexcept {
  switch (value) {
    case LossCause::none:
      return "none";
    case LossCause::streamNotCreated:
      return "stream not created";
    case LossCause::inactivity:
      return "inactivity";
    case LossCause::idle:
      return "idle";
    case LossCause::closedByServer:
      return "closed by server";
    case LossCause::transport:
      return "transport";
  }
  return "";
}

}  // namespace wsferry::gateway
