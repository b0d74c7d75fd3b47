#include <asio/error.hpp>
#include <cerrno>
#include <new>
#include <set>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "tool/report/exit_code.hpp"
#include "tool/report/failure_report.hpp"
#include "tool/report/tool_error.hpp"
#include "wsferry/archive/archive_error.hpp"
#include "wsferry/core/error.hpp"
#include "wsferry/http/http_error.hpp"
#include "wsferry/platform/platform_error.hpp"
#include "wsferry/strapi/transfer_error.hpp"

using namespace wsferry;
using namespace wsferry::tool;

namespace {

Error refusedUpgrade(Errc code, int status, std::string body) {
  ErrorInfo info;
  info.message = "the upgrade was refused";
  info.httpStatus = status;
  info.httpBody = std::move(body);
  return Error(code, std::move(info));
}

}  // namespace

TEST_CASE("each group of errors has its exit code") {
  CHECK(exitCodeFor(Errc::remoteFailed) == ExitCode::remote);
  CHECK(exitCodeFor(strapi::TransferErrc::remoteInitialization) == ExitCode::remote);
  CHECK(exitCodeFor(ToolErrc::targetBusy) == ExitCode::busy);
  CHECK(exitCodeFor(Errc::invalidUrl) == ExitCode::usage);
  CHECK(exitCodeFor(Errc::invalidOption) == ExitCode::usage);
  CHECK(exitCodeFor(archive::ArchiveErrc::keyRequired) == ExitCode::usage);
  CHECK(exitCodeFor(Errc::notAuthenticated) == ExitCode::authentication);
  CHECK(exitCodeFor(Errc::notAuthorized) == ExitCode::authentication);
  CHECK(exitCodeFor(Errc::nameNotResolved) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::tlsFailed) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::notFound) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::upgradeRefused) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::connectionLost) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::timedOut) == ExitCode::connection);
  CHECK(exitCodeFor(strapi::TransferErrc::notTransferEndpoint) == ExitCode::connection);
  CHECK(exitCodeFor(Errc::checksumMismatch) == ExitCode::data);
  CHECK(exitCodeFor(archive::ArchiveErrc::invalidArchive) == ExitCode::data);
  CHECK(exitCodeFor(archive::ArchiveErrc::wrongKey) == ExitCode::data);
  CHECK(exitCodeFor(Errc::outOfResources) == ExitCode::data);
  CHECK(exitCodeFor(Errc::fileFailed) == ExitCode::data);
  CHECK(exitCodeFor(Errc::fileExists) == ExitCode::refused);
  CHECK(exitCodeFor(Errc::plaintextCredentials) == ExitCode::refused);
  CHECK(exitCodeFor(Errc::cancelled) == ExitCode::interrupted);
  // Only a call of this process fails with one of the system's errors.
  CHECK(exitCodeFor(std::make_error_code(std::errc::no_such_device)) == ExitCode::data);
  CHECK(exitCodeFor({EMFILE, std::system_category()}) == ExitCode::data);
  CHECK(static_cast<int>(ExitCode::interrupted) == 130);
}

TEST_CASE("every error has a name of its own") {
  CHECK(errorName(Errc::invalidUrl) == "invalidUrl");
  CHECK(errorName(Errc::fileFailed) == "fileFailed");
  CHECK(errorName(std::make_error_code(std::errc::io_error)) == "other");
  CHECK(errorName(strapi::TransferErrc::schemaMismatch) == "schemaMismatch");
  CHECK(errorName(archive::ArchiveErrc::wrongKey) == "wrongKey");
  CHECK(errorName(ToolErrc::consentMissing) == "consentMissing");
  const std::error_category& tool = make_error_code(ToolErrc::consentMissing).category();
  std::set<std::string> names;
  for (const std::error_category* category :
       {&errorCategory(), &strapi::transferErrorCategory(), &archive::archiveErrorCategory(),
        &http::httpErrorCategory(), &platform::platformErrorCategory(), &tool}) {
    for (int code = 1; errorName({code, *category}) != "other"; ++code) {
      CAPTURE(code, category->name());
      CHECK(names.emplace(errorName({code, *category})).second);
      CHECK(category->message(code) != "unknown error");
    }
  }
  CHECK(names.size() > 40);
}

TEST_CASE("a proxy is what failed as a proxy, whatever the server is called") {
  const auto remedy = [](ErrorPeer peer) {
    ErrorInfo info;
    info.message = "Cannot connect to proxy.example.org:443: Connection refused.";
    info.address = "proxy.example.org:443";
    info.peer = peer;
    return reportFailure(Error(Errc::connectFailed, std::move(info))).remedy;
  };
  CHECK(remedy(ErrorPeer::remote).empty());
  CHECK(remedy(ErrorPeer::proxy).find("--proxy none") != std::string::npos);
}

TEST_CASE("advice goes by what is known of a failure, and not by its words") {
  const auto remedy = [](std::error_code code, ErrorInfo info) {
    return reportFailure(Error(code, std::move(info)), "http://h/admin").remedy;
  };
  ErrorInfo info;
  CHECK(remedy(Errc::tlsFailed, info).find("--ca-file") != std::string::npos);
  info.cause = ErrorCause::notTls;
  CHECK(remedy(Errc::tlsFailed, info).empty());
  CHECK(remedy(Errc::invalidUpgrade, info).empty());
  info.cause = ErrorCause::handshakeCut;
  CHECK(remedy(Errc::tlsFailed, info).empty());
  info.cause = ErrorCause::notHttp;
  CHECK(remedy(Errc::invalidUpgrade, info).find("Check the port") != std::string::npos);
  info = {};
  CHECK(remedy(archive::ArchiveErrc::keyRequired, info).find("--key-file") != std::string::npos);
  info.option = "--second-key-file";
  CHECK(remedy(archive::ArchiveErrc::keyRequired, info).empty());
  info = {};
  info.stage = "assets";
  info.subject = "odd::name.png";
  info.subjectKind = SubjectKind::asset;
  CHECK(remedy(Errc::remoteFailed, info).find("has lost the file or may not read it") !=
        std::string::npos);
  info.remoteDetails = R"({"error":{"code":"ENOSPC"}})";
  CHECK(remedy(Errc::remoteFailed, info).find("The server's disk is full") == 0);
  info.remoteDetails.clear();
  info.subjectKind = SubjectKind::type;
  CHECK(remedy(Errc::remoteFailed, info).find("--exclude-content-types") != std::string::npos);
  info = {};
  CHECK(remedy(Errc::fileFailed, info).empty());
  info.message = "cannot write /No space left on device.tar: Permission denied";
  CHECK(remedy(Errc::fileFailed, info).empty());
  info.message = "cannot write /backups/x.tar: ...";  // In the words of whatever language.
  info.cause = ErrorCause::fullDisk;
  CHECK(remedy(Errc::fileFailed, info).find("TMPDIR") != std::string::npos);
  CHECK(remedy(http::HttpErrc::filesDiffer, {}).find("--files socket") != std::string::npos);
}

TEST_CASE("a refused upgrade is shown with status, start of the body and a remedy") {
  const FailureReport report =
      reportFailure(refusedUpgrade(Errc::upgradeRefused, 502,
                                   "<html>\n<h1>Bad \x1b[1mGateway</h1>" + std::string(999, 'x')),
                    "https://example.org/admin");
  CHECK(report.exitCode == ExitCode::connection);
  CHECK(report.error == "upgradeRefused");
  CHECK(report.httpStatus == 502);
  CHECK(report.httpBody.substr(0, 30) == "<html> <h1>Bad [1mGateway</h1>");
  CHECK(report.httpBody.size() == 303);
  const std::string text = report.text();
  CHECK(text.find("HTTP status 502, body: <html>") != std::string::npos);
}

TEST_CASE("advice goes by the answer and the URL") {
  const auto remedy = [](Errc code, int status, const char* body, const char* url) {
    return reportFailure(refusedUpgrade(code, status, body), url).remedy;
  };
  const char* admin = "https://example.org/admin/";
  CHECK(remedy(Errc::notFound, 404, "", admin).empty());
  CHECK(remedy(Errc::notFound, 404, "", "").empty());
  CHECK(remedy(Errc::notFound, 404, "", "https://example.org").find("/admin") != std::string::npos);
  CHECK(remedy(Errc::upgradeRefused, 200, "", "https://example.org/admin2").find("/admin") !=
        std::string::npos);
  CHECK(remedy(Errc::notAuthenticated, 401, R"({"error":{"message":"Token expired"}})", admin)
            .find("has expired") != std::string::npos);
  CHECK(remedy(Errc::notAuthenticated, 401, R"({"data":null,"error":{}})", admin).empty());
  CHECK(remedy(Errc::notAuthenticated, 401, "<html>", admin).find("proxy") != std::string::npos);
  CHECK(remedy(Errc::notAuthorized, 403, "<html>", admin).find("proxy") != std::string::npos);
}

TEST_CASE("where a path is wrong, the URLs to try are given") {
  const auto remedy = [](const std::string& address) {
    ErrorInfo info;
    info.message = "the words do not matter";
    info.address = address + "/transfer/runner/pull";
    info.peer = ErrorPeer::remote;
    info.httpStatus = 404;
    return reportFailure(Error(Errc::notFound, std::move(info)), "http://other").remedy;
  };
  CHECK(remedy("https://h:1/admin").empty());
  CHECK(remedy("https://h:1").find("try https://h:1/admin.") != std::string::npos);
  CHECK(remedy("https://h/admin/settings/transfer-tokens").find("try https://h/admin.") !=
        std::string::npos);
  CHECK(remedy("https://h/dashboard")
            .find("try https://h/admin, or https://h/dashboard/admin where Strapi itself is") !=
        std::string::npos);
  CHECK(remedy("https://h/a/b").find("try https://h/a/admin, or https://h/a/b/admin") !=
        std::string::npos);
}

TEST_CASE("a proxy that wants a password has to let the transfer's path through") {
  ErrorInfo info;
  info.address = "https://h/cms/admin/transfer/runner/pull";
  info.peer = ErrorPeer::remote;
  info.httpStatus = 401;
  info.httpHeaders = {{"www-authenticate", "Basic realm=\"x\""}, {"Retry-After", "7"}};
  const FailureReport report = reportFailure(Error(Errc::notAuthenticated, info));
  CHECK(report.remedy.find("location /cms/admin/transfer/runner/ { auth_basic off;") !=
        std::string::npos);
  CHECK(report.retryAfter == "7");
  // A gateway's own.
  info.address = "wss://h/ws-gateway";
  CHECK(reportFailure(Error(Errc::notAuthenticated, info)).remedy.find("nginx") ==
        std::string::npos);
}

TEST_CASE("the remote's details are shown, empty ones are not") {
  ErrorInfo info;
  info.message = "the server failed";
  info.remoteDetails = R"({"step":"transfer"})";
  CHECK(reportFailure(Error(Errc::remoteFailed, info)).text().find("details: {\"step\"") !=
        std::string::npos);
  info.remoteDetails = "{}";
  CHECK(reportFailure(Error(Errc::remoteFailed, info)).text().find("details") == std::string::npos);
}

TEST_CASE("a foreign exception is reported too") {
  const FailureReport report = reportFailure(std::runtime_error("out of\x1b order"));
  CHECK(report.exitCode == ExitCode::remote);
  CHECK(report.text() == "wsferry: out of order\n");
}

TEST_CASE("what this machine is out of is its own shortage, not the server's") {
  const std::error_category& category =
      GENERATE(true, false) ? std::system_category() : asio::error::get_system_category();
  for (const int code : {EMFILE, ENFILE}) {
    const FailureReport report = reportFailure(std::system_error(code, category, "epoll"));
    CHECK(report.exitCode == ExitCode::data);
    CHECK(report.error == "outOfResources");
    CHECK(report.remedy.find("ulimit -n") != std::string::npos);
    CHECK(report.message == "too many files are open");
    const Error told({code, category}, "the connection ended");
    CHECK(reportFailure(told, "http://h/admin").remedy == report.remedy);
    CHECK(reportStreamFailure(told).remedy == report.remedy);
  }
  for (const int code : {EAGAIN, ENOMEM}) {
    const FailureReport report = reportFailure(std::system_error(code, category));
    CHECK(report.exitCode == ExitCode::data);
    CHECK(report.error == "outOfResources");
    CHECK(report.message == "memory or threads are short");
    CHECK(report.remedy.find("ulimit -v") != std::string::npos);
    CHECK(report.remedy.find("ulimit -u") != std::string::npos);
  }
  const FailureReport memory = reportFailure(std::bad_alloc());
  CHECK(memory.exitCode == ExitCode::data);
  CHECK(memory.error == "outOfResources");
  CHECK(memory.message == "out of memory");
  CHECK(reportFailure(Error(Errc::outOfResources, "no descriptor")).exitCode == ExitCode::data);
}

TEST_CASE("a message of several lines keeps them, and only the first is at the margin") {
  const FailureReport report = reportFailure(Error(
      archive::ArchiveErrc::invalidArchive, "problems:\nfirst\x1b[1m\n\n  second\nwsferry: \r"));
  CHECK(report.message == "problems:\nfirst [1m\n  second\nwsferry:");
  CHECK(report.text() == "wsferry: problems:\n  first [1m\n    second\n  wsferry:\n");
}

TEST_CASE("of two servers, the one that failed is the one that is advised about") {
  const auto remedy = [](const std::string& address, const char* url) {
    ErrorInfo info;
    info.address = address;
    info.peer = ErrorPeer::remote;
    info.httpStatus = 404;
    return reportFailure(Error(Errc::notFound, std::move(info)), url).remedy;
  };
  CHECK(remedy("http://a:1/admin/transfer/runner/pull", "http://b:2").empty());
  CHECK(remedy("http://a:1/transfer/runner/pull", "http://b:2/admin").find("/admin") !=
        std::string::npos);
  CHECK(remedy("http://a:1/transfer/runner/push", "").find("/admin") != std::string::npos);
}

TEST_CASE("a failure in one line has all of it") {
  const FailureReport refused = reportFailure(
      refusedUpgrade(Errc::notAuthenticated, 401, "{\"error\":{}}"), "http://127.0.0.1/admin");
  CHECK(refused.line().rfind(
            "wsferry: the upgrade was refused; answer: HTTP status 401, body: {\"error\":{}}", 0) ==
        0);
  CHECK(refused.line().find('\n') == refused.line().size() - 1);
  FailureReport several;
  several.message = "what came makes no archive:\nfirst\nsecond";
  several.remedy = "Do something.";
  several.destination = FailureReport::DestinationState{};
  several.destination->text = "  The database is as before.\n  Look at the files.\n";
  CHECK(several.line() ==
        "wsferry: what came makes no archive: first; second. Do something. The database is as "
        "before. Look at the files.\n");
}

TEST_CASE("advice fits every direction of a transfer") {
  const auto remedy = [](Errc code) { return reportFailure(Error(code, "it failed")).remedy; };
  for (const Errc code :
       {Errc::connectionLost, Errc::connectionClosed, Errc::dataMissing, Errc::checksumMismatch}) {
    CHECK_FALSE(remedy(code).empty());
    CHECK(remedy(code).find("Pull") == std::string::npos);
    CHECK(remedy(code).find("on the server is") == std::string::npos);
    CHECK(remedy(code).find("the server's storage") == std::string::npos);
  }
}
