// Parses and writes JSON with its own RapidJSON, before and after wsferry does with its own.

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <exception>
#include <iostream>
#include <string>

#include "wsferry/gateway/stream.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/testing/content.hpp"
#include "wsferry/testing/gateway_server.hpp"
#include "wsferry/testing/transfer_server.hpp"

namespace {

bool ownJsonWorks() {
  const std::string text =
      R"({"a":[1,"two",{"three":3.5}],"long":")" + std::string(100, 'x') + "\"}";
  rapidjson::Document document;
  document.Parse(text.c_str());
  if (document.HasParseError()) {
    return false;
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  document.Accept(writer);
  return buffer.GetString() == text;
}

bool pullWorks() {
  const wsferry::testing::TransferServer server(wsferry::testing::sampleContent());
  wsferry::strapi::RemoteSourceOptions options;
  options.connection.bearerToken = "testing-token";
  wsferry::strapi::RemoteSource source(server.adminUrl(), options);
  source.bootstrap();
  const bool works = !source.getMetadata().strapiVersion.empty() && !source.getSchemas().empty();
  source.close();
  return works;
}

bool streamWorks() {
  const wsferry::testing::GatewayServer server;
  wsferry::gateway::StreamOptions options;
  options.baseUrl = server.url();
  options.templateId = "template";
  options.credentials = wsferry::gateway::Credentials::bearer("testing-token");
  wsferry::gateway::Stream stream(options, {});
  stream.connect();
  stream.sendAudio(std::string(64'000, 'a'));
  return stream.finish().outcome == wsferry::gateway::Outcome::complete;
}

}  // namespace

int main() try {
  const bool works = ownJsonWorks() && pullWorks() && streamWorks() && ownJsonWorks();
  std::cout << (works ? "both work\n" : "something does not work\n");
  return works ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
