#pragma once

#include <string>
#include <vector>

#include "wsferry/gateway/profile.hpp"

namespace wsferry::gateway {

// The members that a profile has as JSON, for reading as for writing: `at` gets each by its name,
// and what kind of value it holds. Those with `Or` have a default, which an empty profile has too.

template <class Visitor>
void visitMembers(Visitor& at, MessageRule& rule) {
  at.choice("kind", rule.kind);
  at.path("member", rule.member);
  at.text("value", rule.value);
  at.choice("finality", rule.finality);
  at.flag("ends", rule.ends);
}

template <class Visitor>
void visitMembers(Visitor& at, WordMembers& word) {
  at.paths("text", word.text);
  at.path("start", word.start);
  at.path("end", word.end);
  at.path("speaker", word.speaker);
  at.path("language", word.language);
  at.path("confidence", word.confidence);
  at.path("finality", word.finality);
}

template <class Visitor>
void visitMembers(Visitor& at, ResultMembers& results) {
  at.paths("text", results.text);
  at.path("words", results.words);
  at.object("word", results.word);
  at.texts("markers", results.markers);
  at.path("finality", results.finality);
  at.textOr("finalValue", results.finalValue, "true");
  at.path("turn", results.turn);
  at.flag("partialsAppend", results.partialsAppend);
  at.path("start", results.start);
  at.path("end", results.end);
  at.path("duration", results.duration);
  at.path("speaker", results.speaker);
  at.path("language", results.language);
  at.path("confidence", results.confidence);
  at.path("channel", results.channel);
  at.flag("inSeconds", results.inSeconds);
}

template <class Visitor>
void visitMembers(Visitor& at, ErrorMembers& errors) {
  at.paths("message", errors.message);
  at.paths("code", errors.code);
  at.paths("title", errors.title);
  at.paths("status", errors.status);
}

template <class Visitor>
void visitMembers(Visitor& at, SessionRequest& request) {
  at.textOr("method", request.method, "POST");
  at.text("url", request.url);
  at.pairs("headers", request.headers);
  at.message("body", request.body);
  at.path("urlMember", request.urlMember);
  at.path("streamIdMember", request.streamIdMember);
}

template <class Visitor>
void visitRequest(Visitor& at, Profile& profile) {
  at.text("baseUrl", profile.baseUrl);
  at.object("sessionRequest", profile.sessionRequest);
  at.text("templateParameter", profile.templateParameter);
  at.text("streamIdParameter", profile.streamIdParameter);
  at.text("announcementParameter", profile.announcementParameter);
  at.text("egressParameter", profile.egressParameter);
  at.text("persistParameter", profile.persistParameter);
  at.text("languageParameter", profile.languageParameter);
  at.text("encodingParameter", profile.encodingParameter);
  at.text("sampleRateParameter", profile.sampleRateParameter);
  at.text("channelsParameter", profile.channelsParameter);
  at.texts("otherParameters", profile.otherParameters);
  at.flag("takesPatches", profile.takesPatches);
  at.pairs("queryNeeds", profile.queryNeeds);
  at.text("apiKeyHeader", profile.apiKeyHeader);
  at.text("tokenParameter", profile.tokenParameter);
  at.text("clientIdParameter", profile.clientIdParameter);
  at.text("clientSecretParameter", profile.clientSecretParameter);
  at.texts("subprotocols", profile.subprotocols);
}

template <class Visitor>
void visitSending(Visitor& at, Profile& profile) {
  at.text("configurationType", profile.configurationType);
  at.pairs("configurationNeeds", profile.configurationNeeds);
  at.message("firstMessage", profile.firstMessage);
  at.message("keepAliveMessage", profile.keepAliveMessage);
  at.message("endMessage", profile.endMessage);
  at.message("flushMessage", profile.flushMessage);
  at.message("updateMessage", profile.updateMessage);
  at.flag("flushIsAnswered", profile.flushIsAnswered);
  at.choice("keepAlive", profile.keepAlive);
  at.secondsOr("keepAliveInterval", profile.keepAliveInterval, Duration(5'000));
  at.secondsOr("pongTimeout", profile.pongTimeout, Duration(10'000));
  at.flag("keepAliveUntilEnd", profile.keepAliveUntilEnd);
  at.seconds("inactivityLimit", profile.inactivityLimit);
  at.seconds("idleLimit", profile.idleLimit);
  at.message("audioMessage", profile.audioMessage);
  at.pairs("encodings", profile.encodings);
  at.flag("needsRawAudio", profile.needsRawAudio);
  at.number("onlySampleRate", profile.onlySampleRate);
  at.flag("realTime", profile.realTime);
  at.seconds("leastAudio", profile.leastAudio);
  at.seconds("mostAudio", profile.mostAudio);
  at.number("leastAudioBytes", profile.leastAudioBytes);
  at.number("mostAudioBytes", profile.mostAudioBytes);
  at.number("acknowledgementWindow", profile.acknowledgementWindow);
  at.path("acknowledgedMember", profile.acknowledgedMember);
}

template <class Visitor>
void visitReceiving(Visitor& at, Profile& profile) {
  at.path("typeMember", profile.typeMember);
  at.objects("rules", profile.rules);
  at.flag("jsonInBinary", profile.jsonInBinary);
  at.path("metadataMember", profile.metadataMember);
  at.path("responseMember", profile.responseMember);
  at.path("errorMember", profile.errorMember);
  at.path("streamIdMember", profile.streamIdMember);
  at.object("results", profile.results);
  at.object("errors", profile.errors);
  at.flag("sendsMetadata", profile.sendsMetadata);
  at.flag("closeCompletes", profile.closeCompletes);
  at.flag("clientCloses", profile.clientCloses);
  at.texts("authenticationErrors", profile.authenticationErrors);
  at.texts("authorizationErrors", profile.authorizationErrors);
  at.texts("passingErrors", profile.passingErrors);
}

template <class Visitor>
void visitMembers(Visitor& at, Profile& profile) {
  visitRequest(at, profile);
  visitSending(at, profile);
  visitReceiving(at, profile);
}

/// Names of what a member may be, by the enumeration's order.
inline const std::vector<std::string>& namesOf(MessageKind) {
  static const std::vector<std::string> names = {"metadata",        "response", "error",
                                                 "warning",         "refusal",  "end",
                                                 "acknowledgement", "ignored",  "unknown"};
  return names;
}
inline const std::vector<std::string>& namesOf(Finality) {
  static const std::vector<std::string> names = {"byMember", "partial", "final"};
  return names;
}
inline const std::vector<std::string>& namesOf(KeepAliveMode) {
  static const std::vector<std::string> names = {"ping", "message", "both", "off"};
  return names;
}

}  // namespace wsferry::gateway
