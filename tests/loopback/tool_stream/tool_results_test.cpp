#include <cstddef>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "support/file_bytes.hpp"
#include "support/scripted_server.hpp"
#include "support/tool_process.hpp"

using namespace support;

namespace {

std::string resultLine(int number, const std::string& frameType = "final") {
  return R"({"streamId":"s","sinkTopicName":"t","messageId":"1:)" + std::to_string(number) +
         R"(","frameType":")" + frameType + R"(","payloadSchema":"string","payload":"r)" +
         std::to_string(number) + "\"}\n";
}

std::string answerOf(const std::string& body, const std::string& status = "200 OK",
                     std::size_t missing = 0) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
         std::to_string(body.size() + missing) + "\r\n\r\n" + body;
}

/// Plays the Egress Service: an answer for each connection, which ends then.
class EgressPlay {
 public:
  explicit EgressPlay(std::vector<std::string> answers)
      : answers_(std::move(answers)),
        server_([this](tcp::socket& socket) { answer(socket); },
                static_cast<int>(answers_.size())) {}

  Tool::Run results(const std::vector<std::string>& more = {"s"}) {
    Tool tool;
    return results(tool, more);
  }
  Tool::Run results(Tool& tool, const std::vector<std::string>& more = {"s"}) {
    tool.variables = {"WS_GATEWAY_API_KEY=the-key"};
    std::vector<std::string> arguments = {"results", "--egress-url",
                                          "http://" + server_.authority() + "/live"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return tool.run(arguments);
  }

  std::string head(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return heads_.at(index);
  }

 private:
  void answer(tcp::socket& socket) {
    std::string head = readHead(socket);
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = heads_.size();
      heads_.push_back(std::move(head));
    }
    writeAll(socket, answers_.at(index));
  }

  const std::vector<std::string> answers_;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  ScriptedServer server_;
};

}  // namespace

TEST_CASE("results prints final results, one a line, and the verdict") {
  EgressPlay service({answerOf(resultLine(1) + resultLine(2, "partial") + resultLine(3))});
  const auto run = service.results();
  CHECK(run.exitCode == 0);
  CHECK(run.output == "r1\nr3\n");
  CHECK(contains(run.errors, "complete: 2 results"));
  CHECK(contains(service.head(0), "GET /live?streams=s HTTP/1.1"));
  CHECK(contains(service.head(0), "Authorization: Basic the-key"));
}

TEST_CASE("results asks for what was asked for") {
  EgressPlay service({answerOf("")});
  const auto run = service.results(
      {"a", "b", "--count", "9", "--tag", "x", "--tag", "y", "--match-tags", "any", "--final-only",
       "--timeout", "2", "--omit-payload", "--exclude-no-payload", "--resume", "topic=4:1=="});
  CHECK(run.exitCode == 0);
  CHECK(
      contains(service.head(0),
               "?streams=a&streams=b&tags=x&tags=y&matchTags=ANY&acceptFrameType=final&"
               "timeout=2000&omitPayload=true&excludeNoPayload=true&resume=topic%3D4%3A1%3D%3D "));
  EgressPlay counted({answerOf("")});
  CHECK(counted.results({"a", "--count", "9"}).exitCode == 0);
  CHECK(contains(counted.head(0), "?streams=a&count=9 "));
  EgressPlay group({answerOf("bytes")});
  const auto raw = group.results({"--group", "g", "--format", "raw"});
  CHECK(raw.exitCode == 0);
  CHECK(raw.output == "bytes");
  CHECK(contains(group.head(0), "?group=g&format=RAW "));
}

TEST_CASE("results goes on where an answer broke off") {
  EgressPlay service({answerOf(resultLine(1) + resultLine(2), "200 OK", 5),
                      answerOf(resultLine(2) + resultLine(3))});
  const auto run = service.results();
  CHECK(run.exitCode == 0);
  CHECK(run.output == "r1\nr2\nr3\n");
  CHECK(contains(run.errors, "reconnecting: "));
  CHECK(contains(service.head(1), "resume=t%3D1%3A2"));
}

TEST_CASE("results says how to go on where it cannot") {
  EgressPlay service({answerOf(resultLine(1), "200 OK", 5)});
  const auto run = service.results({"s", "--retries", "0", "-q"});
  CHECK(run.exitCode == 4);
  CHECK(run.output == "r1\n");
  CHECK(contains(run.errors, "read up to: --resume t=1:1"));
}

TEST_CASE("a line that is no result is told of though quiet, and the exit code knows") {
  EgressPlay service({answerOf(resultLine(1) + "<html> the-key\n" + resultLine(2))});
  const auto run = service.results({"s", "-q"});
  CHECK(run.exitCode == 5);
  CHECK_FALSE(contains(run.errors, "the-key"));
  CHECK(contains(run.errors, "read up to: --resume t=1:1"));  // Not behind what is missing.
  CHECK(run.output == "r1\nr2\n");
  CHECK(contains(run.errors, "<html>"));
}

TEST_CASE("a transcription that cannot be read is told of, and words are a text, too") {
  const auto line = [](const std::string& payload) {
    return R"({"streamId":"s","sinkTopicName":"t","messageId":"1:1","frameType":"final",)"
           R"("payloadSchema":"a.TranscriptionResponseDto","payload":)" +
           payload + "}\n";
  };
  const std::string unreadable = GENERATE(
      R"({"text":"lost"})", R"({"transcription":{"text":"lost"}})", "[]", R"({"transcription":5})");
  EgressPlay play({answerOf(line(unreadable))});
  const auto run = play.results({"s", "-q"});
  INFO(unreadable << run.errors);
  CHECK(run.exitCode == 5);
  CHECK(contains(run.errors, "1 result could not be read"));
  EgressPlay words({answerOf(
      line(R"({"transcription":"","words":[{"word":"so","start":0,"end":1},{"word":" it"}]})") +
      line(R"({"transcription":""})"))});
  const auto read = words.results({"s", "-q"});
  CHECK(read.exitCode == 0);
  CHECK(read.output == "so it\n");
}

TEST_CASE("results tells why it was refused") {
  EgressPlay service({answerOf(R"({"title":"No","message":"go away"})", "401 Unauthorized")});
  const auto run = service.results();
  CHECK(run.exitCode == 3);
  CHECK(contains(run.errors, "go away"));
  EgressPlay nowhere({answerOf("", "404 Not Found")});
  CHECK(nowhere.results().exitCode == 4);
  EgressPlay page(
      {"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n"
       "<html>"});
  CHECK(page.results().exitCode == 4);
}

TEST_CASE("results tells a stream that the service does not have from a wrong address") {
  const std::string missing =
      answerOf(R"({"statusCode":404,"title":"Not Found","message":"There is no such stream",)"
               R"("internalErrorName":"GENERAL_NOT_FOUND_ERROR"})",
               "404 Not Found");
  EgressPlay service({missing, missing, missing});
  const auto run = service.results({"abc"});
  CHECK(run.exitCode == 1);
  CHECK(contains(run.errors, "has no stream abc: the id is wrong, or its results are no longer"));
  CHECK(contains(run.errors, "It says: Not Found: There is no such stream"));
  CHECK_FALSE(contains(run.errors, "nothing at this address"));
  CHECK(contains(service.results({"a", "b"}).errors, "does not have all of the streams a, b: "));
  CHECK(contains(service.results({"--group", "g"}).errors, "has no group g: "));
}

TEST_CASE("results gives programs an event a line, and files their texts") {
  EgressPlay service({answerOf(resultLine(1) + "x\n" + resultLine(2, "partial"))});
  Tool tool;
  const std::string file = tool.folder / "texts";
  const auto run = service.results(tool, {"s", "--json", "-o", file});
  CHECK(run.exitCode == 5);
  CHECK(contains(run.output, R"("event":"start")"));
  CHECK(contains(run.output, R"("event":"response","frameType":"final","text":"r1")"));
  CHECK(contains(run.output, R"("event":"diagnostic","kind":"warning")"));
  CHECK(contains(run.output, R"("outcome":"incomplete","results":1,"partials":1)"));
  CHECK(contains(run.output, R"("openPartials":["r2"],"resume":["t=1:1"])"));
  CHECK(readFile(file) == "r1\n");
}

TEST_CASE("results refuses what cannot be meant") {
  Tool tool;
  CHECK(contains(tool.run({"results", "s"}).errors, "--egress-url is missing"));
  const auto errorsOf = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"results", "--egress-url", "http://127.0.0.1:9/live"});
    const Tool::Run run = tool.run(words);
    CHECK(run.exitCode == 2);
    return run.errors;
  };
  CHECK(contains(errorsOf({}), "give the ids of streams"));
  CHECK(contains(errorsOf({"s", "--group", "g"}), "give the ids of streams"));
  CHECK(contains(errorsOf({"s", "--resume", "t"}), "--resume needs TOPIC=MESSAGE_ID"));
  CHECK(contains(errorsOf({"s", "--timeout", "0"}), "--timeout takes a time"));
  CHECK(contains(errorsOf({"s", "--format", "raw", "--json"}), "needs -o FILE"));
  CHECK(contains(errorsOf({"s", "--format", "raw", "--count", "1"}), "Raw results cannot"));
  CHECK(contains(tool.run({"results", "s", "--egress-url", "nowhere"}).errors,
                 "--egress-url takes a URL, or default"));
}

TEST_CASE("results into a file that cannot be made are not asked for") {
  Tool tool;
  const auto run = [&tool](const std::string& file) {
    // Nothing listens there, which would be exit code 4.
    return tool.run(
        {"results", "s", "--egress-url", "http://127.0.0.1:9/live", "--retries", "0", "-o", file});
  };
  CHECK(run(tool.folder / "no/texts").exitCode == 5);
  CHECK(run(tool.folder / "texts").exitCode == 4);
  std::filesystem::create_directory(tool.folder / "texts");
  CHECK(run(tool.folder / "texts").exitCode == 2);
}

TEST_CASE("results says how to go on for the first topics, and how many there are") {
  std::string lines;
  for (int topic = 1; topic <= 22; ++topic) {
    std::string line = resultLine(topic);
    const std::string name = R"("t")";
    const std::size_t at = line.find(name);
    REQUIRE(at != std::string::npos);
    lines += line.replace(at, name.size(), "\"t" + std::to_string(topic) + "\"");
  }
  EgressPlay service({answerOf(lines, "200 OK", 5)});
  const auto run = service.results({"s", "--retries", "0", "-q"});
  INFO(run.errors);
  CHECK(run.exitCode == 4);
  CHECK(contains(run.errors, "read up to: --resume t1=1:1"));
  CHECK(contains(run.errors, "and 2 topics more, which --json shows"));
}
