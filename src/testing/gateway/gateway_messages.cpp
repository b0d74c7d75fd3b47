#include "testing/gateway/gateway_messages.hpp"

#include <array>
#include <cstdio>
#include <initializer_list>
#include <string_view>

#include "core/json/rapidjson.hpp"

namespace wsferry::testing {

namespace {

constexpr const char* creatorId = "5e1f3c4a-0000-4000-8000-000000000001";
constexpr const char* created = "2026-01-01T00:00:00.000Z";
constexpr std::uint64_t createdSeconds = 1'767'225'600;

/// Writes JSON in the order of the calls.
class JsonText {
 public:
  JsonText& member(std::string_view name, std::string_view value) {
    key(name);
    string(value);
    return *this;
  }
  JsonText& number(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
    return *this;
  }
  JsonText& boolean(std::string_view name, bool value) {
    key(name);
    writer_.Bool(value);
    return *this;
  }
  JsonText& null(std::string_view name) {
    key(name);
    writer_.Null();
    return *this;
  }
  JsonText& strings(std::string_view name, std::initializer_list<std::string_view> values) {
    array(name);
    for (const auto value : values) {
      string(value);
    }
    return endArray();
  }
  JsonText& object(std::string_view name) {
    key(name);
    return element();
  }
  JsonText& element() {
    writer_.StartObject();
    return *this;
  }
  JsonText& endObject() {
    writer_.EndObject();
    return *this;
  }
  JsonText& array(std::string_view name) {
    key(name);
    writer_.StartArray();
    return *this;
  }
  JsonText& endArray() {
    writer_.EndArray();
    return *this;
  }
  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void string(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

std::string numberWord(std::uint64_t number) {
  static constexpr std::array<const char*, 20> small = {
      "zero",     "one",     "two",     "three",     "four",     "five",    "six",
      "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
      "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  static constexpr std::array<const char*, 10> tens = {
      "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"};
  if (number < small.size()) {
    return small[number];
  }
  if (number < 100) {
    const std::string word = tens[number / 10];
    return number % 10 == 0 ? word : word + "-" + small[number % 10];
  }
  return std::to_string(number);
}

/// The moment so far into the stream, on its first day.
std::string dateTime(std::uint64_t milliseconds) {
  std::array<char, 32> text{};
  const auto part = [&](std::uint64_t divisor, std::uint64_t modulus) {
    return static_cast<unsigned>(milliseconds / divisor % modulus);
  };
  const int size =
      std::snprintf(text.data(), text.size(), "2026-01-01T%02u:%02u:%02u.%03uZ",
                    part(3'600'000, 24), part(60'000, 60), part(1'000, 60), part(1, 1'000));
  return {text.data(), static_cast<std::size_t>(size)};
}

void writeTranscription(JsonText& json, const MadeUpResult& result, bool nullMembers) {
  const std::string text = result.text();
  const std::uint64_t start = (result.number - 1) * 1000;
  json.object("payload").member("transcription", text);
  if (nullMembers) {
    json.null("words");
  } else {
    json.array("words").element().member("word", text);
    json.number("start", start).number("end", result.endMilliseconds).number("confidence", 1);
    json.member("language", "en").object("metadata").endObject().endObject().endArray();
  }
  json.number("start", start).number("end", result.endMilliseconds);
  if (nullMembers) {
    json.null("metadata");
  } else {
    json.object("metadata").endObject();
  }
  json.number("channel", 0).boolean("utterance", result.isFinal).endObject();
}

}  // namespace

std::string MadeUpResult::text() const {
  return (number == 1 ? "" : " ") + numberWord(number);
}

std::string metadataMessage(const RequestedStream& settings, bool nullMembers) {
  return R"({"type":"STREAM_METADATA","stream":)" +
         streamObject(settings, "WEBSOCKET", "READY", nullMembers) + "}";
}

std::string streamObject(const RequestedStream& settings, std::string_view source,
                         std::string_view state, bool nullMembers) {
  JsonText json;
  json.element();
  json.member("streamId", settings.streamId).member("groupId", settings.groupId);
  if (nullMembers && settings.name.empty()) {
    json.null("name");
  } else {
    json.member("name", settings.name);
  }
  json.object("configuration");
  json.member("streamConfigurationTemplateId", settings.templateId);
  json.object("dataSource").member("type", source).endObject();
  json.object("dataSinks").endObject();
  json.array("processors").element().member("id", "transcription");
  json.object("properties").endObject().endObject().endArray();
  json.array("dynamicWebhookEndpoints").endArray().endObject();
  json.member("createdTimestamp", created).member("creatorId", creatorId);
  json.member("groupCreatorId", creatorId).member("state", state);
  if (nullMembers) {
    json.null("stateDescription").null("finalizedTimestamp");
  }
  return json.endObject().text();
}

std::string sinkTopicOf(const RequestedStream& settings) {
  return "sink-" + settings.streamId;
}

std::string responseMessage(const RequestedStream& settings, const MadeUpResult& result,
                            bool integerTimestamps, bool nullMembers) {
  return R"({"type":"RESPONSE","response":)" +
         sinkMessage(settings, result, {integerTimestamps, nullMembers, false}) + "}";
}

std::string sinkMessage(const RequestedStream& settings, const MadeUpResult& result,
                        const ResultForm& form) {
  const bool nullMembers = form.nullMembers;
  JsonText json;
  json.element();
  json.member("streamId", settings.streamId).member("groupId", settings.groupId);
  if (nullMembers) {
    json.null("tags").null("headers");
  } else {
    json.strings("tags", {"main"}).object("headers").endObject();
  }
  json.member("sinkTopicName", sinkTopicOf(settings));
  json.member("messageId", "1:" + std::to_string(result.sequenceId));
  json.member("processorId", "transcription").number("sequenceId", result.sequenceId);
  if (form.integerTimestamps) {
    json.number("publishTimestamp", createdSeconds * 1'000'000 + result.endMilliseconds * 1'000);
  } else {
    json.member("publishTimestamp", dateTime(result.endMilliseconds));
  }
  json.member("frameType", result.isFinal ? "final" : "partial");
  json.member("payloadSchema",
              "tech.vatis.schema.stream.processor.messages.transcription.TranscriptionResponseDto");
  if (form.omitsPayload) {
    json.null("payload");
  } else {
    writeTranscription(json, result, nullMembers);
  }
  return json.endObject().text();
}

std::string errorMessage(const std::string& errorResponse) {
  return R"({"type":"ERROR","error":)" + errorResponse + "}";
}

std::string endMessage() {
  return R"({"type":"END_OF_STREAM"})";
}

}  // namespace wsferry::testing
