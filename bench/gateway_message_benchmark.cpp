// A result of the streaming gateway, from its text to the transcription with all words; beside it
// RapidJSON's DOM of the same text, alone and with the same values taken out of it.
#include <benchmark/benchmark.h>
#include <rapidjson/document.h>

#include <cstdint>
#include <string>

#include "wsferry/gateway/detail/messages/incoming_message.hpp"
#include "wsferry/gateway/detail/messages/response_reader.hpp"

namespace {

using namespace wsferry::gateway;

// `words` is 1 for a partial result, some dozen for a final one.
std::string responseMessage(int words) {
  std::string text;
  std::string list;
  for (int i = 0; i < words; ++i) {
    const std::string word = (i > 0 ? " word" : "word") + std::to_string(i);
    text += word;
    list += (i > 0 ? "," : "") + (R"({"word":")" + word) + R"(","start":)" +
            std::to_string(i * 400) + R"(,"end":)" + std::to_string(i * 400 + 320) +
            R"(,"confidence":0.9731,"language":"en","metadata":{}})";
  }
  return R"({"type":"RESPONSE","response":{"streamId":"0b8f5a52-6f2b-4e0e-9f7a-1d6f3a3f5c11",)"
         R"("groupId":"0b8f5a52-6f2b-4e0e-9f7a-1d6f3a3f5c11","tags":["main"],"sinkTopicName":)"
         R"("persistent://public/default/0b8f5a52-6f2b-4e0e-9f7a-1d6f3a3f5c11-main","messageId":)"
         R"("CLgMEAAYADAA","processorId":"transcription","sequenceId":42,"publishTimestamp":)"
         R"("2026-01-01T00:00:00.123456Z","frameType":"final","payloadSchema":"tech.vatis.schema.)"
         R"(stream.processor.messages.transcription.TranscriptionResponseDto","payload":{)"
         R"("transcription":")" +
         text + R"(","words":[)" + list + R"(],"start":0,"end":)" + std::to_string(words * 400) +
         R"(,"metadata":{},"channel":0,"utterance":true},"headers":{"Language":"en"}}})";
}

void countBytes(benchmark::State& state, const std::string& message) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

void read(benchmark::State& state, const std::string& message) {
  const Profile profile;
  for (auto _ : state) {
    const IncomingMessage incoming = readIncoming(profile, message);
    const Response response = readResponse(incoming.subject);
    benchmark::DoNotOptimize(transcriptionOf(response));
  }
  countBytes(state, message);
}

void readEnvelope(benchmark::State& state, const std::string& message) {
  const Profile profile;
  for (auto _ : state) {
    benchmark::DoNotOptimize(readResponse(readIncoming(profile, message).subject));
  }
  countBytes(state, message);
}

void buildDom(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    rapidjson::Document document;
    document.Parse(message.data(), message.size());
    benchmark::DoNotOptimize(document.IsObject());
  }
  countBytes(state, message);
}

std::string textOf(const rapidjson::Value& object, const char* name) {
  const auto& value = object[name];
  return {value.GetString(), value.GetStringLength()};
}

void buildDomAndTakeAll(benchmark::State& state, const std::string& message) {
  for (auto _ : state) {
    rapidjson::Document document;
    document.Parse(message.data(), message.size());
    const auto& envelope = document["response"];
    Response response;
    response.streamId = textOf(envelope, "streamId");
    response.groupId = textOf(envelope, "groupId");
    response.tags.push_back(envelope["tags"][0].GetString());
    response.sinkTopicName = textOf(envelope, "sinkTopicName");
    response.messageId = textOf(envelope, "messageId");
    response.processorId = textOf(envelope, "processorId");
    response.sequenceId = envelope["sequenceId"].GetInt64();
    response.publishTime = textOf(envelope, "publishTimestamp");
    response.frameType = textOf(envelope, "frameType");
    response.payloadSchema = textOf(envelope, "payloadSchema");
    for (const auto& header : envelope["headers"].GetObject()) {
      response.headers[header.name.GetString()] = header.value.GetString();
    }
    benchmark::DoNotOptimize(response);
    const auto& payload = envelope["payload"];
    Transcription transcription;
    transcription.text = textOf(payload, "transcription");
    transcription.startMilliseconds = payload["start"].GetInt64();
    transcription.endMilliseconds = payload["end"].GetInt64();
    transcription.channel = payload["channel"].GetInt();
    transcription.utterance = payload["utterance"].GetBool();
    for (const auto& word : payload["words"].GetArray()) {
      transcription.words.push_back({textOf(word, "word"),
                                     word["start"].GetInt64(),
                                     word["end"].GetInt64(),
                                     word["confidence"].GetDouble(),
                                     textOf(word, "language"),
                                     {}});
    }
    benchmark::DoNotOptimize(transcription);
  }
  countBytes(state, message);
}

BENCHMARK_CAPTURE(read, partial, responseMessage(1));
BENCHMARK_CAPTURE(readEnvelope, partial, responseMessage(1));
BENCHMARK_CAPTURE(buildDom, partial, responseMessage(1));
BENCHMARK_CAPTURE(buildDomAndTakeAll, partial, responseMessage(1));
BENCHMARK_CAPTURE(read, final, responseMessage(24));
BENCHMARK_CAPTURE(readEnvelope, final, responseMessage(24));
BENCHMARK_CAPTURE(buildDom, final, responseMessage(24));
BENCHMARK_CAPTURE(buildDomAndTakeAll, final, responseMessage(24));

}  // namespace
