#include "tool/stream/transcript_options.hpp"

#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

using gateway::detail::TranscriptForm;

[[noreturn]] void refuseTranscripts(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

bool tellsWordTimes(const gateway::ResultMembers& results) {
  return !results.words.empty() && !results.word.start.empty() && !results.word.end.empty();
}

bool tellsTimes(const gateway::ResultMembers& results) {
  const bool hasEnd = !results.end.empty() || !results.duration.empty();
  return (!results.start.empty() && hasEnd) || tellsWordTimes(results);
}

void requireTimes(const std::string& option, bool ofWords, const ExpectedResults& expected) {
  if (expected.isRaw) {
    refuseTranscripts(
        option + " needs results with times, which raw results and results without payload lack");
  }
  const gateway::ResultMembers& results = expected.profile.results;
  if (!results.isEmpty() && !(ofWords ? tellsWordTimes(results) : tellsTimes(results))) {
    refuseTranscripts(option + " needs the times of " + (ofWords ? "words" : "results") +
                      ", and the profile " + expected.profileName +
                      " has none: use --output-format text or json");
  }
}

TranscriptForm typedForm(const TranscriptArguments& options) {
  if (options.format == "words") {
    return TranscriptForm::words;
  }
  if (options.format == "srt") {
    return TranscriptForm::srt;
  }
  if (options.format == "vtt") {
    return TranscriptForm::vtt;
  }
  return options.timestamps ? TranscriptForm::timedText : TranscriptForm::text;
}

}  // namespace

void addTranscriptOptions(CLI::App& command, TranscriptArguments& options) {
  const std::string output = "Output";
  addChoiceOption(command, "--output-format", options.format,
                  {"text", "json", "words", "srt", "vtt"},
                  "Form of the final results: lines of text, events as with --json, one word per "
                  "line with its times, or subtitles (default: text)")
      ->group(output);
  command
      .add_flag("--timestamps", options.timestamps,
                "With text: precede each line with the time it was said")
      ->group(output);
}

TranscriptForm resolveTranscripts(const TranscriptArguments& options,
                                  const ExpectedResults& expected, ReportingOptions& reporting) {
  if (options.timestamps && options.format != "text") {
    refuseTranscripts(
        "--timestamps is for --output-format text: the other forms include the times");
  }
  const TranscriptForm form = typedForm(options);
  const bool isJson = options.format == "json";
  if (form != TranscriptForm::text) {
    const std::string option =
        options.timestamps ? "--timestamps" : "--output-format " + options.format;
    requireTimes(option, form == TranscriptForm::words, expected);
    if (reporting.json && !expected.goesToFile) {
      refuseTranscripts("--json has standard output: " + option + " needs -o FILE with it");
    }
  }
  reporting.json = reporting.json || isJson;
  return form;
}

}  // namespace wsferry::tool
