#include "tool/doctor/transfer_checks.hpp"

#include <algorithm>
#include <cstdio>

#include "tool/doctor/awaited.hpp"
#include "tool/report/failure_report.hpp"
#include "wsferry/core/upgrade_trial.hpp"
#include "wsferry/core/url.hpp"
#include "wsferry/strapi/transfer_trial.hpp"

namespace wsferry::tool {

namespace {

using One = TransferAnswers::One;

bool isOpen(const One& one) {
  return !one.error;
}

// Whether Strapi itself has refused the token: a proxy's refusal says nothing about it.
bool refusesToken(const One& one) {
  return (one.error == Errc::notAuthenticated || one.error == Errc::notAuthorized) &&
         isStrapisAnswer(one.info);
}

// Strapi looks for the transfer behind the token's check: what it misses it misses for who may.
bool acceptsToken(const One& one, const PanelAnswer& panel) {
  return isOpen(one) || (one.error == Errc::notFound && isStrapisAnswer(one.info) && panel.isPanel);
}

Finding adminFinding(const TransferAnswers& answers, const PanelAnswer& panel,
                     const std::string& adminUrl) {
  const std::string shown = Url::parse(adminUrl).display();  // A query may hold a secret.
  if (panel.isPanel) {
    return passed("admin", "a Strapi answers at " + shown);
  }
  if (isOpen(answers.pull) || isOpen(answers.push) || refusesToken(answers.pull)) {
    return passed("admin", "a Strapi accepts transfers at " + shown + "; its panel " + panel.words);
  }
  if (panel.status == 401 || panel.status == 403) {
    return skipped("admin", "something in front of it blocks requests: it " + panel.words);
  }
  return failed(
      "admin", Errc::notFound,
      shown + " is not the admin URL of a Strapi that can be reached: it " + panel.words + ".",
      panel.redirected.empty() ? adminUrlAdvice(adminUrl) : panel.redirected);
}

Finding partialToken(bool mayPull) {
  Finding finding = mayPull ? passed("token", "may pull, not push")
                            : warned("token", "may push, not pull: no --backup either",
                                     "For a backup before a push, create one of type Full access "
                                     "in Strapi under Settings > Transfer Tokens.");
  return finding.with("mayPull", mayPull).with("mayPush", !mayPull);
}

Finding tokenFinding(const TransferAnswers& answers, const PanelAnswer& panel,
                     const std::string& adminUrl, const std::string& missingToken) {
  if (!missingToken.empty()) {
    return failed("token", Errc::invalidOption, "no transfer token was given",
                  "To give one, " + missingToken + ".");
  }
  const bool mayPull = acceptsToken(answers.pull, panel);
  const bool mayPush = acceptsToken(answers.push, panel);
  if (mayPull && mayPush) {
    return passed("token", "may pull and push").with("mayPull", true).with("mayPush", true);
  }
  if (mayPull && refusesToken(answers.push)) {
    return partialToken(true);
  }
  if (mayPush && refusesToken(answers.pull)) {
    return partialToken(false);
  }
  for (const One* one : {&answers.pull, &answers.push}) {
    if (refusesToken(*one) || one->error == Errc::plaintextCredentials) {
      return failed("token", Error(one->error, one->info), adminUrl);
    }
  }
  return skipped("token", "the server did not say whether it accepts it");
}

Finding upgradeFinding(const TransferAnswers& answers, const std::string& adminUrl) {
  if (isOpen(answers.pull) || isOpen(answers.push)) {
    return passed("upgrade", "the server opens transfers, and nothing in between blocks them");
  }
  for (const One* one : {&answers.pull, &answers.push}) {
    if (!refusesToken(*one) && one->error != Errc::plaintextCredentials) {
      return failed("upgrade", Error(one->error, one->info), adminUrl);
    }
  }
  return skipped("upgrade", "no transfer is opened without a token that the server accepts");
}

}  // namespace

TransferAnswers askForTransfers(asio::io_context& context, const std::string& adminUrl,
                                const WebSocketOptions& options) {
  TransferAnswers answers;
  const auto ask = [&](strapi::TransferKind kind) {
    auto [error, info, trial] = awaited<std::error_code, ErrorInfo, UpgradeTrial>(
        context,
        [&](auto done) { strapi::tryTransfer(context, adminUrl, kind, options, std::move(done)); });
    if (trial.roundTrip) {
      answers.roundTrip = std::min(answers.roundTrip.value_or(*trial.roundTrip), *trial.roundTrip);
    }
    return One{error, std::move(info)};
  };
  answers.pull = ask(strapi::TransferKind::pull);
  answers.push = ask(strapi::TransferKind::push);
  return answers;
}

bool judgeTransfers(const TransferAnswers& answers, const PanelAnswer& panel,
                    const std::string& adminUrl, const std::string& missingToken,
                    Findings& findings) {
  findings.add(adminFinding(answers, panel, adminUrl));
  findings.add(tokenFinding(answers, panel, adminUrl, missingToken));
  findings.add(upgradeFinding(answers, adminUrl));
  if (isOpen(answers.pull) || isOpen(answers.push)) {
    findings.add(pingFinding(answers.roundTrip));
  } else {
    findings.skip({"ping"}, "there is no open transfer");
  }
  return isOpen(answers.pull);
}

Finding pingFinding(const std::optional<std::chrono::nanoseconds>& roundTrip) {
  if (!roundTrip) {
    return warned("ping", "pings are not answered",
                  "A proxy on the way may drop them: --ping-interval 0 works without pings, but a "
                  "lost connection is then noticed later.");
  }
  const double milliseconds = std::chrono::duration<double, std::milli>(*roundTrip).count();
  char text[32] = {};
  std::snprintf(text, sizeof text, "%.1f", milliseconds);
  return passed("ping", std::string(text) + " ms, the best of several")
      .with("milliseconds", milliseconds);
}

}  // namespace wsferry::tool
