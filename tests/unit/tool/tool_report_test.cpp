#include <rapidjson/document.h>

#include <future>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "support/contains.hpp"
#include "tool/push/destination_state.hpp"
#include "tool/report/difference_report.hpp"
#include "tool/report/failure_report.hpp"
#include "tool/report/json_events.hpp"
#include "tool/report/progress_display.hpp"

using namespace support;
using namespace wsferry;
using namespace wsferry::tool;
using std::chrono::milliseconds;
using strapi::StageProgress;
using strapi::TransferStage;

namespace {

const TimePoint begin{std::chrono::hours(1)};

StageProgress assets(std::uint64_t count, std::uint64_t bytes) {
  StageProgress progress;
  progress.stage = TransferStage::assets;
  progress.moved = {count, bytes};
  progress.started = begin;
  return progress;
}

StageProgress finished(StageProgress progress) {
  progress.finished = begin + milliseconds(4'000);
  return progress;
}

TransferOutcome someOutcome() {
  TransferOutcome outcome;
  StageProgress entities;
  entities.stage = TransferStage::entities;
  entities.moved = {3, 300};
  entities.started = begin;
  entities.finished = begin + milliseconds(1'500);
  entities.aggregates = {{"api::tag.tag", {3, 300}}};
  entities.neverTransferred = 5;
  entities.excluded = 1;
  outcome.transfer.stages[TransferStage::entities] = entities;
  outcome.transfer.metadata.strapiVersion = "5.54.0";
  outcome.archive.emplace();
  outcome.archive->path = "backup.tar.gz";
  outcome.archive->bytes = 1234;
  outcome.archive->sha256 = "abc123";
  outcome.archive->notes = {"renamed a\x1b b"};
  outcome.checksums = true;
  outcome.elapsed = milliseconds(2'500);
  return outcome;
}

std::vector<std::string> linesOf(const std::ostringstream& stream) {
  std::vector<std::string> lines;
  std::istringstream in(stream.str());
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

rapidjson::Document parsed(const std::string& line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      line.data(), line.size());
  REQUIRE_FALSE(document.HasParseError());
  REQUIRE(document.IsObject());
  REQUIRE(document.HasMember("event"));
  return document;
}

std::string text(const rapidjson::Value& object, const char* name) {
  REQUIRE(object.HasMember(name));
  REQUIRE(object[name].IsString());
  return {object[name].GetString(), object[name].GetStringLength()};
}

std::uint64_t number(const rapidjson::Value& object, const char* name) {
  REQUIRE(object.HasMember(name));
  REQUIRE(object[name].IsUint64());
  return object[name].GetUint64();
}

}  // namespace

TEST_CASE("a running stage's line has totals and the time left") {
  StageProgress progress = assets(12, 1 << 20);
  progress.totals = {std::uint64_t{4 << 20}, std::uint64_t{320}};
  CHECK(stageLine(progress, begin + milliseconds(10'000)) ==
        "assets: 12 of 320 files, 1.0 MB of 4.0 MB, 102.4 KB/s, 10 s, about 30 s left");
}

TEST_CASE("without totals the line claims nothing about what is left") {
  CHECK(stageLine(assets(12, 2048), begin + milliseconds(1'000)) ==
        "assets: 12 files, 2.0 KB, 2.0 KB/s, 1.0 s");
}

TEST_CASE("a finished stage's line stands still") {
  CHECK(stageLine(finished(assets(1, 4096)), begin + std::chrono::hours(3)) ==
        "assets: 1 file, 4.0 KB, 1.0 KB/s, 4.0 s");
}

TEST_CASE("time left goes by count where the announced bytes are too few") {
  StageProgress progress = assets(80, 5'000'000);
  progress.totals = {std::uint64_t{5'000}, std::uint64_t{320}};
  REQUIRE(timeLeft(progress, begin + milliseconds(10'000)));
  CHECK(*timeLeft(progress, begin + milliseconds(10'000)) == milliseconds(30'000));
  CHECK(stageLine(progress, begin + milliseconds(10'000)).find("MB of") == std::string::npos);
  progress.totals.count.reset();
  CHECK_FALSE(timeLeft(progress, begin + milliseconds(10'000)));
}

TEST_CASE("nothing moved yet: no estimate") {
  StageProgress progress = assets(0, 0);
  progress.totals = {std::uint64_t{100}, std::uint64_t{3}};
  CHECK_FALSE(timeLeft(progress, begin + milliseconds(5'000)));
}

TEST_CASE("a live line is rewritten in place, without escape codes, within the width") {
  std::ostringstream screen;
  std::ostringstream results;
  ProgressDisplay display({screen, true, milliseconds(0), [] { return std::size_t{20}; }}, results,
                          Verbosity::normal);
  display.progress(assets(1, 2048));
  const std::string first = screen.str();
  CHECK(first.substr(0, 9) == "\rassets: ");
  CHECK(first.size() == 20);
  CHECK(first.find('\n') == std::string::npos);
  display.progress(finished(assets(1, 2048)));
  CHECK(screen.str().find("\r" + std::string(19, ' ') + "\rassets: 1 file, 2.0 KB, ") !=
        std::string::npos);
  CHECK(screen.str().back() == '\n');
  CHECK(screen.str().find('\x1b') == std::string::npos);
}

TEST_CASE("a live line follows the width of a terminal that is resized") {
  std::ostringstream screen;
  std::ostringstream results;
  std::size_t width = 30;
  ProgressDisplay display({screen, true, milliseconds(0), [&width] { return width; }}, results,
                          Verbosity::normal);
  StageProgress progress = assets(1, 2048);
  progress.totals = {1'000'000, 5'000'000'000};  // Too long a line, whatever the clock says.
  display.progress(progress);
  CHECK(screen.str().size() == 30);
  width = 20;
  screen.str("");
  display.progress(progress);
  // The line before takes two rows now: it stays.
  CHECK(screen.str().substr(0, 2) == "\n\r");
  CHECK(screen.str().size() == 21);
  width = 40;
  screen.str("");
  display.progress(progress);
  CHECK(screen.str().front() == '\r');
  CHECK(screen.str().size() == 40);
}

TEST_CASE("a live line is drawn anew while nothing arrives") {
  class FlushCounter final : public std::stringbuf {
   public:
    std::future<void> third() { return third_.get_future(); }

   private:
    int sync() override {
      if (++flushes_ == 3) {
        third_.set_value();
      }
      return 0;
    }
    int flushes_ = 0;
    std::promise<void> third_;
  };
  FlushCounter buffer;
  std::ostream screen(&buffer);
  std::ostringstream results;
  auto third = buffer.third();
  {
    ProgressDisplay display({screen, true, milliseconds(1), {}}, results, Verbosity::normal);
    display.progress(assets(1, 2048));
    third.wait();
  }
  const std::string drawn = buffer.str();
  CHECK(drawn.find("\rassets: ") != drawn.rfind("\rassets: "));
}

TEST_CASE("not a terminal: plain lines only") {
  std::ostringstream screen;
  std::ostringstream results;
  ProgressDisplay display({screen, false, milliseconds(0), {}}, results, Verbosity::normal);
  StageProgress running = assets(1, 10);
  running.started = Clock::now();
  display.progress(running);
  CHECK(screen.str().empty());
  display.progress(finished(assets(1, 10)));
  CHECK(linesOf(screen).size() == 1);
  CHECK(screen.str().find('\r') == std::string::npos);
}

TEST_CASE("the server's messages are made printable; info ones need --verbose") {
  std::ostringstream screen;
  std::ostringstream results;
  ProgressDisplay normal({screen, false, milliseconds(0), {}}, results, Verbosity::normal);
  normal.diagnostic({"info", "creating provider", "{}"});
  CHECK(screen.str().empty());
  normal.diagnostic({"warning", "no \x1b[2Jchecksums", "{}"});
  CHECK(screen.str() == "warning: no [2Jchecksums\n");
  ProgressDisplay verbose({screen, false, milliseconds(0), {}}, results, Verbosity::verbose);
  verbose.diagnostic({"info", "creating provider", "{}"});
  CHECK(linesOf(screen).back() == "info: creating provider");
}

TEST_CASE("a server's messages are counted after the first hundred of a kind") {
  std::ostringstream screen;
  std::ostringstream results;
  std::ostringstream lines;
  ProgressDisplay display({screen, false, milliseconds(0), {}}, results, Verbosity::normal);
  JsonEvents events(lines, Verbosity::normal);
  const auto tell = [&](TransferReport& report) {
    for (int i = 0; i < 1'234; ++i) {
      report.diagnostic({"warning", "a link is skipped", "{}"});
    }
    report.diagnostic({"error", "the last", "{}"});
    report.failed(FailureReport());
  };
  tell(display);
  tell(events);
  CHECK(linesOf(screen).size() == 100 + 1 + 1 + 1);
  CHECK(screen.str().find("note: 1,134 more, not shown: warnings of the server\n") !=
        std::string::npos);
  CHECK(screen.str().find("error: the last") != std::string::npos);
  CHECK(linesOf(lines).size() == 100 + 1 + 1 + 1);
  CHECK(lines.str().find("1,134 more, not shown") != std::string::npos);
}

TEST_CASE("the end has the table, what was left out, and the digest") {
  std::ostringstream screen;
  std::ostringstream results;
  ProgressDisplay({screen, false, milliseconds(0), {}}, results, Verbosity::normal)
      .done(someOutcome());
  const std::string shown = results.str();
  CHECK(shown.find("| -- api::tag.tag |") != std::string::npos);
  CHECK(shown.find("left out: 5 ") != std::string::npos);
  CHECK(shown.find("note: renamed a b\n") != std::string::npos);
  CHECK(shown.find("sha256:   abc123\n") != std::string::npos);
  CHECK(shown.find("backup.tar.gz, 1.2 KB, in 2.5 s") != std::string::npos);
}

TEST_CASE("quiet shows errors, and notes that an import may need") {
  std::ostringstream screen;
  std::ostringstream results;
  ProgressDisplay display({screen, true, milliseconds(0), {}}, results, Verbosity::quiet);
  display.progress(assets(1, 10));
  display.diagnostic({"error", "odd", "{}"});
  CHECK(screen.str().empty());
  display.done(someOutcome());
  CHECK(screen.str() == "note: renamed a b\n");
  CHECK(results.str().empty());
  screen.str("");
  FailureReport failure;
  failure.message = "it broke";
  display.failed(failure);
  CHECK(screen.str() == "wsferry: it broke\n");
}

TEST_CASE("events are one JSON object a line") {
  std::ostringstream stream;
  JsonEvents events(stream, Verbosity::normal);
  events.start({"pull", "https://example.org/admin", "a\"b\n.tar"});
  events.progress(assets(0, 0));
  StageProgress running = assets(2, 2048);
  running.totals = {std::uint64_t{4096}, std::uint64_t{4}};
  events.progress(running);
  StageProgress end = finished(assets(4, 4096));
  end.aggregates = {{".p\xFFng", {4, 4096}}};
  events.progress(end);
  events.diagnostic({"info", "left out", "{}"});
  events.warning("odd");
  TransferOutcome outcome = someOutcome();
  outcome.transfer.stages[TransferStage::assets] = finished(assets(4, 4096));
  events.done(outcome);

  const std::vector<std::string> lines = linesOf(stream);
  REQUIRE(lines.size() == 6);
  CHECK(text(parsed(lines[0]), "event") == "start");
  CHECK(text(parsed(lines[0]), "to") == "a\"b\n.tar");
  CHECK(text(parsed(lines[1]), "state") == "started");
  const rapidjson::Document progress = parsed(lines[2]);
  CHECK(text(progress, "event") == "progress");
  CHECK(number(progress, "count") == 2);
  CHECK(number(progress, "totalBytes") == 4096);
  const rapidjson::Document stage = parsed(lines[3]);
  CHECK(text(stage, "state") == "finished");
  CHECK(number(stage["aggregates"][".p\xEF\xBF\xBDng"], "count") == 4);
  CHECK(text(parsed(lines[4]), "kind") == "warning");
  const rapidjson::Document result = parsed(lines[5]);
  CHECK(text(result, "event") == "result");
  CHECK(result["ok"].IsTrue());
  CHECK(result["checksums"].IsTrue());
  CHECK(number(result, "exitCode") == 0);
  CHECK(number(result, "neverTransferred") == 5);
  CHECK(text(result, "sha256") == "abc123");
  CHECK(number(result["stages"]["entities"]["aggregates"]["api::tag.tag"], "bytes") == 300);
}

TEST_CASE("files that did not come were not verified") {
  for (const std::uint64_t files : {0U, 2U}) {
    TransferOutcome outcome = someOutcome();
    outcome.transfer.stages[TransferStage::assets] = finished(assets(files, files * 10));
    std::ostringstream screen;
    std::ostringstream results;
    ProgressDisplay({screen, false, milliseconds(0), {}}, results, Verbosity::normal).done(outcome);
    CHECK((results.str().find("verified against checksums") != std::string::npos) == (files > 0));
    std::ostringstream stream;
    JsonEvents(stream, Verbosity::normal).done(outcome);
    CHECK(parsed(linesOf(stream).back()).HasMember("checksums") == (files > 0));
  }
}

TEST_CASE("a loss says that the archive was kept, and what accepts it") {
  TransferOutcome outcome = someOutcome();
  strapi::addLoss(outcome.transfer.losses, strapi::LossKind::missingFile, "a.png");
  const auto shown = [&outcome](Verbosity verbosity) {
    std::ostringstream text;
    ProgressDisplay({text, false, milliseconds(0), {}}, text, verbosity).done(outcome);
    return text.str();
  };
  for (const Verbosity verbosity : {Verbosity::normal, Verbosity::quiet}) {
    CHECK(shown(verbosity).find("backup.tar.gz was stored nevertheless. If files are "
                                "missing on purpose, give --allow-missing-files.\n") !=
          std::string::npos);
  }
  outcome.transfer.losses.front().accepted = true;
  CHECK(shown(Verbosity::quiet).find("nevertheless") == std::string::npos);
  outcome.transfer.losses = {{strapi::LossKind::skippedLink, 1, {}, false}};
  CHECK(shown(Verbosity::quiet).find("nevertheless.\n") != std::string::npos);
}

TEST_CASE("after a loss a push was committed, and what its backup lacks is the backup's") {
  TransferOutcome outcome = someOutcome();
  outcome.archive.reset();
  outcome.url = "https://example.org/admin";
  strapi::addLoss(outcome.transfer.losses, strapi::LossKind::missingFile, "a.png");
  const auto shown = [&outcome](const std::string& command, Verbosity verbosity) {
    std::ostringstream text;
    ProgressDisplay display({text, false, milliseconds(0), {}}, text, verbosity);
    display.start({command, "a.tar", "https://example.org/admin"});
    display.done(outcome);
    return text.str();
  };
  for (const Verbosity verbosity : {Verbosity::normal, Verbosity::quiet}) {
    CHECK(contains(shown("push", verbosity),
                   "The push was committed without these files. If files are missing on purpose"));
    CHECK(contains(shown("copy", verbosity), "The copy was committed without these files."));
    CHECK_FALSE(contains(shown("push", verbosity), "all the same"));
    CHECK(contains(shown("backup", verbosity), "backup LOST: "));
    CHECK_FALSE(contains(shown("push", verbosity), "backup LOST: "));
  }
  outcome.transfer.remarks = {"odd"};
  CHECK(contains(shown("backup", Verbosity::quiet), "backup note: odd"));
  outcome.transfer.losses.front().accepted = true;
  CHECK(contains(shown("backup", Verbosity::quiet), "backup lacks: "));
  outcome.transfer.losses = {{strapi::LossKind::skippedLink, 1, {}, false}};
  CHECK(contains(shown("push", Verbosity::quiet), "The push was committed without that.\n"));
}

TEST_CASE("quiet events are warnings, errors and the result") {
  std::ostringstream stream;
  JsonEvents events(stream, Verbosity::quiet);
  events.start({"pull", "https://example.org/admin", "a.tar"});
  events.progress(assets(0, 0));
  events.progress(finished(assets(1, 10)));
  events.warning("odd");
  events.done(someOutcome());
  const std::vector<std::string> lines = linesOf(stream);
  REQUIRE(lines.size() == 2);
  CHECK(text(parsed(lines[0]), "event") == "diagnostic");
  CHECK(text(parsed(lines[1]), "event") == "result");
}

TEST_CASE("each stage starts once, also when its first report has something moved") {
  std::ostringstream stream;
  JsonEvents events(stream, Verbosity::normal);
  events.progress(assets(0, 0));
  events.progress(assets(0, 0));
  events.progress(assets(1, 10));
  StageProgress links;
  links.stage = TransferStage::links;
  links.moved = {7, 70};
  links.started = begin;
  events.progress(finished(links));
  const std::vector<std::string> lines = linesOf(stream);
  REQUIRE(lines.size() == 4);
  CHECK(text(parsed(lines[1]), "event") == "progress");
  CHECK(text(parsed(lines[2]), "state") == "started");
  CHECK(text(parsed(lines[3]), "state") == "finished");
}

TEST_CASE("a failure is the result event") {
  std::ostringstream stream;
  JsonEvents events(stream, Verbosity::normal);
  FailureReport failure;
  failure.exitCode = ExitCode::connection;
  failure.error = "upgradeRefused";
  failure.message = "refused";
  failure.httpStatus = 502;
  failure.httpBody = "<html>";
  failure.remedy = "wait";
  events.failed(failure);
  const rapidjson::Document result = parsed(linesOf(stream).front());
  CHECK(result["ok"].IsFalse());
  CHECK(number(result, "exitCode") == 4);
  CHECK(number(result, "httpStatus") == 502);
  CHECK(text(result, "error") == "upgradeRefused");
  CHECK(text(result, "remedy") == "wait");
  CHECK_FALSE(result.HasMember("stage"));
}

TEST_CASE("names in a difference are cut, also as JSON") {
  archive::ContentDifference difference;
  const std::string name = std::string(199, 'n') + "\xC3\xA9";
  difference.assets.added = 2;
  difference.assets.addedNames = {name, name + std::string(1'000'000, 'x')};
  std::ostringstream stream;
  JsonLine line;
  writeDifference(line, difference);
  line.text("event", "result");
  line.finish(stream);
  const rapidjson::Document written = parsed(linesOf(stream).front());
  const auto& names = written["assets"]["addedNames"];
  REQUIRE(names.Size() == 2);
  CHECK(names[0].GetString() == name);
  CHECK(names[1].GetString() == name + "...");
  CHECK(differenceText(difference).size() < 2'000);
}

TEST_CASE("the attributes of a change are told one a line, and cannot steer the terminal") {
  archive::ContentDifference difference;
  difference.assets.changed = 3;
  difference.assets.changes = {
      {"a.png", {{"metadata.name", "\"\x1b[1m\"", "\"b\""}, {"metadata.caption", "", "null"}}, 4},
      {"b.png", {}, 0}};
  difference.serverConfiguration.added = 1;
  difference.serverConfiguration.addedNames = {"plugin_upload_metrics"};
  const std::string text = differenceText(difference);
  CHECK(text.substr(text.find("assets:\n")) ==
        "assets:\n"
        "  ~ a.png\n"
        "      metadata.name: \" [1m\" -> \"b\"\n"
        "      metadata.caption: (nothing) -> null\n"
        "      and 4 more\n"
        "  ~ b.png\n"
        "  ~ and 1 more\n"
        "configuration that a server writes for itself, which does not count:\n"
        "  + plugin_upload_metrics\n"
        "different\n");

  std::ostringstream stream;
  JsonLine line;
  writeDifference(line, difference);
  line.text("event", "result");
  line.finish(stream);
  const rapidjson::Document written = parsed(linesOf(stream).front());
  CHECK(written["assets"]["changedNames"][1].GetString() == std::string("b.png"));
  const auto& change = written["assets"]["changes"][0];
  CHECK(change["name"].GetString() == std::string("a.png"));
  CHECK(change["moreAttributes"].GetInt() == 4);
  CHECK_FALSE(written["assets"]["changes"][1].HasMember("moreAttributes"));
  const auto& attribute = change["attributes"][1];
  CHECK(attribute["path"].GetString() == std::string("metadata.caption"));
  CHECK_FALSE(attribute.HasMember("first"));
  CHECK(attribute["second"].GetString() == std::string("null"));
  CHECK(written["serverConfiguration"]["addedNames"].Size() == 1);
}

TEST_CASE("only an answer with no data and a reason is Strapi's own") {
  const auto isStrapis = [](const char* body) {
    ErrorInfo info;
    info.httpBody = body;
    return isStrapisAnswer(info);
  };
  CHECK(isStrapis(R"({"data":null,"error":{"status":404,"name":"NotFoundError"}})"));
  CHECK(isStrapis(R"({ "error" : {} , "data" : null })"));
  CHECK_FALSE(isStrapis(R"({"error":"access_denied"})"));
  CHECK_FALSE(isStrapis(R"({"error":{"code":403}})"));
  CHECK_FALSE(isStrapis(R"({"data":null,"error":"no"})"));
  CHECK_FALSE(isStrapis(R"({"data":null,"error":{}} and more)"));
  CHECK_FALSE(isStrapis(R"(<a class="error">{"error"</a>)"));
  CHECK_FALSE(isStrapis(""));
}

TEST_CASE("the way back is told of files that were replaced, too") {
  strapi::PushEffect effect;
  effect.files = GENERATE(strapi::PushEffect::Files::replaced, strapi::PushEffect::Files::deleted);
  const auto state = destinationState(effect, {"production", "", false}, {"before.tar", false});
  CHECK(contains(state.text,
                 "From here, a backup restores them, with the content:\n  `wsferry push"));
}
