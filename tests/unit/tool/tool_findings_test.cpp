#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>

#include "catch.hpp"
#include "support/contains.hpp"
#include "tool/doctor/connection_checks.hpp"
#include "tool/doctor/content_checks.hpp"
#include "tool/doctor/findings.hpp"
#include "tool/doctor/http_checks.hpp"
#include "tool/doctor/pull_checks.hpp"
#include "tool/doctor/transfer_checks.hpp"
#include "wsferry/core/error.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::tool;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

const auto someDay = system_clock::from_time_t(1'700'000'000);  // 2023-11-14 22:13:20 UTC

ConnectionTrace traceWith(hours ownLife, hours issuersLife) {
  ConnectionTrace trace;
  trace.tlsVersion = "TLSv1.3";
  trace.certificates.resize(2);
  trace.certificates[0] = {
      "a.test", "An authority", {"a.test", "b.test"}, someDay - hours(24), someDay + ownLife};
  trace.certificates[1] = {
      "An authority", "An authority", {}, someDay - hours(24), someDay + issuersLife};
  return trace;
}

}  // namespace

TEST_CASE("a certificate's end is told in days, and near it a warning") {
  const Finding good = certificateFinding(traceWith(hours(24 * 90), hours(24 * 900)), someDay);
  CHECK(good.state == FindingState::pass);
  CHECK(good.text ==
        "TLSv1.3, certificate for a.test, b.test by An authority, valid for 90 days, until "
        "2024-02-12");
  CHECK(good.remedy.empty());
  CHECK(certificateFinding(traceWith(hours(24 * 14), hours(24 * 900)), someDay).state ==
        FindingState::pass);
  const Finding late = certificateFinding(traceWith(hours(24 * 14 - 1), hours(24 * 900)), someDay);
  CHECK(late.state == FindingState::warn);
  CHECK(contains(late.text, "valid for 13 days"));
  CHECK_FALSE(late.remedy.empty());
}

TEST_CASE("of a chain the certificate that ends first counts, and is named") {
  const Finding finding = certificateFinding(traceWith(hours(24 * 90), hours(24 * 3)), someDay);
  CHECK(finding.state == FindingState::warn);
  CHECK(contains(finding.text, "An authority in its chain valid for 3 days"));
}

TEST_CASE("clocks are compared by the Date header") {
  const auto at = [](seconds ahead) {
    return clockFinding("Tue, 14 Nov 2023 22:13:20 GMT", someDay - ahead);
  };
  CHECK(at(seconds(0)).state == FindingState::pass);
  CHECK(contains(at(seconds(1)).text, "agrees"));
  CHECK(at(seconds(60)).state == FindingState::pass);
  CHECK(contains(at(seconds(60)).text, "60 s ahead of"));
  const Finding behind = at(seconds(-600));
  CHECK(behind.state == FindingState::warn);
  CHECK(contains(behind.text, "10 minutes behind"));
  CHECK(clockFinding("", someDay).state == FindingState::skip);
  CHECK(clockFinding("yesterday", someDay).state == FindingState::skip);
}

TEST_CASE("what a version lacks is told with what comes of it") {
  CHECK(versionFinding("5.54.0", true).text ==
        "Strapi 5.54.0, which has all that a transfer can use");
  const Finding old = versionFinding("4.26.2", false);
  CHECK(old.state == FindingState::pass);
  CHECK(contains(old.text, "without checksums (Strapi before 5.43)"));
  CHECK(contains(old.text, "one message at a time"));
}

TEST_CASE("the first failure gives the exit code, and a warning none") {
  Findings findings({});
  CHECK(findings.exitCode() == ExitCode::done);
  findings.add(warned("tls", "soon over", "Renew it."));
  CHECK(findings.exitCode() == ExitCode::done);
  findings.add(failed("token", Error(Errc::notAuthenticated, "no"), ""));
  findings.add(failed("disk", Error(Errc::fileFailed, "full"), ""));
  CHECK(findings.exitCode() == ExitCode::authentication);
  JsonLine line;
  findings.write(line);
  std::ostringstream out;
  line.finish(out);
  CHECK(
      contains(out.str(), R"({"ok":false,"exitCode":3,"checks":[{"check":"tls","state":"warn",)"));
  CHECK(contains(out.str(), R"("error":"notAuthenticated")"));
}

TEST_CASE("a finding is a line, and its remedy another one") {
  CHECK(findingText(warned("tls", "soon\nover", "Renew it.")) ==
        "warn  tls       soon over\n"
        "                Renew it.\n");
  CHECK(findingText(skipped("records", "no token")) == "skip  records   no token\n");
}

namespace {

TransferAnswers::One refusal(Errc error, int status, const std::string& body) {
  ErrorInfo info;
  info.message = "refused";
  info.httpStatus = status;
  info.httpBody = body;
  return {error, std::move(info)};
}

const std::string strapis = R"({"data":null,"error":{"status":0}})";

std::string judged(const TransferAnswers& answers, const PanelAnswer& panel,
                   const std::string& missingToken = "") {
  std::string text;
  Findings findings([&text](const Finding& finding) {
    text +=
        findingText(finding).substr(0, findingText(finding).find(' ')) + " " + finding.check + "\n";
  });
  judgeTransfers(answers, panel, "https://a.test/admin", missingToken, findings);
  return text;
}

}  // namespace

TEST_CASE("of several failures the one that stops most decides, which is the first") {
  Findings findings{nullptr};
  findings.add(passed("name", ""));
  findings.add(warned("tls", "", ""));
  findings.add(failed("token", Errc::notAuthenticated, "", ""));
  findings.add(failed("disk", Errc::fileFailed, "", ""));
  findings.add(failed("http", Errc::connectFailed, "", ""));
  CHECK(findings.exitCode() == ExitCode::authentication);
}

TEST_CASE("the disk has to have room for the files, and some more") {
  constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;
  SeenContent seen;
  seen.fileBytes = 3 * gibibyte;
  CHECK(spaceFinding("/backups", 4 * gibibyte, seen).state == FindingState::pass);
  const Finding little = spaceFinding("/backups", 4 * gibibyte - 1, seen);
  CHECK(little.state == FindingState::warn);
  CHECK_FALSE(little.remedy.empty());
  CHECK(spaceFinding("/backups", 3 * gibibyte, seen).state == FindingState::warn);
  const Finding full = spaceFinding("/backups", 3 * gibibyte - 1, seen);
  CHECK(full.state == FindingState::fail);
  CHECK(full.exitCode == ExitCode::data);
  CHECK(contains(full.text, "free in /backups; the server has at least 3"));
  CHECK(contains(full.remedy, "-o"));
  // Where no content was seen, nothing is known to lack room.
  CHECK(spaceFinding("/backups", 0, {}).state == FindingState::warn);
}

TEST_CASE("a token's scopes follow from the answers to both upgrades") {
  const TransferAnswers::One open;
  const auto forbidden = refusal(Errc::notAuthorized, 403, strapis);
  const auto unknown = refusal(Errc::notAuthenticated, 401, strapis);
  const auto missing = refusal(Errc::notFound, 404, strapis);
  const auto proxys = refusal(Errc::notAuthenticated, 401, "<html>");
  PanelAnswer panel;
  panel.isThere = panel.isPanel = true;
  const auto answers = [](const TransferAnswers::One& pull, const TransferAnswers::One& push) {
    TransferAnswers both;
    both.pull = pull;
    both.push = push;
    both.roundTrip = std::chrono::milliseconds(1);
    return both;
  };
  CHECK(judged(answers(open, open), panel) == "pass admin\npass token\npass upgrade\npass ping\n");
  CHECK(judged(answers(open, forbidden), panel) ==
        "pass admin\npass token\npass upgrade\npass ping\n");
  CHECK(judged(answers(forbidden, open), panel) ==
        "pass admin\nwarn token\npass upgrade\npass ping\n");
  CHECK(judged(answers(unknown, unknown), panel) ==
        "pass admin\nfail token\nskip upgrade\nskip ping\n");
  // The feature is off: the token was looked at before.
  CHECK(judged(answers(missing, missing), panel) ==
        "pass admin\npass token\nfail upgrade\nskip ping\n");
  CHECK(judged(answers(proxys, proxys), panel) ==
        "pass admin\nskip token\nfail upgrade\nskip ping\n");
  CHECK(judged(answers(unknown, unknown), panel, "set it") ==
        "pass admin\nfail token\nskip upgrade\nskip ping\n");
  panel.isPanel = false;
  CHECK(judged(answers(open, open), panel) == "pass admin\npass token\npass upgrade\npass ping\n");
  panel.status = 401;
  CHECK(judged(answers(proxys, proxys), panel) ==
        "skip admin\nskip token\nfail upgrade\nskip ping\n");
  panel.status = 404;
  CHECK(judged(answers(missing, missing), panel) ==
        "fail admin\nskip token\nfail upgrade\nskip ping\n");
}
