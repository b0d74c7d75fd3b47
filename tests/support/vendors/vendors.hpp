#pragma once

// Stand-ins for seven vendors, after their public documentation as it was stored in November 2026.
#include <string>
#include <utility>
#include <vector>

#include "support/contains.hpp"
#include "support/vendors/gladia_request.hpp"
#include "support/vendors/vendor_session.hpp"
#include "wsferry/core/detail/text/base64.hpp"
#include "wsferry/gateway/detail/messages/member_path.hpp"

namespace support {

inline std::string textAt(const std::string& json, std::string_view path) {
  const std::string_view value = gateway::valueAt(json, path);
  return jsonStringOf(value).value_or(std::string(value));
}

/// developers.deepgram.com/reference/speech-to-text/listen-streaming, with the pages on audio
/// keep-alive and on WebSocket, NET and DATA errors.
class DeepgramSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;

 private:
  void onText(const std::string& text) override {
    const std::string type = textAt(text, "type");
    if (type == "CloseStream") {
      end();
    } else if (type == "Finalize") {
      say(result("", "0", "0", "", R"("is_final":true,"from_finalize":true)"));
    } else if (type != "KeepAlive") {
      reject(text);
    }
  }
  void sayPartial() override { say(result("hello wor", "0.1", "0.5", "", R"("is_final":false)")); }
  void sayFinal() override {
    say(result("hello world", "0.1", "0.8",
               R"({"word":"hello","start":0.1,"end":0.5,"confidence":0.9,"speaker":0},)"
               R"({"word":"world","start":0.5,"end":0.9,"confidence":0.9,"speaker":0})",
               R"("is_final":true,"speech_final":true)"));
  }
  void sayLast() override { say(result("good bye", "1", "0.5", "", R"("is_final":true)")); }
  void sayEnd() override {
    say(R"({"type":"Metadata","request_id":"r-1","duration":1.5,"channels":1})");
    close(1000);
  }
  void sayError() override {
    say(R"({"type":"Error","description":"the reason","message":"","variant":"DATA-0000"})");
    close(1008, "DATA-0000");
  }
  static std::string result(const std::string& text, const std::string& start,
                            const std::string& duration, const std::string& words,
                            const std::string& more) {
    return R"({"type":"Results","channel_index":[0,1],"start":)" + start + R"(,"duration":)" +
           duration + "," + more + R"(,"channel":{"alternatives":[{"transcript":")" + text +
           R"(","confidence":0.9,"words":[)" + words + "]}]}}";
  }
};

/// assemblyai.com/docs/streaming: the message sequence, and common session errors and closures.
class AssemblyaiSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;
  void onOpen() override {
    if (knowsKey()) {
      say(R"({"type":"Begin","id":"s-1","expires_at":1759796682})");
    } else {
      say(R"({"type":"Error","error_code":1008,"error":"Unauthorized Connection: the reason"})");
      close(1008, "See Error message for details");
    }
  }

 private:
  // From 50 to 1000 ms, at 16 kHz.
  void onAudio(const std::string& bytes) override {
    if (bytes.size() < 1'600 || bytes.size() > 32'000 || bytes.size() % 2 != 0) {
      reject("audio of " + std::to_string(bytes.size()) + " bytes");
    } else {
      heard(bytes.size());
    }
  }
  void onText(const std::string& text) override {
    const std::string type = textAt(text, "type");
    if (type == "Terminate") {
      end();
    } else if (type == "ForceEndpoint") {
      sayFinal();
    } else if (type != "UpdateConfiguration") {
      reject(text);
    }
  }
  void sayPartial() override { say(turn("hello wor", "0", "false", "")); }
  void sayFinal() override {
    say(turn("hello world", "0", "true",
             R"({"text":"hello","start":100,"end":500,"confidence":0.9,"word_is_final":true},)"
             R"({"text":"world","start":500,"end":900,"confidence":0.9,"word_is_final":true})"));
  }
  void sayLast() override { say(turn("good bye", "1", "true", "")); }
  void sayEnd() override {
    say(R"({"type":"Termination","audio_duration_seconds":1,"session_duration_seconds":1})");
    close(1000);
  }
  void sayError() override {
    say(R"({"type":"Error","error_code":3007,"error":"the reason"})");
    close(3007, "See Error message for details");
  }
  static std::string turn(const std::string& text, const std::string& order,
                          const std::string& isEnd, const std::string& words) {
    return R"({"type":"Turn","turn_order":)" + order +
           R"(,"turn_is_formatted":false,"end_of_turn":)" + isEnd + R"(,"transcript":")" + text +
           R"(","speaker_label":"A","words":[)" + words + R"(],"utterance":""})";
  }
};

/// docs.speechmatics.com/rt-api-ref.
class SpeechmaticsSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;

 private:
  void onText(const std::string& text) override {
    const std::string type = textAt(text, "message");
    if (type == "StartRecognition" && textAt(text, "audio_format.type") == "raw" &&
        textAt(text, "audio_format.encoding") == "pcm_s16le" &&
        gateway::valueAt(text, "audio_format.sample_rate") == "16000" &&
        !textAt(text, "transcription_config.language").empty()) {
      isStarted_ = true;
      say(R"({"message":"RecognitionStarted","id":"s-1"})");
    } else if (isStarted_ && type == "EndOfStream" &&
               gateway::valueAt(text, "last_seq_no") == std::to_string(audioMessages())) {
      end();
    } else if (!isStarted_ || type != "SetRecognitionConfig") {
      reject(text);
    }
  }
  void onAudio(const std::string& bytes) override {
    if (!isStarted_) {
      reject("audio before the start");
      return;
    }
    if (warns()) {
      say(R"({"message":"Warning","type":"duration_limit_exceeded","reason":"the reason"})");
    }
    heard(bytes.size());
    if (!isSlow()) {
      acknowledge();
    } else if (++waiting_ == 4) {
      waiting_ = 0;
      acknowledge();
    }
  }
  void acknowledge() {
    say(R"({"message":"AudioAdded","seq_no":)" + std::to_string(audioMessages()) + "}");
  }
  void sayPartial() override { say(transcript("AddPartialTranscript", "hello wor", "")); }
  void sayFinal() override {
    say(transcript("AddTranscript", "hello world",
                   word("hello", "0.1", "0.5") + "," + word("world", "0.5", "0.9")));
  }
  void sayLast() override { say(transcript("AddTranscript", "good bye", "")); }
  // The client closes.
  void sayEnd() override { say(R"({"message":"EndOfTranscript"})"); }
  void sayError() override {
    say(R"({"message":"Error","type":"job_error","reason":"the reason"})");
    close(4013, "job_error");
  }
  static std::string word(const std::string& text, const std::string& start,
                          const std::string& end) {
    return R"({"type":"word","start_time":)" + start + R"(,"end_time":)" + end +
           R"(,"alternatives":[{"content":")" + text +
           R"(","confidence":0.9,"language":"en","speaker":"S1"}]})";
  }
  static std::string transcript(const std::string& type, const std::string& text,
                                const std::string& words) {
    return R"({"message":")" + type + R"(","metadata":{"start_time":0.1,"end_time":0.9,)" +
           R"("transcript":")" + text + R"("},"results":[)" + words + "]}";
  }

  bool isStarted_ = false;
  int waiting_ = 0;  ///< Messages that are not acknowledged yet.
};

/// soniox.com/docs: the WebSocket API, WebSocket authentication, manual finalization, connection
/// keep-alive and error handling.
class SonioxSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;

 private:
  void onText(const std::string& text) override {
    if (!isConfigured_) {
      isConfigured_ = true;
      const bool isRaw = textAt(text, "audio_format") == "pcm_s16le" &&
                         gateway::valueAt(text, "sample_rate") == "16000" &&
                         gateway::valueAt(text, "num_channels") == "1";
      if (textAt(text, "model").empty() || !isRaw) {
        reject(text);
      }
      return;
    }
    const std::string type = textAt(text, "type");
    if (type == "finalize") {
      say(R"({"tokens":[{"text":"<fin>","is_final":true}]})");
    } else if (type != "keepalive") {
      reject(text);
    }
  }
  void onAudio(const std::string& bytes) override {
    if (!isConfigured_) {
      reject("audio before the configuration");
    } else if (bytes.empty()) {
      end();
    } else {
      heard(bytes.size());
    }
  }
  void sayPartial() override {
    say(R"({"tokens":[{"text":"hello wor","is_final":false}],"final_audio_proc_ms":0})");
  }
  void sayFinal() override {
    say(R"({"tokens":[{"text":"hello","start_ms":100,"end_ms":500,"confidence":0.9,"is_final":true,)"
        R"("speaker":"1"},{"text":" wor","is_final":false}]})");
    say(R"({"tokens":[{"text":" world","start_ms":500,"end_ms":900,"is_final":true,"speaker":"1"},)"
        R"({"text":"<end>","is_final":true}]})");
  }
  void sayLast() override { say(R"({"tokens":[{"text":"good","is_final":true}]})"); }
  void sayEnd() override {
    say(R"({"tokens":[{"text":" bye","is_final":true}],"finished":true,"total_audio_proc_ms":900})");
    close(1000);
  }
  void sayError() override {
    say(R"({"tokens":[],"error_code":503,"error_message":"the reason"})");
    close(1000);
  }

  bool isConfigured_ = false;
};

/// docs.gladia.io/asyncapi.yaml, and support.gladia.io on the WebSocket connection.
class GladiaSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;

 private:
  void onText(const std::string& text) override {
    if (textAt(text, "type") == "stop_recording") {
      say(R"({"type":"stop_recording","acknowledged":true})");
      end();
    } else {
      reject(text);
    }
  }
  void onAudio(const std::string& bytes) override {
    if (refusesAudio()) {
      say(R"({"type":"audio_chunk","session_id":"s-1","acknowledged":false,"error":)"
          R"({"exception":"InvalidAudio","message":"the reason"},"data":null})");
    } else {
      say(R"({"type":"audio_chunk","session_id":"s-1","acknowledged":true,"error":null,)"
          R"("data":{"byte_range":[0,1]}})");
      heard(bytes.size());
    }
  }
  void sayPartial() override { say(transcript("0", "hello wor", "false", "")); }
  void sayFinal() override {
    say(transcript("0", "hello world", "true",
                   R"({"word":"hello","start":0.1,"end":0.5,"confidence":0.9},)"
                   R"({"word":"world","start":0.5,"end":0.9,"confidence":0.9})"));
  }
  void sayLast() override { say(transcript("1", "good bye", "true", "")); }
  void sayEnd() override { close(1000); }
  void sayError() override {
    say(R"({"type":"error","error":{"status_code":500,"message":"the reason"}})");
    close(4500);
  }
  static std::string transcript(const std::string& id, const std::string& text,
                                const std::string& isFinal, const std::string& words) {
    return R"({"type":"transcript","session_id":"s-1","data":{"id":"00-)" + id +
           R"(","is_final":)" + isFinal + R"(,"utterance":{"text":")" + text +
           R"(","start":0.1,"end":0.9,"language":"en","confidence":0.9,"channel":0,"speaker":0,)" +
           R"("words":[)" + words + "]}}}";
  }
};

/// developers.openai.com/api: the guide to realtime transcription, client events and server events.
class OpenaiSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;
  void onOpen() override { say(R"({"type":"session.created","session":{"id":"s-1"}})"); }

 private:
  void onAudio(const std::string& bytes) override { reject("binary: " + bytes); }
  void onText(const std::string& text) override {
    const std::string type = textAt(text, "type");
    std::string audio;
    if (type == "session.update" && textAt(text, "session.type") == "transcription" &&
        textAt(text, "session.audio.input.format.type") == "audio/pcm" &&
        gateway::valueAt(text, "session.audio.input.format.rate") == "24000" &&
        contains(text, R"("turn_detection":null)")) {
      say(R"({"type":"session.updated","session":{"id":"s-1"}})");
    } else if (type == "input_audio_buffer.append" && refusesAudio()) {
      say(R"({"type":"error","error":{"type":"invalid_request_error",)"
          R"("code":"invalid_value","message":"the reason"}})");
    } else if (type == "input_audio_buffer.append" && decodeBase64(textAt(text, "audio"), audio)) {
      pending_ += audio.size();
      heard(audio.size());
    } else if (type == "input_audio_buffer.commit" && hasFailed_) {
      // The turn has its answer.
    } else if (type == "input_audio_buffer.commit" && pending_ < 4'800) {
      say(R"({"type":"error","error":{"type":"invalid_request_error",)"
          R"("code":"input_audio_buffer_commit_empty","message":"buffer too small"}})");
    } else if (type == "input_audio_buffer.commit") {
      pending_ = 0;
      say(R"({"type":"input_audio_buffer.committed","item_id":"i"})");
      sayLast();
    } else {
      reject(text);
    }
  }
  void sayPartial() override {
    say(delta("hello"));
    say(delta(" wor"));
  }
  // There is no end of a turn but by a commit.
  void sayFinal() override {}
  void sayLast() override { say(completed(std::exchange(next_, "good bye"))); }
  void sayEnd() override {}
  void sayError() override {
    hasFailed_ = true;
    say(R"({"type":"conversation.item.input_audio_transcription.failed","item_id":"i","error":)"
        R"({"type":"transcription_error","code":"audio_unintelligible","message":"the reason"}})");
  }
  static std::string delta(const std::string& text) {
    return R"({"type":"conversation.item.input_audio_transcription.delta","item_id":"i","delta":")" +
           text + "\"}";
  }
  static std::string completed(const std::string& text) {
    return R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i",)"
           R"("transcript":")" +
           text + "\"}";
  }

  std::size_t pending_ = 0;
  bool hasFailed_ = false;
  std::string next_ = "hello world";
};

/// github.com/alphacep/vosk-server, websocket/asr_server.py at 0548fc3.
class VoskSession final : public VendorSession {
 public:
  using VendorSession::VendorSession;

 private:
  void onText(const std::string& text) override {
    if (text == R"({"eof" : 1})") {
      end();
    } else if (gateway::valueAt(text, "config.sample_rate") != "16000") {
      reject(text);
    }
  }
  void sayPartial() override { say(R"({"partial" : "hello wor"})"); }
  void sayFinal() override {
    say(R"({"result" : [{"conf" : 0.9, "end" : 0.5, "start" : 0.1, "word" : "hello"},)"
        R"({"conf" : 0.9, "end" : 0.9, "start" : 0.5, "word" : "world"}], "text" : "hello world"})");
    say(R"({"partial" : ""})");
  }
  void sayLast() override { say(R"({"text" : "good bye"})"); }
  void sayEnd() override { close(1000); }
  // It has no message for errors.
  void sayError() override { close(1011, "the reason"); }
};

inline bool hasHeader(const HttpRequest& request, const std::string& value) {
  return request.header("Authorization") == value;
}

inline Vendor vendorNamed(const std::string& name) {
  const std::string key = vendorKey;
  const auto byHeader = [](const std::string& value) {
    return [value](const HttpRequest& request) { return hasHeader(request, value); };
  };
  if (name == "deepgram") {
    return {name,
            "/v1/listen",
            {"model", "language", "encoding", "sample_rate", "channels"},
            byHeader("Token " + key),
            R"({"err_code":"INVALID_AUTH","err_msg":"the reason","request_id":"r-1"})",
            sessionsOf<DeepgramSession>()};
  }
  if (name == "assemblyai") {
    return {name, "/v3/ws?speech_model=m",        {"sample_rate", "encoding"}, byHeader(key),
            "",   sessionsOf<AssemblyaiSession>()};
  }
  if (name == "speechmatics") {
    return {name,         "/v2",
            {},           byHeader("Bearer " + key),
            "the reason", sessionsOf<SpeechmaticsSession>()};
  }
  if (name == "soniox") {
    return {name,         "/transcribe-websocket",    {}, byHeader("Bearer " + key),
            "the reason", sessionsOf<SonioxSession>()};
  }
  if (name == "gladia") {
    return {name,
            "/v2/live?token=" + key,
            {},
            [key](const HttpRequest& request) {
              const std::string token = queryOf(request)["token"];
              // The key is for the request that brings the URL.
              return request.header("x-gladia-key").empty() &&
                     (token == key || token == gladiaToken);
            },
            R"({"statusCode":401,"message":"the reason"})",
            sessionsOf<GladiaSession>(),
            16'000,
            answerGladia};
  }
  if (name == "openai") {
    return {name,
            "/v1/realtime?intent=transcription",
            {},
            byHeader("Bearer " + key),
            R"({"error":{"type":"invalid_request_error","code":"invalid_api_key",)"
            R"("message":"the reason"}})",
            sessionsOf<OpenaiSession>(),
            24'000};
  }
  return {"vosk", "/", {}, [](const HttpRequest&) { return true; }, "", sessionsOf<VoskSession>()};
}

}  // namespace support
