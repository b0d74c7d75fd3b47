#include "wsferry/platform/http_url_provider.hpp"

#include <cstddef>
#include <utility>

#include "platform/request/service_refusal.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/http/client.hpp"

namespace wsferry::platform {
namespace {

// An answer is some hundred bytes.
constexpr std::size_t longestSessionAnswer = std::size_t{256} << 10;

// Nothing for an answer that is a success.
std::error_code refusalOfSession(const http::Response& response,
                                 const std::vector<std::string>& secrets, ErrorInfo& info) {
  const int status = response.head.status;
  if (status >= 200 && status < 300) {
    return {};
  }
  auto [error, known] = http::statusError(response, secrets);
  info = std::move(known);
  return codeOfRefusal(error, status);
}

}  // namespace

HttpUrlProvider::HttpUrlProvider(http::ClientOptions connection)
    : connection_(std::move(connection)) {
  if (!connection_.bearerToken.empty()) {
    throw Error(Errc::invalidOption,
                "The connection has its own bearer token; it is part of the stream's credentials")
        .ofOption("connection.bearerToken");
  }
  connection_.bodyLimit = longestSessionAnswer;
}

std::shared_ptr<void> HttpUrlProvider::requestUrl(
    const asio::any_io_executor& strand, gateway::UrlRequest request,
    Completion<std::error_code, ErrorInfo, std::string> completion) {
  http::ClientOptions options = connection_;
  options.secrets.insert(options.secrets.end(), request.secrets.begin(), request.secrets.end());
  http::Request sent;
  sent.method = std::move(request.method);
  sent.url = Url::parse(request.url);
  sent.headers = std::move(request.headers);
  sent.headers.emplace_back("Accept", "application/json");
  sent.body = std::move(request.body);
  const auto client = std::make_shared<http::Client>(strand, options);
  client->fetch(std::move(sent),
                [completion = std::move(completion), secrets = options.secrets](
                    std::error_code error, ErrorInfo info, http::Response response) mutable {
                  if (!error) {
                    error = refusalOfSession(response, secrets, info);
                  }
                  completion(error, std::move(info), std::move(response.body));
                });
  return client;
}

}  // namespace wsferry::platform
