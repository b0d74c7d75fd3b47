#include "tool/doctor/content_checks.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <numeric>
#include <utility>

#include "tool/options/pull_options.hpp"
#include "tool/terminal/size_format.hpp"
#include "wsferry/core/clock.hpp"
#include "wsferry/core/detail/json/json_number.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/strapi/detail/messages/record_reader.hpp"
#include "wsferry/strapi/detail/schema/server_version.hpp"
#include "wsferry/strapi/record_type.hpp"
#include "wsferry/strapi/remote_source.hpp"
#include "wsferry/strapi/transfer_filter.hpp"

namespace wsferry::tool {

namespace {

using strapi::ServerAbility;

// For a look at a server: a pull waits longer.
constexpr Duration longestAnswer{60'000};
constexpr Duration longestReading{5'000};
constexpr std::size_t mostExamples = 3;

struct AbilityWords {
  ServerAbility ability;
  const char* name;
  const char* lack;  ///< What comes of its lack.
};

constexpr AbilityWords abilityWords[] = {
    {ServerAbility::checksums, "checksums", "files over the socket come without checksums"},
    {ServerAbility::messagesInFlight, "messagesInFlight",
     "a push sends one message at a time, which is slow over a distance"},
    {ServerAbility::base64Assets, "base64Assets", "files of a push need three times the bytes"},
    {ServerAbility::stepStats, "stepStats", "a push does not learn how much was stored"},
    {ServerAbility::omissionWarnings, "omissionWarnings", "it silently omits what it cannot read"},
    {ServerAbility::survivesHangUp, "survivesHangUp",
     "it may end its process when a pull is interrupted"},
};

/// Reads on until it has seen enough.
class BoundedReading final : public strapi::RecordSink {
 public:
  explicit BoundedReading(SeenContent& seen) : seen_(seen), end_(Clock::now() + longestReading) {}

  /// Ends the reading.
  struct Enough : std::exception {};

  void record(const strapi::Record& record) override {
    const strapi::Record read = reader_.read(strapi::TransferStage::entities, record);
    const strapi::EntityView& entity = read.entity();
    if (!strapi::isNeverTransferred(entity.type)) {
      ++seen_.records[std::string(entity.type)];
    }
    if (entity.type == strapi::uploadFile) {
      addFiles(entity);
    }
    if (Clock::now() >= end_) {
      throw Enough();
    }
  }

  void omitted(const strapi::Omission&) override {}  // A pull tells of it.

 private:
  void addFiles(const strapi::EntityView& entity) {
    for (http::MediaFile& file : http::mediaFilesOf(entity)) {
      ++seen_.files;
      seen_.fileBytes += bytesOf(file.size);
      if (seen_.examples.size() < mostExamples && !file.name.empty()) {
        seen_.examples.push_back(std::move(file));
      }
    }
  }

  static std::uint64_t bytesOf(const strapi::AnnouncedSize& size) {
    double bytes = size.kilobytes.value_or(0) * 1'000;
    if (size.bytes) {
      bytes = jsonNumberOf(*size.bytes);
    }
    return bytes > 0 && bytes < 1e18 ? static_cast<std::uint64_t>(bytes) : 0;
  }

  SeenContent& seen_;
  const TimePoint end_;
  strapi::RecordReader reader_;
};

strapi::RemoteSourceOptions shortPatience(const Server& server) {
  strapi::RemoteSourceOptions options = sourceOptions(server);
  options.checksums = true;  // Whether the server has them is asked.
  options.keepAlive.overallCap = std::min(options.keepAlive.overallCap, longestAnswer);
  options.retry.retryMessageTimeout =
      std::min(options.retry.retryMessageTimeout, longestAnswer / 4);
  options.retry.retryMessageMaxRetries = std::min(options.retry.retryMessageMaxRetries, 3U);
  return options;
}

Finding schemasFinding(const std::vector<strapi::Schema>& schemas) {
  std::uint64_t own = 0;
  std::uint64_t ofPlugins = 0;
  std::uint64_t components = 0;
  for (const strapi::Schema& schema : schemas) {
    const bool isComponent = schema.uid.find("::") == std::string::npos;
    own += startsWith(schema.uid, "api::") ? 1 : 0;
    ofPlugins += startsWith(schema.uid, "plugin::") ? 1 : 0;
    components += isComponent ? 1 : 0;
  }
  Finding finding =
      passed("schemas", formatCount(own, "content type", "content types") + ", " +
                            formatCount(components, "component", "components") + ", " +
                            formatCount(ofPlugins, "type", "types") + " of plugins");
  if (own == 0) {
    finding = warned("schemas", "the project has no content type of its own (api::)",
                     "Check that it is the right server: a pull from it has hardly any content.");
  }
  return finding.with("contentTypes", own)
      .with("components", components)
      .with("pluginTypes", ofPlugins);
}

Finding recordsFinding(const SeenContent& seen) {
  const std::uint64_t count =
      std::accumulate(seen.records.begin(), seen.records.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& type) { return sum + type.second; });
  const std::string start = seen.isWhole
                                ? std::string()
                                : "at least, as " + std::to_string(longestReading.count() / 1'000) +
                                      " s were not enough to read all: ";
  return passed("records", start + formatCount(count, "record", "records") + " of " +
                               formatCount(seen.records.size(), "type", "types") + ", which name " +
                               formatCount(seen.files, "file", "files"))
      .with("records", count)
      .with("types", static_cast<std::uint64_t>(seen.records.size()))
      .with("files", seen.files)
      .with("fileBytes", seen.fileBytes)
      .with("isWhole", seen.isWhole);
}

/// One thing after the other, and what was reached.
class ContentLook {
 public:
  ContentLook(const Server& server, SeenContent& seen, Findings& findings)
      : source(server.adminUrl, shortPatience(server)), seen_(seen), findings_(findings) {}

  void version() {
    source.bootstrap();
    findings_.add(versionFinding(source.getMetadata().strapiVersion, source.checksumsNegotiated()));
  }
  void schemas() { findings_.add(schemasFinding(source.getSchemas())); }
  void records() {
    BoundedReading look(seen_);
    try {
      source.readRecords(strapi::TransferStage::entities, look);
      seen_.isWhole = true;
      source.close();
    } catch (const BoundedReading::Enough&) {  // The source's end gives the pull up.
    }
    findings_.add(recordsFinding(seen_));
  }

  strapi::RemoteSource source;

 private:
  SeenContent& seen_;
  Findings& findings_;
};

}  // namespace

SeenContent checkContent(const Server& server, Interruption& interruption, Findings& findings) {
  SeenContent seen;
  ContentLook look(server, seen, findings);
  const Interruption::Scope scope(interruption, [&look] { look.source.cancel(); });
  constexpr std::array<std::pair<const char*, void (ContentLook::*)()>, 3> checks = {
      {{"version", &ContentLook::version},
       {"schemas", &ContentLook::schemas},
       {"records", &ContentLook::records}}};
  bool isLost = false;
  for (const auto& [name, check] : checks) {
    if (isLost) {
      findings.skip({name}, "the server did not get that far");
      continue;
    }
    try {
      (look.*check)();
    } catch (const Error& error) {
      interruption.throwIfRequested();
      findings.add(failed(name, error, server.adminUrl));
      isLost = true;
    }
  }
  return seen;
}

Finding versionFinding(const std::string& version, bool checksums) {
  std::vector<std::string> lacks;
  Finding finding = passed("version", "Strapi " + version);
  for (const AbilityWords& words : abilityWords) {
    const bool isAnnounced =
        words.ability == ServerAbility::checksums || words.ability == ServerAbility::survivesHangUp;
    const bool has = isAnnounced ? checksums : strapi::hasAbility(version, words.ability);
    if (!has) {
      lacks.push_back(std::string(words.lack) + " (" + strapi::serversWithout(words.ability) + ")");
    }
    finding.with(words.name, has);
  }
  finding.text += lacks.empty() ? ", which has all that a transfer can use" : "";
  for (std::size_t i = 0; i < lacks.size(); ++i) {
    finding.text += (i == 0 ? ": " : "; ") + lacks[i];
  }
  return finding.with("version", version);
}

}  // namespace wsferry::tool
