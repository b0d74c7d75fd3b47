#pragma once

#include <algorithm>
#include <asio/completion_condition.hpp>
#include <asio/read.hpp>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "support/http_calls.hpp"
#include "wsferry/platform/file_upload.hpp"

namespace support {

using platform::FileUpload;
using platform::UploadOptions;

constexpr const char* uploadedId = "5e1f3c4a-0000-4000-8000-00000000000a";
constexpr std::size_t uploadBlock = 100'000;

using StreamResult = HttpResult<gateway::StreamMetadata>;

inline gateway::Credentials bearer(const std::string& token = "testing-token") {
  gateway::Credentials credentials;
  credentials.kind = gateway::Credentials::Kind::bearer;
  credentials.secret = token;
  return credentials;
}

inline UploadOptions uploadTo(const std::string& url) {
  UploadOptions options;
  options.url = url;
  options.templateId = "668115d123bca7e3509723d4";
  options.streamId = uploadedId;
  options.credentials = bearer();
  return options;
}

inline std::future<StreamResult> start(FileUpload& upload) {
  auto promise = std::make_shared<std::promise<StreamResult>>();
  upload.start(keepResult(promise));
  return promise->get_future();
}

struct Uploaded {
  StreamResult result;
  std::error_code written;
  std::size_t size = 0;
};

inline std::future<std::error_code> startWrite(FileUpload& upload, std::string bytes) {
  auto promise = std::make_shared<std::promise<std::error_code>>();
  upload.write(std::move(bytes),
               [promise](const std::error_code& error) { promise->set_value(error); });
  return promise->get_future();
}

inline std::error_code writeTo(FileUpload& upload, std::string bytes) {
  return get(startWrite(upload, std::move(bytes)));
}

/// Reads so many bytes of a body.
inline std::string readBytes(tcp::socket& socket, std::size_t size) {
  std::string body;
  asio::read(socket, asio::dynamic_buffer(body), asio::transfer_exactly(size));
  return body;
}

/// The head of a request, and agrees to its body.
inline std::string agree(tcp::socket& socket) {
  std::string head = readHead(socket);
  writeAll(socket, "HTTP/1.1 100 Continue\r\n\r\n");
  return head;
}

inline std::string streamAnswer() {
  return httpAnswer(R"({"streamId":")" + std::string(uploadedId) + R"("})", "200 OK",
                    "Connection: close\r\n");
}

/// Uploads so many bytes, as far as they are taken.
inline Uploaded uploadBytes(const UploadOptions& options, std::size_t size) {
  RunningContext running;
  FileUpload upload(running.context(), options);
  auto answered = start(upload);
  Uploaded uploaded;
  while (uploaded.size < size && !uploaded.written) {
    const std::size_t next = std::min(uploadBlock, size - uploaded.size);
    uploaded.written = writeTo(upload, std::string(next, 'a'));
    uploaded.size += uploaded.written ? 0 : next;
  }
  upload.finish();
  uploaded.result = get(std::move(answered));
  return uploaded;
}

}  // namespace support
