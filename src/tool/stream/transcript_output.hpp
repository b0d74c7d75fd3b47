#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/report/result_output.hpp"
#include "wsferry/gateway/detail/captions/transcript_assembly.hpp"
#include "wsferry/gateway/detail/captions/transcript_writer.hpp"
#include "wsferry/gateway/messages.hpp"

namespace wsferry::tool {

/// What a response says, in texts; empty where it is no text. Of a final response, and of one of a
/// frame type that is not known, they are final.
std::vector<gateway::Transcript> transcriptsIn(const gateway::Response& response);

/// Final results on their way to their output, in the form that was asked for.
class TranscriptOutput {
 public:
  /// Without `output` results are counted only.
  TranscriptOutput(ResultOutput* output, gateway::detail::TranscriptForm form)
      : output_(output), writer_(form), form_(form) {}

  /// A transcript, partial or final. @throws Error with Errc::fileFailed.
  void add(const gateway::Transcript& transcript);

  /// Text or bytes that came without anything else. @throws Error with Errc::fileFailed.
  void addText(std::string_view text);
  void addBytes(std::string_view bytes);

  /// No more comes: writes what is there of a sentence. @throws as add().
  void finish();

  /// Makes the file of a stream without results. @throws as add().
  void complete();

  /// Whole ones with text.
  std::uint64_t count() const { return count_; }

  /// What is to be told of results that had not the times that the form has to have; empty if all
  /// had them.
  std::string losses() const;

  /// What else is to be told; empty if there is nothing.
  std::string notes() const;

 private:
  void write(const gateway::Transcript& transcript);
  void writeHead();
  void noteUntimed(std::string_view text);
  bool isPlain() const { return form_ == gateway::detail::TranscriptForm::text; }

  ResultOutput* output_;
  gateway::detail::TranscriptWriter writer_;
  gateway::detail::TranscriptForm form_;
  gateway::detail::TranscriptAssembly sentence_;
  bool hasHead_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t untimed_ = 0;
  std::string firstUntimed_;  ///< Some of their texts, for a message.
};

}  // namespace wsferry::tool
