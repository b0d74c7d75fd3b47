#include <string_view>

#include "wsferry/strapi/detail/schema/server_version.hpp"
#include "wsferry/strapi/schema_comparison.hpp"

namespace wsferry::strapi {

std::string_view toString(VersionStrategy value) noexcept {
  switch (value) {
    case VersionStrategy::exact:
      return "exact";
    case VersionStrategy::patch:
      return "patch";
    case VersionStrategy::minor:
      return "minor";
    case VersionStrategy::major:
      return "major";
    case VersionStrategy::ignore:
      break;
  }
  return "ignore";
}

namespace {

std::string_view withoutV(std::string_view version) {
  return version.substr(!version.empty() && version.front() == 'v' ? 1 : 0);
}

}  // namespace

bool versionsMatch(std::string_view source, std::string_view destination,
                   VersionStrategy strategy) {
  if (source.empty() || destination.empty() || source == destination ||
      strategy == VersionStrategy::ignore) {
    return true;
  }
  const auto first = detail::parseVersion(withoutV(source));
  const auto second = detail::parseVersion(withoutV(destination));
  return first && second && detail::strategyFor(*first, *second) <= strategy;
}

}  // namespace wsferry::strapi
