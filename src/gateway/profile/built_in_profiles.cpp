// The profiles that are built in, as data. Which pages of the vendors they follow, and what is left
// out: docs/profiles.md.
#include <algorithm>
#include <array>
#include <string>

#include "wsferry/core/detail/text/printable.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {
namespace {

struct BuiltIn {
  const char* name;
  const char* text;
};

constexpr const char* deepgram = R"json({
  "baseUrl": "wss://api.deepgram.com/v1/listen",
  "languageParameter": "language",
  "encodingParameter": "encoding",
  "sampleRateParameter": "sample_rate",
  "channelsParameter": "channels",
  "apiKeyHeader": "Token {token}",
  "subprotocols": ["token", "{token}"],
  "keepAliveMessage": {"type":"KeepAlive"},
  "endMessage": {"type":"CloseStream"},
  "flushMessage": {"type":"Finalize"},
  "keepAlive": "both",
  "keepAliveInterval": 4,
  "keepAliveUntilEnd": true,
  "inactivityLimit": 10,
  "encodings": {"linear16": "linear16", "mulaw": "mulaw", "alaw": "alaw", "flac": "flac", "opus": "opus"},
  "typeMember": "type",
  "rules": [
    {"kind": "response", "value": "Results"},
    {"kind": "end", "value": "Metadata"},
    {"kind": "error", "value": "Error"},
    {"kind": "warning", "value": "Warning"},
    {"kind": "ignored", "value": "UtteranceEnd"},
    {"kind": "ignored", "value": "SpeechStarted"}
  ],
  "results": {
    "text": "channel.alternatives.0.transcript",
    "words": "channel.alternatives.0.words",
    "word": {
      "text": ["punctuated_word", "word"],
      "start": "start",
      "end": "end",
      "speaker": "speaker",
      "language": "language",
      "confidence": "confidence"
    },
    "finality": "is_final",
    "start": "start",
    "duration": "duration",
    "language": "channel.alternatives.0.languages.0",
    "confidence": "channel.alternatives.0.confidence",
    "channel": "channel_index.0",
    "inSeconds": true
  },
  "errors": {
    "message": ["description", "err_msg", "message"],
    "code": ["variant", "err_code"]
  },
  "authenticationErrors": ["INVALID_AUTH"],
  "authorizationErrors": ["INSUFFICIENT_PERMISSIONS"]
})json";

constexpr const char* assemblyai = R"json({
  "baseUrl": "wss://streaming.assemblyai.com/v3/ws?speech_model=universal-streaming-english",
  "encodingParameter": "encoding",
  "sampleRateParameter": "sample_rate",
  "apiKeyHeader": "{token}",
  "tokenParameter": "token",
  "queryNeeds": {"format_turns": "false"},
  "keepAliveMessage": {"type":"KeepAlive"},
  "endMessage": {"type":"Terminate"},
  "flushMessage": {"type":"ForceEndpoint"},
  "updateMessage": {"type":"UpdateConfiguration"},
  "keepAlive": "ping",
  "keepAliveInterval": 5,
  "keepAliveUntilEnd": true,
  "encodings": {"linear16": "pcm_s16le", "mulaw": "pcm_mulaw"},
  "needsRawAudio": true,
  "realTime": true,
  "leastAudio": 0.05,
  "mostAudio": 1,
  "typeMember": "type",
  "rules": [
    {"kind": "metadata", "value": "Begin"},
    {"kind": "response", "value": "Turn"},
    {"kind": "end", "value": "Termination"},
    {"kind": "error", "value": "Error"},
    {"kind": "warning", "value": "Warning"},
    {"kind": "ignored", "value": "SpeechStarted"}
  ],
  "streamIdMember": "id",
  "results": {
    "text": "transcript",
    "words": "words",
    "word": {
      "text": "text",
      "start": "start",
      "end": "end",
      "speaker": "speaker",
      "confidence": "confidence"
    },
    "finality": "end_of_turn",
    "turn": "turn_order",
    "speaker": "speaker_label",
    "language": "language_code"
  },
  "errors": {"message": "error", "code": "error_code"},
  "sendsMetadata": true,
  "authenticationErrors": ["1008"],
  "passingErrors": ["3005"]
})json";

constexpr const char* speechmatics = R"json({
  "baseUrl": "wss://eu.rt.speechmatics.com/v2",
  "apiKeyHeader": "Bearer {token}",
  "tokenParameter": "jwt",
  "firstMessage": {
    "message": "StartRecognition",
    "audio_format": {"type": "{raw:file}", "encoding": "{encoding}", "sample_rate": "{sampleRate}"},
    "transcription_config": {"language": "{language:en}", "enable_partials": true}
  },
  "endMessage": {"message": "EndOfStream", "last_seq_no": "{messages}"},
  "updateMessage": {"message": "SetRecognitionConfig", "transcription_config": "{changes}"},
  "keepAlive": "ping",
  "keepAliveInterval": 20,
  "pongTimeout": 60,
  "inactivityLimit": 60,
  "encodings": {"linear16": "pcm_s16le", "mulaw": "mulaw"},
  "acknowledgementWindow": 512,
  "acknowledgedMember": "seq_no",
  "typeMember": "message",
  "rules": [
    {"kind": "metadata", "value": "RecognitionStarted"},
    {"kind": "response", "value": "AddPartialTranscript", "finality": "partial"},
    {"kind": "response", "value": "AddTranscript", "finality": "final"},
    {"kind": "end", "value": "EndOfTranscript"},
    {"kind": "error", "value": "Error"},
    {"kind": "warning", "value": "Warning"},
    {"kind": "acknowledgement", "value": "AudioAdded"},
    {"kind": "ignored", "value": "Info"},
    {"kind": "ignored", "value": "EndOfUtterance"}
  ],
  "streamIdMember": "id",
  "results": {
    "text": "metadata.transcript",
    "words": "results",
    "word": {
      "text": "alternatives.0.content",
      "start": "start_time",
      "end": "end_time",
      "speaker": "alternatives.0.speaker",
      "language": "alternatives.0.language",
      "confidence": "alternatives.0.confidence"
    },
    "start": "metadata.start_time",
    "end": "metadata.end_time",
    "inSeconds": true
  },
  "errors": {"message": "reason", "code": "type"},
  "sendsMetadata": true,
  "clientCloses": true,
  "authenticationErrors": ["not_authorised"],
  "authorizationErrors": ["not_allowed"],
  "passingErrors": ["quota_exceeded", "job_error", "internal_error", "4005", "4013"]
})json";

constexpr const char* soniox = R"json({
  "baseUrl": "wss://stt-rt.soniox.com/transcribe-websocket",
  "apiKeyHeader": "Bearer {token}",
  "subprotocols": ["soniox-api-key", "{token}"],
  "firstMessage": {
    "api_key": "{token}",
    "model": "stt-rt-v5",
    "audio_format": "{encoding:auto}",
    "sample_rate": "{sampleRate}",
    "num_channels": "{channels}",
    "language_hints": ["{language}"],
    "enable_endpoint_detection": true
  },
  "keepAliveMessage": {"type":"keepalive"},
  "flushMessage": {"type":"finalize"},
  "keepAlive": "both",
  "keepAliveInterval": 8,
  "keepAliveUntilEnd": true,
  "inactivityLimit": 20,
  "encodings": {"linear16": "pcm_s16le", "mulaw": "mulaw", "alaw": "alaw"},
  "rules": [
    {"kind": "error", "member": "error_code"},
    {"kind": "response", "member": "finished", "value": "true", "ends": true},
    {"kind": "response", "member": "tokens"}
  ],
  "results": {
    "words": "tokens",
    "word": {
      "text": "text",
      "start": "start_ms",
      "end": "end_ms",
      "speaker": "speaker",
      "language": "language",
      "confidence": "confidence",
      "finality": "is_final"
    },
    "markers": ["<end>", "<fin>"]
  },
  "errors": {"message": "error_message", "code": "error_code"},
  "authenticationErrors": ["401"],
  "authorizationErrors": ["402", "403"],
  "passingErrors": ["408", "429", "500", "503"]
})json";

constexpr const char* gladia = R"json({
  "sessionRequest": {
    "url": "https://api.gladia.io/v2/live",
    "headers": {"x-gladia-key": "{token}"},
    "body": {
      "encoding": "{encoding}",
      "bit_depth": "{bitDepth}",
      "sample_rate": "{sampleRate}",
      "channels": "{channels}",
      "language_config": {"languages": ["{language}"]},
      "messages_config": {"receive_partial_transcripts": true}
    },
    "urlMember": "url",
    "streamIdMember": "id"
  },
  "endMessage": {"type":"stop_recording"},
  "keepAlive": "ping",
  "keepAliveInterval": 5,
  "encodings": {"linear16": "wav/pcm", "mulaw": "wav/ulaw", "alaw": "wav/alaw"},
  "needsRawAudio": true,
  "typeMember": "type",
  "rules": [
    {"kind": "error", "member": "acknowledged", "value": "false"},
    {"kind": "response", "value": "transcript"},
    {"kind": "end", "value": "end_session"},
    {"kind": "error", "value": "error"},
    {"kind": "ignored", "value": "start_session"},
    {"kind": "ignored", "value": "start_recording"},
    {"kind": "ignored", "value": "end_recording"},
    {"kind": "ignored", "value": "stop_recording"},
    {"kind": "ignored", "value": "audio_chunk"},
    {"kind": "ignored", "value": "speech_start"},
    {"kind": "ignored", "value": "speech_end"}
  ],
  "results": {
    "text": "data.utterance.text",
    "words": "data.utterance.words",
    "word": {"text": "word", "start": "start", "end": "end", "confidence": "confidence"},
    "finality": "data.is_final",
    "turn": "data.id",
    "start": "data.utterance.start",
    "end": "data.utterance.end",
    "speaker": "data.utterance.speaker",
    "language": "data.utterance.language",
    "confidence": "data.utterance.confidence",
    "channel": "data.utterance.channel",
    "inSeconds": true
  },
  "errors": {
    "message": ["error.message", "data.message", "message"],
    "code": ["error.exception", "code"],
    "status": ["error.status_code", "statusCode"]
  },
  "closeCompletes": true,
  "clientCloses": true
})json";

constexpr const char* openai = R"json({
  "baseUrl": "wss://api.openai.com/v1/realtime?intent=transcription",
  "apiKeyHeader": "Bearer {token}",
  "subprotocols": ["realtime", "openai-insecure-api-key.{token}"],
  "configurationNeeds": {"session.audio.input.turn_detection": "null"},
  "firstMessage": {
    "type": "session.update",
    "session": {
      "type": "transcription",
      "audio": {
        "input": {
          "format": {"type": "{encoding}", "rate": "{sampleRate}"},
          "transcription": {"model": "gpt-live-transcribe", "language": "{language}"},
          "turn_detection": null
        }
      }
    }
  },
  "endMessage": {"type":"input_audio_buffer.commit"},
  "flushMessage": {"type":"input_audio_buffer.commit"},
  "updateMessage": {"type":"session.update","session":"{changes}"},
  "flushIsAnswered": true,
  "keepAlive": "ping",
  "keepAliveInterval": 20,
  "audioMessage": {"type":"input_audio_buffer.append","audio":"{audio}"},
  "encodings": {"linear16": "audio/pcm"},
  "needsRawAudio": true,
  "onlySampleRate": 24000,
  "typeMember": "type",
  "rules": [
    {"kind": "metadata", "value": "session.updated"},
    {"kind": "response", "value": "conversation.item.input_audio_transcription.delta", "finality": "partial"},
    {"kind": "response", "value": "conversation.item.input_audio_transcription.completed", "finality": "final", "ends": true},
    {"kind": "error", "value": "conversation.item.input_audio_transcription.failed"},
    {"kind": "refusal", "member": "error.code", "value": "input_audio_buffer_commit_empty", "ends": true},
    {"kind": "error", "member": "error.code", "value": "invalid_api_key"},
    {"kind": "error", "member": "error.code", "value": "insufficient_quota"},
    {"kind": "error", "member": "error.code", "value": "session_expired"},
    {"kind": "error", "member": "error.type", "value": "server_error"},
    {"kind": "refusal", "value": "error"},
    {"kind": "ignored", "value": "session.created"},
    {"kind": "ignored", "value": "input_audio_buffer.committed"},
    {"kind": "ignored", "value": "conversation.item.created"},
    {"kind": "ignored", "value": "conversation.item.added"},
    {"kind": "ignored", "value": "conversation.item.done"}
  ],
  "errorMember": "error",
  "streamIdMember": "session.id",
  "results": {
    "text": ["transcript", "delta"],
    "turn": "item_id",
    "partialsAppend": true
  },
  "errors": {"message": "message", "code": ["code", "type"]},
  "sendsMetadata": true,
  "clientCloses": true,
  "authenticationErrors": ["invalid_api_key"],
  "authorizationErrors": ["insufficient_quota"],
  "passingErrors": ["server_error", "rate_limit_exceeded"]
})json";

constexpr const char* vosk = R"json({
  "firstMessage": {"config": {"sample_rate": "{sampleRate}", "words": true}},
  "endMessage": {"eof" : 1},
  "keepAlive": "ping",
  "keepAliveInterval": 20,
  "encodings": {"linear16": "linear16"},
  "needsRawAudio": true,
  "rules": [
    {"kind": "response", "member": "partial", "finality": "partial"},
    {"kind": "response", "member": "text", "finality": "final"},
    {"kind": "response", "member": "alternatives", "finality": "final"}
  ],
  "results": {
    "text": ["text", "partial", "alternatives.0.text"],
    "words": "result",
    "word": {"text": "word", "start": "start", "end": "end", "confidence": "conf"},
    "inSeconds": true
  },
  "closeCompletes": true
})json";

constexpr std::array<BuiltIn, 7> vendors = {{{"deepgram", deepgram},
                                             {"assemblyai", assemblyai},
                                             {"speechmatics", speechmatics},
                                             {"soniox", soniox},
                                             {"gladia", gladia},
                                             {"openai", openai},
                                             {"vosk", vosk}}};

}  // namespace

const std::vector<std::string>& profileNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all = {"vatis"};
    for (const BuiltIn& each : vendors) {
      all.emplace_back(each.name);
    }
    return all;
  }();
  return names;
}

Profile profileNamed(const std::string& name) {
  if (name == "vatis") {
    return {};
  }
  const auto found = std::find_if(vendors.begin(), vendors.end(),
                                  [&](const BuiltIn& each) { return name == each.name; });
  if (found == vendors.end()) {
    std::string all;
    for (const std::string& each : profileNames()) {
      all += (all.empty() ? "" : ", ") + each;
    }
    throw Error(Errc::invalidOption,
                "there is no profile " + printable(name, 50) + "; the built-in ones are " + all)
        .ofOption("profile");
  }
  return parseProfile(found->text);
}

}  // namespace wsferry::gateway
