#include "wsferry/strapi/transfer_trial.hpp"

#include "strapi/dispatch/upgrade_refusal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/dispatch/transfer_url.hpp"

namespace wsferry::strapi::detail {

void startTransferTrial(asio::io_context& context, const std::string& adminUrl, TransferKind kind,
                        const WebSocketOptions& options,
                        Completion<std::error_code, ErrorInfo, UpgradeTrial> completion) {
  Url url;
  try {
    url = transferUrl(adminUrl, kind);
  } catch (const Error& error) {
    completion(error.code(), error.info(), {});
    return;
  }
  tryUpgrade(context, url, options,
             [url, kind, completion = std::move(completion)](
                 const std::error_code& error, ErrorInfo info, const UpgradeTrial& trial) mutable {
               explainRefusal(error, url, kind, info);
               completion(error, std::move(info), trial);
             });
}

}  // namespace wsferry::strapi::detail
