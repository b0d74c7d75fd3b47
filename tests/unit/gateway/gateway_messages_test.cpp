#include <limits>
#include <string>

#include "catch.hpp"
#include "wsferry/gateway/detail/messages/error_reader.hpp"
#include "wsferry/gateway/detail/messages/json_values.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

using namespace wsferry::gateway;

namespace {

using Strings = std::vector<std::string>;

const std::string transcriptionSchema =
    "tech.vatis.schema.stream.processor.messages.transcription.TranscriptionResponseDto";

Response withPayload(const std::string& schema, const std::string& payload) {
  return readResponse(R"({"payloadSchema":")" + schema + R"(","payload":)" + payload + "}");
}

}  // namespace

TEST_CASE("metadata is read, and all of it is kept") {
  const std::string json =
      R"({"streamId":"s","groupId":"g","name":"n\u00e9","state":"READY","configuration":)"
      R"({"streamId":"inner"},"createdTimestamp":"2026-01-01T00:00:00Z","creatorId":null})";
  const auto metadata = readMetadata(json);
  CHECK(metadata.streamId == "s");
  CHECK(metadata.groupId == "g");
  CHECK(metadata.name == "n\xC3\xA9");
  CHECK(metadata.state == "READY");
  CHECK(metadata.json == json);
}

TEST_CASE("a response's envelope is read, and all of it is kept") {
  const std::string json =
      R"({"streamId":"s","groupId":"g","tags":["main","b\n"],"sinkTopicName":"t","messageId":"m",)"
      R"("processorId":"p","sequenceId":42,"publishTimestamp":"2026-01-01T00:00:00.123Z",)"
      R"("frameType":"final","payloadSchema":"string","payload":"text","headers":{"a":"1","b":"2"}})";
  const auto response = readResponse(json);
  CHECK(response.streamId == "s");
  CHECK(response.groupId == "g");
  CHECK(response.tags == Strings{"main", "b\n"});
  CHECK(response.sinkTopicName == "t");
  CHECK(response.messageId == "m");
  CHECK(response.processorId == "p");
  CHECK(response.sequenceId == 42);
  CHECK(!response.publishMicroseconds);
  CHECK(response.publishTime == "2026-01-01T00:00:00.123Z");
  CHECK(response.frameType == "final");
  CHECK(response.isFinal());
  CHECK(response.payloadSchema == "string");
  CHECK(response.payload == "\"text\"");
  CHECK(response.headers == std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}});
  CHECK(response.json == json);
}

TEST_CASE("a time is an integer of microseconds, or text") {
  struct Case {
    std::string json;
    std::optional<std::int64_t> microseconds;
    std::string text;
  };
  const auto c = GENERATE(values<Case>({
      {"1767225600123456", 1767225600123456, ""},
      {"1.767225600123456e15", 1767225600123456, ""},
      {"0", 0, ""},
      {R"("2026-01-01T00:00:00Z")", std::nullopt, "2026-01-01T00:00:00Z"},
      {R"("1767225600123456")", std::nullopt, "1767225600123456"},
      {"1767225600123456.5", std::nullopt, "1767225600123456.5"},
      {"1e400", std::nullopt, "1e400"},
      {"null", std::nullopt, ""},
      {"{}", std::nullopt, ""},
      {"true", std::nullopt, ""},
  }));
  CAPTURE(c.json);
  const auto response = readResponse(R"({"publishTimestamp":)" + c.json + "}");
  CHECK(response.publishMicroseconds == c.microseconds);
  CHECK(response.publishTime == c.text);
}

TEST_CASE("what is missing, null or of another type is empty") {
  const std::string value = GENERATE("null", "{}", "[]", "true", "[null,1]", "-1.5");
  std::string json = "{";
  for (const char* key : {"streamId", "groupId", "name", "state", "tags", "sinkTopicName",
                          "messageId", "processorId", "sequenceId", "frameType", "payloadSchema",
                          "headers", "statusCode", "title", "message", "internalErrorName"}) {
    json += (json.size() > 1 ? ",\"" : "\"") + std::string(key) + "\":" + value;
  }
  json = GENERATE_COPY(as<std::string>{}, json + "}", "{}");
  CAPTURE(json);
  const auto metadata = readMetadata(json);
  CHECK((metadata.streamId + metadata.groupId + metadata.name + metadata.state).empty());
  const auto response = readResponse(json);
  CHECK((response.streamId + response.groupId + response.sinkTopicName + response.messageId +
         response.processorId + response.frameType + response.payloadSchema + response.payload)
            .empty());
  CHECK(response.tags.empty());
  CHECK(response.headers.empty());
  CHECK(!response.sequenceId);
  CHECK(!response.isFinal());
  const auto error = readErrorResponse(json);
  CHECK(error.statusCode == 0);
  CHECK((error.title + error.message + error.internalErrorName).empty());
}

TEST_CASE("a subject that is no object leaves everything empty, and is kept") {
  const auto json = GENERATE(as<std::string>{}, "", "null", "\"text\"", "[]", "7", "not JSON",
                             R"({"streamId":"s","title":"t")", R"({"streamId":"s","title":"t"}x)");
  CHECK(readMetadata(json).streamId.empty());
  CHECK(readMetadata(json).json == json);
  CHECK(readResponse(json).streamId.empty());
  CHECK(readResponse(json).json == json);
  CHECK(readErrorResponse(json).title.empty());
  CHECK(readErrorResponse(json).json == json);
}

TEST_CASE("of a repeated member the last counts, even as null") {
  const auto response = readResponse(
      R"({"streamId":"a","streamId":"b","tags":["a"],"tags":["b"],"payload":1,"payload":null,)"
      R"("headers":{"x":"1"},"headers":{"y":"1","y":"2"},"sequenceId":1,"sequenceId":null,)"
      R"("publishTimestamp":"t","publishTimestamp":5})");
  CHECK(response.streamId == "b");
  CHECK(response.tags == Strings{"b"});
  CHECK(response.payload.empty());
  CHECK(response.headers == std::map<std::string, std::string>{{"y", "2"}});
  CHECK(!response.sequenceId);
  CHECK(response.publishTime.empty());
  CHECK(response.publishMicroseconds == 5);
}

TEST_CASE("tags and headers keep what are strings among others") {
  const auto response =
      readResponse(R"({"tags":["a",1,null,["b"],"","c"],)"
                   R"("headers":{"a":"1","b":2,"c":null,"\u0064":"\u0031","e":"","f":{}}})");
  CHECK(response.tags == Strings{"a", "c"});
  CHECK(response.headers == std::map<std::string, std::string>{{"a", "1"}, {"d", "1"}, {"e", ""}});
}

TEST_CASE("an error is read, and all of it is kept") {
  const std::string json =
      R"({"statusCode":400,"title":"Invalid stream configuration","message":"path \/a",)"
      R"("internalErrorName":"STREAM_CONFIGURATION_BAD_PATCH","nestedErrors":[{"title":"x"}]})";
  const auto error = readErrorResponse(json);
  CHECK(error.statusCode == 400);
  CHECK(error.title == "Invalid stream configuration");
  CHECK(error.message == "path /a");
  CHECK(error.internalErrorName == "STREAM_CONFIGURATION_BAD_PATCH");
  CHECK(error.json == json);
  CHECK(readErrorResponse(R"({"statusCode":3000000000})").statusCode == 0);
  CHECK(readErrorResponse(R"({"statusCode":4.01e2})").statusCode == 401);
}

TEST_CASE("whole numbers are read however they are written, and nothing else is") {
  struct Case {
    std::string json;
    std::optional<std::int64_t> number;
  };
  static constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  static constexpr auto smallest = std::numeric_limits<std::int64_t>::min();
  const auto c = GENERATE(values<Case>({
      {"0", 0},
      {"-0", 0},
      {"0.0", 0},
      {"0e99", 0},
      {"-12", -12},
      {"12.0", 12},
      {"-12.000", -12},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"-1.5e1", -15},
      {"1200e-2", 12},
      {"0.001e3", 1},
      {"9223372036854775807", largest},
      {"9223372036854775807.0", largest},
      {"9.223372036854775807e18", largest},
      {"-9223372036854775808", smallest},
      {"9223372036854775808", std::nullopt},
      {"9223372036854775808.0", std::nullopt},
      {"1e19", std::nullopt},
      {"1e400", std::nullopt},
      {"1e99999999999999999999", std::nullopt},
      {"1e-99999999999999999999", std::nullopt},
      {"12.5", std::nullopt},
      {"1e-1", std::nullopt},
      {"\"12\"", std::nullopt},
      {"true", std::nullopt},
      {"null", std::nullopt},
      {"[12]", std::nullopt},
      {"", std::nullopt},
  }));
  CAPTURE(c.json);
  CHECK(integerOf(c.json) == c.number);
}

TEST_CASE("numbers are read exactly, and others are 0") {
  CHECK(numberOf("0.97") == 0.97);
  CHECK(numberOf("1") == 1.0);
  CHECK(numberOf("-1.5e-3") == -1.5e-3);
  CHECK(numberOf("18446744073709551615") == 18446744073709551615.0);
  for (const char* json : {"1e400", "null", "\"0.5\"", "{}", ""}) {
    CHECK(numberOf(json) == 0.0);
  }
}

TEST_CASE("a schema is known by its last part") {
  Response response;
  response.payloadSchema = transcriptionSchema;
  CHECK(response.hasSchema("TranscriptionResponseDto"));
  CHECK(!response.hasSchema("ResponseDto"));
  CHECK(!response.hasSchema("transcription.TranscriptionResponseDto"));
  response.payloadSchema = "elsewhere.TranscriptionResponseDto";
  CHECK(response.hasSchema("TranscriptionResponseDto"));
  response.payloadSchema = "string";
  CHECK(response.hasSchema("string"));
  response.payloadSchema.clear();
  CHECK(!response.hasSchema("string"));
}

TEST_CASE("a transcription is read with its words") {
  const auto transcription = transcriptionOf(withPayload(
      GENERATE(as<std::string>{}, transcriptionSchema, "TranscriptionResponseDto"),
      R"({"transcription":"Bun\u0103 ziua","words":[)"
      R"({"word":"Bun\u0103","start":120,"end":480.0,"confidence":0.97,"language":"ro",)"
      R"("metadata":{"a":"b"}},{"word":" ziua","start":5e2,"end":900,"confidence":1}],)"
      R"("start":120,"end":900,"metadata":{},"channel":1,"utterance":true})"));
  REQUIRE(transcription);
  CHECK(transcription->text == "Bun\xC4\x83 ziua");
  CHECK(transcription->startMilliseconds == 120);
  CHECK(transcription->endMilliseconds == 900);
  CHECK(transcription->channel == 1);
  CHECK(transcription->utterance);
  REQUIRE(transcription->words.size() == 2);
  const Word& first = transcription->words[0];
  CHECK(first.text == "Bun\xC4\x83");
  CHECK(first.startMilliseconds == 120);
  CHECK(first.endMilliseconds == 480);
  CHECK(first.confidence == 0.97);
  CHECK(first.language == "ro");
  const Word& second = transcription->words[1];
  CHECK(second.startMilliseconds == 500);
  CHECK(second.confidence == 1.0);
  CHECK(second.language.empty());
  CHECK(first.text + second.text == transcription->text);
}

TEST_CASE("a transcription tolerates what is null, missing or odd") {
  const auto empty = transcriptionOf(withPayload(
      transcriptionSchema,
      GENERATE("{}",
               R"({"transcription":null,"words":null,"start":null,"end":"1","channel":1e99,)"
               R"("utterance":"true"})",
               R"({"transcription":["x"],"words":{"word":"x"},"utterance":null})",
               R"({"words":[1,null,"x",[]]})", R"({"words":[{"word":"x"}],"words":[]})",
               R"({"words":[{},{"word":""},{"word":null,"start":1},{"word":{}}]})")));
  REQUIRE(empty);
  CHECK(empty->text.empty());
  CHECK(empty->words.empty());
  CHECK(empty->startMilliseconds == 0);
  CHECK(empty->endMilliseconds == 0);
  CHECK(empty->channel == 0);
  CHECK(!empty->utterance);
}

TEST_CASE("another schema or form is no transcription") {
  CHECK(!transcriptionOf(withPayload("x.DiarizationResponseDto", R"({"transcription":"a"})")));
  CHECK(!transcriptionOf(withPayload("", R"({"transcription":"a"})")));
  CHECK(!transcriptionOf(
      withPayload(transcriptionSchema, GENERATE("null", "\"a\"", "[]", "1", "true"))));
  CHECK(!transcriptionOf(readResponse(R"({"payloadSchema":")" + transcriptionSchema + "\"}")));
  CHECK(!transcriptionOf(Response()));
}

TEST_CASE("raw payloads are decoded") {
  CHECK(rawPayloadOf(withPayload("string", R"("a\n\u0103")")) == "a\n\xC4\x83");
  CHECK(rawPayloadOf(withPayload("string", "\"\"")) == "");
  CHECK(rawPayloadOf(withPayload("bytes", R"("AAEC\/w==")")) == std::string("\0\1\2\xFF", 4));
  CHECK(rawPayloadOf(withPayload("bytes", "\"\"")) == "");
  CHECK(!rawPayloadOf(withPayload("bytes", R"("not base64!")")));
  CHECK(!rawPayloadOf(withPayload("bytes", "[1,2]")));
  CHECK(!rawPayloadOf(withPayload("string", "null")));
  CHECK(!rawPayloadOf(withPayload("string", "{}")));
  CHECK(!rawPayloadOf(withPayload("null", "\"a\"")));
  CHECK(!rawPayloadOf(Response()));
}
