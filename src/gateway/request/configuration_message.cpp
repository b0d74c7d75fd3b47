#include "wsferry/gateway/detail/request/configuration_message.hpp"

#include <set>
#include <string_view>
#include <utility>

#include "wsferry/core/detail/json/json_string.hpp"

namespace wsferry::gateway {

Patch setPatch(std::string path, std::string value) {
  return {Patch::Operation::set, std::move(path), {std::move(value)}};
}

Patch addPatch(std::string path, std::string value) {
  return {Patch::Operation::add, std::move(path), {std::move(value)}};
}

Patch removePatch(std::string path) {
  return {Patch::Operation::remove, std::move(path), {}};
}

std::string configurationMessage(const Configuration& configuration) {
  requirePatches(configuration.patches);
  requireWebhookCount(configuration.webhooks.size());
  std::string message = R"({"type":"CONFIGURATION")";
  std::string separator = R"(,"patches":{)";
  for (const Patch& patch : configuration.patches) {
    message += separator + encodeJsonString(patch.path) + ":" + detail::jsonOf(patchValues(patch));
    separator = ",";
  }
  message += configuration.patches.empty() ? "" : "}";
  separator = R"(,"webhook":{)";
  std::set<std::string_view> urls;
  for (const auto& [url, events] : configuration.webhooks) {
    const std::string name = "Webhook " + std::to_string(urls.size() + 1) + " of the configuration";
    requireWebhookUrl(url, name);
    if (!urls.insert(url).second) {
      refuse("webhooks", name + " was already given; give its events together");
    }
    std::string list;
    for (const std::string& event : events) {
      list += (list.empty() ? "" : ",") + encodeJsonString(event);
    }
    message += separator + encodeJsonString(url) + ":[" + list + "]";
    separator = ",";
  }
  message += configuration.webhooks.empty() ? "}" : "}}";
  return message;
}

}  // namespace wsferry::gateway
