// POSIX: who may read a file.
#include "tool/profiles/profile_check.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/websocket/upgrade.hpp"
#include "tool/doctor/doctor_options.hpp"
#include "tool/doctor/pull_checks.hpp"
#include "tool/log/log_file.hpp"
#include "tool/profiles/profile_pull.hpp"
#include "tool/report/failure_report.hpp"
#include "tool/terminal/printable_text.hpp"
#include "wsferry/core/detail/request/request_headers.hpp"
#include "wsferry/core/detail/text/ascii.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

struct CheckedFile {
  const char* key;
  bool isSecret;
};

constexpr std::array<CheckedFile, 6> checkedFiles = {{{"token-file", true},
                                                      {"api-key-file", true},
                                                      {"client-key", true},
                                                      {"key-file", true},
                                                      {"client-cert", false},
                                                      {"ca-file", false}}};

constexpr ServerRole namedServer{"", "STRAPI_TRANSFER_TOKEN", nullptr, /*needsToken=*/false};

// In place of what is not asked for now.
constexpr const char* anySecret = "any";

bool isOpenToOthers(const std::string& file) {
  struct stat information {};
  return ::stat(file.c_str(), &information) == 0 &&
         (information.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

bool isEmpty(const std::string& file) {
  struct stat information {};
  return ::stat(file.c_str(), &information) == 0 && S_ISREG(information.st_mode) &&
         information.st_size == 0;
}

// Whether it may be shown: whoever confuses the two writes the secret in place of its file. That is
// one of the configuration's folder then, with a long name.
bool looksLikePath(const std::string& file, const std::string& configuration) {
  constexpr std::size_t longestPart = 24;
  const std::string folder = (std::filesystem::path(configuration).parent_path() / "").string();
  if (startsWith(file, "/") && !startsWith(file, folder)) {
    return true;
  }
  const std::filesystem::path path(startsWith(file, folder) ? file.substr(folder.size()) : file);
  return std::all_of(path.begin(), path.end(), [](const std::filesystem::path& part) {
    return part.native().size() <= longestPart;
  });
}

// Advice for the command line, as it is followed in a file.
std::string inWordsOfFile(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> table = {
      {{"--insecure ", "insecure = true "}, {" -o ", " output "}, {" with -o.", " with output."}}};
  for (const auto& [typed, written] : table) {
    if (const std::size_t at = text.find(typed); at != std::string::npos) {
      text.replace(at, typed.size(), written);
    }
  }
  return text;
}

class ProfileCheck {
 public:
  ProfileCheck(const ServerProfile& profile, const ServerProfiles& profiles,
               const Environment& environment)
      : profile_(profile),
        profiles_(profiles),
        environment_(environment),
        isGateway_(isGatewayUrl(profile.url)) {}

  CheckedProfile run() {
    run(&ProfileCheck::checkReadable);
    run(&ProfileCheck::checkSecrets);
    run(&ProfileCheck::checkValues);
    for (const auto step : {&ProfileCheck::checkServer, &ProfileCheck::checkPull}) {
      if (!hasFailed_) {  // Of what has, they would fail again.
        run(step);
      }
    }
    run(&ProfileCheck::checkLog);
    if (checked_.findings.empty()) {
      add(passed(profile_.name, Url::parse(profile_.url).display() + tokenWords() +
                                    (profile_.isProtected ? ", protected" : "")));
    }
    return std::move(checked_);
  }

 private:
  void run(void (ProfileCheck::*step)()) {
    try {
      (this->*step)();
    } catch (const Error& error) {
      add(failed(profile_.name, error, profile_.url));
    }
  }

  void checkReadable() {
    for (const CheckedFile& file : checkedFiles) {
      const ConfigEntry* const entry = profile_.find(file.key);
      if (entry != nullptr && entry->value() != "-" &&
          ::access(entry->value().c_str(), R_OK) != 0) {
        const std::string why = std::generic_category().message(errno);
        const bool isShown = !file.isSecret || looksLikePath(entry->value(), profiles_.file());
        fail("line " + std::to_string(entry->line) + ": the file of " + file.key +
                 " cannot be read" + (isShown ? ", " + printable(entry->value(), 300) : "") + ": " +
                 why,
             "Create it, or correct its name.");
      } else if (entry != nullptr && isEmpty(entry->value())) {
        fail("line " + std::to_string(entry->line) + ": the file of " + file.key + " is empty",
             "Fill it, or use another one.");
      }
    }
  }

  void checkSecrets() {
    for (const CheckedFile& file : checkedFiles) {
      if (const ConfigEntry* const entry = profile_.find(file.key); entry && file.isSecret) {
        warnOfReaders(entry->value());
      }
    }
    const ConfigEntry* const proxy = profile_.find("proxy");
    const bool hasPassword = proxy != nullptr && proxy->value().find('@') != std::string::npos;
    if (hasPassword || profile_.find("header") != nullptr) {
      warnOfReaders(profiles_.file());
    }
  }

  void warnOfReaders(const std::string& file) {
    if (isOpenToOthers(file)) {
      warn("other users may read " + printable(file, 300), "chmod 600 " + printable(file, 300));
    }
  }

  void checkValues() {
    const std::vector<Error> wrong = profiles_.wrongValues(profile_);
    for (const Error& error : wrong) {
      add(failed(profile_.name, error, profile_.url));
    }
    if (wrong.empty()) {
      options_ = pullOptionsOf(profile_, profiles_);
    }
  }

  void checkServer() {
    WebSocketOptions connection =
        resolveServerWithoutToken(options_.server, namedServer, options_.connection, environment_)
            .connection;
    if (!options_.server.tokenCommand.empty() || options_.server.tokenFile == "-") {
      connection.bearerToken = anySecret;
    } else {
      addToken(connection, options_.server, namedServer, environment_);
    }
    hasToken_ = hasCredentials(connection);
    isTokenInHeader_ = hasToken_ && connection.bearerToken.empty();
    requireSendable(connection);
    if (isGateway_) {
      checkApiKey();
      return;
    }
    if (profile_.find("api-key-file") != nullptr) {
      warn("api-key-file is for a gateway, whose URL begins with ws:// or wss://",
           "Remove it: `wsferry doctor` refuses it.");
    }
    if (!hasToken_ && environment_("STRAPI_TRANSFER_FROM_TOKEN").empty() &&
        environment_("STRAPI_TRANSFER_TO_TOKEN").empty()) {
      warn("there is no token", "Add token-file or token-command, or set STRAPI_TRANSFER_TOKEN.");
    }
    if (!looksLikeAdminUrl(profile_.url)) {
      warn(Url::parse(profile_.url).display() + " does not end in /admin",
           adminUrlAdvice(profile_.url));
    }
    warnOfPlaintext(connection);
  }

  // As what opens the connection checks it. Of credentials in the open it is only a warning here.
  void requireSendable(WebSocketOptions connection) {
    connection.allowPlaintextCredentials = true;
    static_cast<void>(makeUpgradeRequest(Url::parse(profile_.url), connection));
  }

  // As far as it can be without asking for it.
  void checkApiKey() {
    const ConfigEntry* const entry = profile_.find("api-key-file");
    if (entry != nullptr && entry->value() != "-") {
      readApiKeyFile(entry->value(), "api-key-file of " + profile_.name);
    }
  }

  // Of a push the commands refuse it, too.
  void warnOfPlaintext(const WebSocketOptions& connection) {
    try {
      requireGuardedCredentials(Url::parse(profile_.url), connection);
    } catch (const Error& error) {
      if (error.code() != Errc::plaintextCredentials) {
        throw;
      }
      const Finding refusal = failed(profile_.name, error, profile_.url);
      warn(refusal.text, refusal.remedy);
    }
  }

  void checkPull() {
    if (isGateway_) {
      return;
    }
    PullOptions options = options_;
    options.files.reuse.clear();
    if (options.output.keyFile == "-") {
      options.output.keyFile.clear();
      options.output.key = anySecret;
    }
    const PullRequest request = resolvePullWithoutToken(options, environment_, utcTime());
    checked_.series = request.series;
    checked_.prunes = request.retention.counts.areGiven();
    if (profile_.find("output") != nullptr) {
      checkOutput(request.destination.path);
    }
    checkReused(request);
  }

  void checkOutput(const std::string& path) {
    const Finding disk = checkDisk(withoutSlashes(path), {});
    if (disk.state == FindingState::fail) {
      fail("output: " + disk.text, disk.remedy);
    } else if (disk.state == FindingState::warn) {
      warn("output: " + disk.text, disk.remedy);
    }
  }

  // What contradicts itself never runs; an archive may come to be before it is wanted.
  void checkReused(const PullRequest& request) {
    FilesOptions files = request.files;
    files.reuse = options_.files.reuse;
    chooseReused(files, request.destination.path, request.series);
    for (const std::string& archive : files.reuse) {
      if (isEmpty(archive)) {
        warn("nothing can be reused: " + printable(archive, 300) + " is empty",
             "A pull reuses nothing from it.");
        continue;
      }
      try {
        requireReusable(archive);
      } catch (const Error& error) {
        warn(error.info().message, "A pull without it is refused.");
      }
    }
  }

  void checkLog() {
    const std::string& file = options_.reporting.logFile;
    std::error_code unknown;
    if (file.empty() || isGateway_) {
      return;
    }
    if (std::filesystem::exists(file, unknown)) {
      const LogFile log(file);
    } else if (!std::filesystem::is_directory(folderOf(file), unknown)) {
      fail("log-file: there is no folder " + printable(folderOf(file), 300),
           "Create it, or use another file.");
    }
  }

  std::string tokenWords() const {
    return profile_.find("token-file") != nullptr     ? ", token from a file"
           : profile_.find("api-key-file") != nullptr ? ", API key from a file"
           : !profile_.tokenCommand.empty()           ? ", token from a command"
           : isTokenInHeader_                         ? ", token from a header"
           : isGateway_                               ? ""
                                                      : ", token from the environment";
  }

  void add(Finding finding) {
    finding.text = inWordsOfFile(std::move(finding.text));
    finding.remedy = inWordsOfFile(std::move(finding.remedy));
    hasFailed_ = hasFailed_ || finding.state == FindingState::fail;
    if (finding.state == FindingState::fail) {
      finding.exitCode = ExitCode::usage;
    }
    checked_.findings.push_back(std::move(finding));
  }
  void fail(const std::string& text, const std::string& remedy) {
    add(failed(profile_.name, Errc::invalidOption, text, remedy));
  }
  void warn(const std::string& text, const std::string& remedy) {
    add(warned(profile_.name, text, remedy));
  }

  const ServerProfile& profile_;
  const ServerProfiles& profiles_;
  const Environment& environment_;
  const bool isGateway_;
  PullOptions options_;  ///< As if the profile had been named, and nothing else.
  bool hasToken_ = false;
  bool isTokenInHeader_ = false;
  bool hasFailed_ = false;
  CheckedProfile checked_;
};

}  // namespace

CheckedProfile checkProfile(const ServerProfile& profile, const ServerProfiles& profiles,
                            const Environment& environment) {
  return ProfileCheck(profile, profiles, environment).run();
}

}  // namespace wsferry::tool
