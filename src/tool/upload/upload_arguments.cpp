#include "tool/upload/upload_arguments.hpp"

#include <utility>

#include "tool/options/pasted_text.hpp"
#include "tool/options/value_options.hpp"
#include "tool/stream/stream_arguments.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/uuid.hpp"

namespace wsferry::tool {

namespace {

[[noreturn]] void refuseUpload(std::string message) {
  throw Error(Errc::invalidOption, std::move(message));
}

platform::UploadOptions resolveUploadOptions(const UploadArguments& options) {
  platform::UploadOptions upload;
  upload.url = serviceUrl(options.url, platform::defaultUploadUrl, "--upload-url");
  upload.templateId = options.templateId;
  // So that the stream can be named whatever becomes of the answer.
  upload.streamId = Uuid::random().toString();
  upload.name = options.name;
  upload.groupId = options.group;
  // Nobody reads while the file goes up, and what is not kept is dropped then.
  if (options.persist || !options.egressUrl.empty()) {
    upload.persist = true;
  }
  for (const std::string& patch : options.patches) {
    addPatch(patch, upload.patches);
  }
  if (!options.language.empty()) {  // A patch of that name beside it is no array of both.
    upload.patches.insert(upload.patches.begin(), gateway::setPatch("language", options.language));
  }
  return upload;
}

void addUploadStreamOptions(CLI::App& command, UploadArguments& options) {
  const std::string stream = "Stream";
  addTemplateOptions(command, options.templateId, options.patches);
  command.add_option("--name", options.name, "Name of the stream")
      ->type_name("NAME")
      ->group(stream);
  command.add_option("--group", options.group, "Id of a group of streams to join")
      ->type_name("ID")
      ->group(stream);
  command.add_option("--language", options.language, "Language, as the patch `language`")
      ->type_name("LANGUAGE")
      ->group(stream);
  command
      .add_flag("--persist", options.persist,
                "Let the platform keep the results for hours; --egress-url implies it")
      ->group(stream);
  command
      .add_flag("--force-audio", options.forceAudio,
                "Upload the file even if it is not audio, such as a text or an archive")
      ->group(stream);
}

}  // namespace

void addUploadOptions(CLI::App& command, UploadArguments& options) {
  command.add_option("file", options.input, "File to upload; - is standard input")
      ->type_name("FILE")
      ->required();
  command
      .add_option("--upload-url", options.url,
                  "The HTTP Gateway, which gets the credentials; default is that of Vatis Tech")
      ->type_name("URL|default")
      ->required();
  auto* egress = command.add_option("--egress-url", options.egressUrl,
                                    "Wait for the results, from this Egress Service");
  egress->type_name("URL|default");
  auto* service =
      command
          .add_option("--stream-service-url", options.streamServiceUrl,
                      "Wait for the end of the stream, ask this Stream Service whether it failed, "
                      "and cancel the stream on a signal or failure")
          ->type_name("URL|default");
  addDurationOption(command, "--state-timeout", options.stateTimeout, false,
                    "Longest wait for that (default: 30m; with --egress-url, behind the last "
                    "result, 5)")
      ->needs(service);
  auto* output = command.add_option("-o,--output", options.output,
                                    "File for the results (default, and -: standard output)");
  output->type_name("FILE")->needs(egress);
  command.add_flag("--force", options.force, "Replace an existing file")->needs(output);
  addCredentialOptions(command, options.credentials, CredentialUse::request);
  addAccessOptions(command, options.access);
  addUploadStreamOptions(command, options);
  addTranscriptOptions(command, options.transcripts);
  const std::string reporting = "Reporting";
  command
      .add_flag("--json", options.reporting.json,
                "Events as JSON, one per line, on standard output")
      ->group(reporting);
  command
      .add_flag("-q,--quiet", options.reporting.quiet, "The stream's id or results, and failures")
      ->group(reporting);
  command.add_flag("-v,--verbose", options.reporting.verbose, "What is uploaded, and where to")
      ->group(reporting);
  command.footer(
      "Prints the id of the stream, or with --egress-url its final results, one per line.\n"
      "\n"
      "Examples:\n"
      "  wsferry upload interview.mp3 --upload-url https://example.org/upload \\\n"
      "    --template ID --api-key-file key.txt\n"
      "  wsferry upload interview.mp3 --upload-url default --egress-url default \\\n"
      "    --stream-service-url default --template ID --api-key-file key.txt \\\n"
      "    -o interview.txt");
}

UploadRequest resolveUpload(const UploadArguments& options, const Environment& environment) {
  checkReporting(options.reporting);
  if (options.input == "-" && options.credentials.readsStandardInput()) {
    refuseUpload("standard input cannot be both the file and a secret");
  }
  if (options.templateId.empty()) {
    refuseUpload("--template is needed: the id of the stream configuration template to run");
  }
  UploadRequest request;
  request.reporting = options.reporting;
  const gateway::Profile profile;
  request.transcriptForm = resolveTranscripts(
      options.transcripts,
      {profile, "vatis", false, !options.output.empty() && options.output != "-"},
      request.reporting);
  if (request.transcriptForm != gateway::detail::TranscriptForm::text &&
      options.egressUrl.empty()) {
    refuseUpload("--output-format and --timestamps are for results: --egress-url waits for them");
  }
  request.upload = resolveUploadOptions(options);
  ResolvedCredentials resolved =
      resolveCredentials(options.credentials, options.access, environment);
  request.howToGiveCredentials = resolved.howToGive;
  std::vector<std::string> urls;
  const auto reach = [&](const std::string& url, auto& target) {
    urls.push_back(url);
    static_cast<wsferry::ConnectionOptions&>(target.connection) =
        resolveAccess(options.access, url, options.credentials.headers, "--header", environment);
    target.credentials = resolved.credentials;
  };
  reach(request.upload.url, request.upload);
  if (!options.egressUrl.empty()) {
    request.egress.emplace();
    request.egress->url = serviceUrl(options.egressUrl, platform::defaultEgressUrl, "--egress-url");
    reach(request.egress->url, *request.egress);
  }
  if (!options.streamServiceUrl.empty()) {
    request.service.emplace();
    request.service->url = serviceUrl(options.streamServiceUrl, platform::defaultStreamServiceUrl,
                                      "--stream-service-url");
    reach(request.service->url, *request.service);
  }
  request.token = std::move(resolved.token);
  request.stateTimeout = options.stateTimeout;
  request.unusedOptions = unusedOptions(options.access, urls, request.token);
  if (request.egress && !request.service) {
    request.unusedOptions.emplace_back(
        "whether the stream itself fails is not asked: --stream-service-url does that");
  }
  request.input = options.input;
  request.output = options.output;
  request.forceAudio = options.forceAudio;
  return request;
}

}  // namespace wsferry::tool
