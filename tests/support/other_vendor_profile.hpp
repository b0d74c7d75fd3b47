#pragma once

#include "wsferry/gateway/profile.hpp"

namespace support {

using namespace wsferry;

/// A public API that differs in everything that a profile describes: Soniox's speech-to-text
/// (stream-gateway protocol section 13). Its first message, audio and keep-alive are published; how
/// it ends, what its errors and results look like is general knowledge there and stands in for the
/// real thing.
inline gateway::Profile otherVendorProfile() {
  using gateway::MessageKind;
  gateway::Profile profile;
  profile.baseUrl = "wss://stt.other.test/transcribe";
  profile.templateParameter.clear();
  profile.streamIdParameter.clear();
  profile.announcementParameter.clear();
  profile.egressParameter.clear();
  profile.persistParameter.clear();
  profile.otherParameters.clear();
  profile.configurationType.clear();
  profile.keepAliveMessage = R"({"type":"keepalive"})";
  profile.endMessage.clear();
  profile.typeMember.clear();
  profile.rules = {{MessageKind::error, "", "error_code"},
                   {MessageKind::end, "true", "finished"},
                   {MessageKind::response, "", "tokens"}};
  profile.metadataMember.clear();
  profile.responseMember.clear();
  profile.errorMember.clear();
  profile.sendsMetadata = false;
  profile.passingErrors.clear();
  return profile;
}

/// Its first message: what to do with the audio.
constexpr const char* otherVendorConfiguration =
    R"({"model":"stt-rt","audio_format":"auto","language_hints":["ro"]})";

}  // namespace support
