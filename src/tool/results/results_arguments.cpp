#include "tool/results/results_arguments.hpp"

#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/value_options.hpp"
#include "wsferry/core/error.hpp"

namespace wsferry::tool {

namespace {

[[noreturn]] void refuseResults(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

platform::EgressPosition positionOf(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    refuseResults("--resume needs TOPIC=MESSAGE_ID, as printed by an earlier run");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

platform::EgressOptions resolveEgress(const ResultsArguments& options) {
  platform::EgressOptions egress;
  egress.url = serviceUrl(options.url, platform::defaultEgressUrl, "--egress-url");
  egress.streams = options.streams;
  egress.group = options.group;
  egress.count = options.count;
  egress.tags = options.tags;
  if (!options.matchTags.empty()) {
    egress.matchTags =
        options.matchTags == "all" ? platform::TagMatch::all : platform::TagMatch::any;
  }
  if (options.format == "raw") {
    egress.format = gateway::EgressFormat::raw;
  }
  egress.finalOnly = options.finalOnly;
  if (options.timeout > Duration::zero()) {
    egress.timeout = options.timeout;
  }
  egress.omitPayload = options.omitPayload;
  egress.excludeNoPayload = options.excludeNoPayload;
  for (const std::string& text : options.resume) {
    egress.resume.push_back(positionOf(text));
  }
  egress.retries = options.retries;
  return egress;
}

platform::StreamServiceOptions resolveService(const ResultsArguments& options,
                                              const Environment& environment) {
  platform::StreamServiceOptions service;
  service.url = serviceUrl(options.streamServiceUrl, platform::defaultStreamServiceUrl,
                           "--stream-service-url");
  static_cast<wsferry::ConnectionOptions&>(service.connection) = resolveAccess(
      options.access, service.url, options.credentials.headers, "--header", environment);
  return service;
}

void addResultSelection(CLI::App& command, ResultsArguments& options) {
  const std::string results = "Results";
  addNumberOption(command, "--count", options.count, std::uint64_t{1}, std::uint64_t{1'000'000'000},
                  "End after this many results")
      ->group(results);
  command
      .add_option("--tag", options.tags,
                  "Tag of the processors to read; repeatable (default: main)")
      ->type_name("TAG")
      ->allow_extra_args(false)
      ->group(results);
  addChoiceOption(command, "--match-tags", options.matchTags, {"all", "any"},
                  "Whether a processor must have all of the tags, or any")
      ->group(results);
  addChoiceOption(command, "--format", options.format, {"events", "raw"},
                  "Form of the results (default: events)")
      ->group(results);
  command.add_flag("--final-only", options.finalOnly, "No partial results")->group(results);
  addDurationOption(command, "--timeout", options.timeout, false,
                    "The service's own time limit (default: the service's)")
      ->group(results);
  command.add_flag("--omit-payload", options.omitPayload, "Results without their payload")
      ->group(results);
  command
      .add_flag("--exclude-no-payload", options.excludeNoPayload, "No results without a payload")
      ->group(results);
  command
      .add_option("--resume", options.resume,
                  "Continue after this result of a topic, as printed by an earlier run; repeatable")
      ->type_name("TOPIC=MESSAGE_ID")
      ->allow_extra_args(false)
      ->group(results);
  addNumberOption(command, "--retries", options.retries, 0U, 1000U,
                  "Give up after this many connections in a row without anything new (default: 5)")
      ->group(results);
}

}  // namespace

void addResultsOptions(CLI::App& command, ResultsArguments& options) {
  command.add_option("streams", options.streams, "Ids of the streams to read")
      ->type_name("STREAM_ID");
  auto* group = command.add_option("--group", options.group,
                                   "Id of a group of streams, instead of stream ids");
  group->type_name("ID");
  command
      .add_option("--egress-url", options.url,
                  "The Egress Service, which gets the credentials; default is that of Vatis Tech")
      ->type_name("URL|default")
      ->required();
  command
      .add_option("--stream-service-url", options.streamServiceUrl,
                  "Ask this Stream Service, after the last result, whether a stream failed")
      ->type_name("URL|default")
      ->excludes(group);
  command
      .add_option("-o,--output", options.output,
                  "File for the results (default, and -: standard output)")
      ->type_name("FILE");
  command.add_flag("--force", options.force, "Replace an existing file");
  addCredentialOptions(command, options.credentials, CredentialUse::request);
  addAccessOptions(command, options.access);
  addResultSelection(command, options);
  addTranscriptOptions(command, options.transcripts);
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.reporting.json,
                "Events as JSON, one per line, on standard output")
      ->group(reporting);
  command.add_flag("-q,--quiet", options.reporting.quiet, "Results and failures only")
      ->group(reporting);
  command.add_flag("-v,--verbose", options.reporting.verbose, "What is read, and from where")
      ->group(reporting);
  command.footer(
      "Final results go to standard output, one per line, as with stream. An answer that breaks\n"
      "off is resumed, without loss or repetition.\n"
      "\n"
      "Examples:\n"
      "  wsferry results STREAM_ID --egress-url https://example.org/egress/live \\\n"
      "    --api-key-file key.txt\n"
      "  wsferry results --group ID --egress-url default --json \\\n"
      "    --token-url default --client-id ID --client-secret-file secret.txt");
}

ResultsRequest resolveResults(const ResultsArguments& options, const Environment& environment) {
  checkReporting(options.reporting);
  if (options.streams.empty() == options.group.empty()) {
    refuseResults("give the ids of streams, or --group and the id of one");
  }
  ResultsRequest request;
  request.reporting = options.reporting;
  const bool goesToFile = !options.output.empty() && options.output != "-";
  const gateway::Profile profile;
  request.transcriptForm = resolveTranscripts(
      options.transcripts,
      {profile, "vatis", options.format == "raw" || options.omitPayload, goesToFile},
      request.reporting);
  const bool isSubtitles = request.transcriptForm == gateway::detail::TranscriptForm::srt ||
                           request.transcriptForm == gateway::detail::TranscriptForm::vtt;
  if (isSubtitles && options.streams.size() != 1) {
    refuseResults(
        "subtitles are for a single stream, because each has its own time: read them one by one");
  }
  if (request.reporting.json && options.format == "raw" && !goesToFile) {
    refuseResults("--json with --format raw needs -o FILE: raw results are bytes");
  }
  if (!options.streamServiceUrl.empty() && options.count) {
    refuseResults(
        "--stream-service-url asks about the end of a stream, which --count does not reach");
  }
  request.egress = resolveEgress(options);
  ResolvedCredentials resolved =
      resolveCredentials(options.credentials, options.access, environment);
  request.egress.credentials = std::move(resolved.credentials);
  request.token = std::move(resolved.token);
  request.howToGiveCredentials = std::move(resolved.howToGive);
  static_cast<wsferry::ConnectionOptions&>(request.egress.connection) = resolveAccess(
      options.access, request.egress.url, options.credentials.headers, "--header", environment);
  std::vector<std::string> urls = {request.egress.url};
  if (!options.streamServiceUrl.empty()) {
    request.service = resolveService(options, environment);
    request.service->credentials = request.egress.credentials;
    urls.push_back(request.service->url);
  }
  request.unusedOptions = unusedOptions(options.access, urls, request.token);
  request.output = options.output;
  return request;
}

}  // namespace wsferry::tool
