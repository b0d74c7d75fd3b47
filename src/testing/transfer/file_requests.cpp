#include "testing/transfer/file_requests.hpp"

#include <algorithm>
#include <charconv>

#include "wsferry/core/detail/json/json_members.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/detail/text/query_string.hpp"

namespace wsferry::testing {
namespace {

constexpr std::string_view uploadsFolder = "/uploads/";

// As Strapi's own; its content does not change while it is served.
constexpr const char* lastModified = "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

std::string withHeader(std::string response, const std::string& line) {
  return response.insert(response.find("\r\n") + 2, line);
}

std::string mimeOf(const strapi::AssetInfo& asset) {
  std::string mime;
  JsonCursor cursor(asset.metadata);
  forEachMember(cursor, [&](std::string_view key) {
    const bool isMime = key == "mime";
    const std::string_view value = cursor.skipValue();
    if (isMime) {
      mime = jsonStringOf(value).value_or("");
    }
  });
  return mime;
}

// The first byte that a `Range: bytes=N-` asks for; 0 without one.
std::size_t firstByte(const HttpRequest& request) {
  constexpr std::string_view unit = "bytes=";
  const std::string_view range = request.header("Range");
  std::size_t first = 0;
  if (startsWith(range, unit)) {
    std::from_chars(range.data() + unit.size(), range.data() + range.size(), first);
  }
  return first;
}

}  // namespace

std::optional<std::string> FileRequests::answer(const HttpRequest& request,
                                                const std::shared_ptr<const Content>& content) {
  const std::string_view path = request.path();
  const auto at = path.rfind(uploadsFolder);
  const bool isRead = request.method == "GET" || request.method == "HEAD";
  if (!options_.filesByHttp || !isRead || at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string name = percentDecode(path.substr(at + uploadsFolder.size()));
  if (options_.logMessages) {
    const std::lock_guard lock(mutex_);
    log_.push_back(name);
  }
  const std::string* const given = nextResponse(name);
  if (given != nullptr && !given->empty()) {
    return *given;
  }
  index(content);
  const auto file = files_.find(name);
  if (file == files_.end()) {
    return httpResponse(404, "Not Found", "text/plain; charset=utf-8", "Not Found");
  }
  std::string body;
  const auto next = content_->assetBytes(file->second.index);
  for (std::string bytes = next(); !bytes.empty(); bytes = next()) {
    body += bytes;
  }
  const std::size_t first = firstByte(request);
  if (first == 0 || first >= body.size()) {
    std::string response =
        withHeader(httpResponse(200, "OK", file->second.mime, body), lastModified);
    return request.method == "HEAD" ? response.substr(0, response.size() - body.size()) : response;
  }
  return withHeader(
      httpResponse(206, "Partial Content", file->second.mime, std::string_view(body).substr(first)),
      std::string(lastModified) + "Content-Range: bytes " + std::to_string(first) + "-" +
          std::to_string(body.size() - 1) + "/" + std::to_string(body.size()) + "\r\n");
}

const std::string* FileRequests::nextResponse(const std::string& name) {
  const auto given = options_.fileResponses.find(name);
  if (given == options_.fileResponses.end() || given->second.empty()) {
    return nullptr;
  }
  const std::vector<std::string>& responses = given->second;
  return &responses[std::min(responded_[name]++, responses.size() - 1)];
}

void FileRequests::index(const std::shared_ptr<const Content>& content) {
  if (content_ == content) {
    return;
  }
  content_ = content;
  files_.clear();
  const auto assets = content->assets();
  for (std::size_t i = 0; i < assets.size(); ++i) {
    files_.emplace(assets[i].filename, File{i, mimeOf(assets[i])});
  }
  for (const std::string& missing : options_.gaps.missingFiles) {
    files_.erase(missing);
  }
  files_.erase(options_.gaps.unreachableFile);
}

std::vector<std::string> FileRequests::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

}  // namespace wsferry::testing
