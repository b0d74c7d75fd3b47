#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "testing/server/http_request.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace wsferry::testing {

/// Answers plain requests for files, as a Strapi does whose storage is its own folder.
class FileRequests {
 public:
  explicit FileRequests(const TransferServerOptions& options) : options_(options) {}

  /// The whole response; nothing for a request that is not for a file.
  std::optional<std::string> answer(const HttpRequest& request,
                                    const std::shared_ptr<const Content>& content);

  /// The names that were asked for, in order, with TransferServerOptions::logMessages. From any
  /// thread.
  std::vector<std::string> log() const;

 private:
  struct File {
    std::size_t index = 0;
    std::string mime;
  };

  // To be given in place of that file; null for none.
  const std::string* nextResponse(const std::string& name);
  void index(const std::shared_ptr<const Content>& content);

  const TransferServerOptions& options_;
  std::shared_ptr<const Content> content_;  ///< Of files_.
  std::map<std::string, File> files_;
  std::map<std::string, std::size_t> responded_;  ///< How often, of fileResponses.
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
};

}  // namespace wsferry::testing
