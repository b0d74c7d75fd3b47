#include <asio/io_context.hpp>

#include "tool/commands/commands.hpp"
#include "tool/doctor/awaited.hpp"
#include "tool/doctor/connection_checks.hpp"
#include "tool/doctor/content_checks.hpp"
#include "tool/doctor/findings.hpp"
#include "tool/doctor/http_checks.hpp"
#include "tool/doctor/pull_checks.hpp"
#include "tool/doctor/transfer_checks.hpp"
#include "tool/terminal/terminal.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/core/upgrade_trial.hpp"
#include "wsferry/core/url.hpp"

namespace wsferry::tool {

namespace {

void examineContent(asio::io_context& context, const DoctorRequest& request,
                    const DoctorOptions& options, bool mayPull, Interruption& interruption,
                    Findings& findings) {
  SeenContent seen;
  if (mayPull) {
    seen = checkContent(request.server, interruption, findings);
    findings.add(checkFiles(context, request.server, request.filesUrl, seen));
  } else {
    findings.skip({"version", "schemas", "records", "files"}, "no pull is opened");
  }
  findings.add(checkTarget(options.output, request.server.adminUrl, seen));
}

void examineStrapi(asio::io_context& context, const DoctorRequest& request,
                   const DoctorOptions& options, Interruption& interruption, Findings& findings) {
  const Server& server = request.server;
  const PanelAnswer panel = checkHttp(context, server.adminUrl, server.connection, findings);
  if (!panel.isThere) {
    findings.skip(
        {"clock", "admin", "token", "upgrade", "ping", "version", "schemas", "records", "files"},
        "the server does not answer");
    findings.add(checkTarget(options.output, server.adminUrl, {}));
    return;
  }
  const TransferAnswers answers = askForTransfers(context, server.adminUrl, server.connection);
  const bool mayPull =
      judgeTransfers(answers, panel, server.adminUrl, request.missingToken, findings);
  examineContent(context, request, options, mayPull, interruption, findings);
}

void examineGateway(asio::io_context& context, const DoctorRequest& request, Findings& findings) {
  const auto [error, info, trial] =
      awaited<std::error_code, ErrorInfo, UpgradeTrial>(context, [&](auto done) {
        tryUpgrade(context, Url::parse(request.server.adminUrl), request.server.connection,
                   std::move(done));
      });
  if (error) {
    Finding finding = failed("upgrade", Error(error, info), {});
    if (error == ErrorCondition::authentication) {
      finding.remedy =
          request.missingToken.empty()
              ? "The gateway does not accept these credentials. If it expects them elsewhere than "
                "in a header, try `wsferry stream` with --auth-placement or --profile."
              : "No credentials were given: " + request.missingToken +
                    ", or an API key with --api-key-file.";
    }
    if (error == Errc::connectionLost || error == Errc::connectionClosed) {
      finding.remedy = "Try again. If the gateway has stopped, its log says why.";
    }
    findings.add(std::move(finding));
    findings.skip({"ping"}, "there is no connection");
    return;
  }
  findings.add(passed("upgrade",
                      trial.ended
                          ? "the gateway opens streams; it closed this one, which requested nothing"
                          : "the gateway opens streams"));
  if (trial.ended) {
    findings.add(skipped("ping", "the gateway closed before it answered"));
    return;
  }
  Finding ping = pingFinding(trial.roundTrip);
  if (!trial.roundTrip) {
    ping.remedy =
        "A proxy on the way may drop them: `wsferry stream --keep-alive message` works without "
        "pings.";
  }
  findings.add(std::move(ping));
}

}  // namespace

ExitCode runDoctor(const DoctorOptions& options, CommandRun& run) {
  run.failure.useJson(options.json);
  const DoctorRequest request = resolveDoctor(options, environmentVariable);
  const Server& server = request.server;
  run.failure.adminUrl = server.adminUrl;
  for (const std::string& option : server.unusedOptions) {
    printNote(option);
  }
  Findings findings = Findings::onStandardOutput(options.json);
  // Never destroyed: that would wait for a name lookup that hangs, beyond any deadline.
  auto& context = *new asio::io_context(1);
  const Url url = Url::parse(server.adminUrl);
  if (!checkConnection(context, url, server.connection, server.adminUrl, findings)) {
    if (request.isGateway) {
      findings.skip({"upgrade", "ping"}, "there is no connection");
    } else {
      findings.skip({"http", "clock", "admin", "token", "upgrade", "ping", "version", "schemas",
                     "records", "files"},
                    "there is no connection");
      findings.add(checkTarget(options.output, server.adminUrl, {}));
    }
  } else if (request.isGateway) {
    examineGateway(context, request, findings);
  } else {
    examineStrapi(context, request, options, run.interruption, findings);
  }
  return findings.conclude("url", url.display());
}

}  // namespace wsferry::tool
