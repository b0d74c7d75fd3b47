#include "wsferry/gateway/detail/messages/result_reader.hpp"

#include "catch.hpp"

using namespace wsferry;
using namespace wsferry::gateway;

namespace {

ResultReader readerOf(const std::string& profile) {
  return ResultReader(profileNamed(profile).results);
}

std::vector<Transcript> transcripts(ResultReader& reader, const std::string& json,
                                    Finality finality = Finality::byMember) {
  return transcriptsOf(reader.read(json, finality));
}

}  // namespace

TEST_CASE("text, words, times, speaker, language and confidence are found by their paths") {
  auto reader = readerOf("deepgram");
  const auto response = reader.read(
      R"({"channel_index":[1,2],"start":1.5,"duration":0.25,"is_final":true,"channel":{"alternatives":[)"
      R"({"transcript":"Hello.","confidence":0.9,"languages":["en"],"words":[{"word":"hello",)"
      R"("punctuated_word":"Hello.","start":1.5,"end":1.7499,"confidence":0.8,"speaker":2}]}]}})",
      Finality::byMember);
  CHECK(response.isFinal());
  const auto all = transcriptsOf(response);
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "Hello.");
  CHECK(all[0].isFinal);
  CHECK(all[0].startMilliseconds == 1'500);
  CHECK(all[0].endMilliseconds == 1'750);
  CHECK(all[0].speaker == "2");
  CHECK(all[0].language == "en");
  CHECK(all[0].confidence == 0.9);
  CHECK(all[0].channel == 1);
  REQUIRE(all[0].words.size() == 1);
  CHECK(all[0].words[0].text == "Hello.");
  CHECK(all[0].words[0].endMilliseconds == 1'750);
  CHECK(all[0].words[0].speaker == "2");
}

TEST_CASE("where each word is final by itself, a result has a final part and an open one") {
  auto reader = readerOf("soniox");
  const auto all = transcripts(
      reader,
      R"({"tokens":[{"text":"Hi","is_final":true,"start_ms":10,"end_ms":20,"speaker":"1"},)"
      R"({"text":"<end>","is_final":true},{"text":" the","is_final":false},{"text":"re"}]})");
  REQUIRE(all.size() == 2);
  CHECK(all[0].text == "Hi");
  CHECK(all[0].isFinal);
  CHECK(all[0].startMilliseconds == 10);
  CHECK(all[0].speaker == "1");
  CHECK_FALSE(all[0].continues);
  CHECK(transcripts(reader, R"({"tokens":[{"text":"Hi","is_final":true}]})")[0].continues);
  CHECK(all[1].text == " there");
  CHECK_FALSE(all[1].isFinal);
}

TEST_CASE("a sentence ends at each marker, wherever in a message that stands") {
  auto reader = readerOf("soniox");
  const auto linesOf = [&](const std::string& tokens, bool isLast = false) {
    std::string lines;
    const auto response = reader.read(R"({"tokens":[)" + tokens + "]}", Finality::byMember, isLast);
    REQUIRE(response.transcripts);
    for (const Transcript& each : *response.transcripts) {
      if (each.isFinal) {
        lines += each.text + (each.continues ? ">" : "|");
      }
    }
    return lines;
  };
  const auto token = [](const std::string& text) {
    return R"({"text":")" + text + R"(","is_final":true})";
  };
  CHECK(linesOf(token("One") + "," + token(" sentence.") + "," + token("<end>") + "," +
                token("Two") + "," + token(" more")) == "One sentence.|Two more>");
  CHECK(linesOf(token(" words.") + "," + token("<end>") + "," + token("Three.") + "," +
                token("<end>")) == " words.|Three.|");
  CHECK(linesOf(token("<end>")) == "|");
  CHECK(linesOf(token("<end>") + "," + token("<fin>") + "," + token("Four")) == "|Four>");
  CHECK(linesOf(token("Five"), true) == "Five|");
  CHECK(linesOf("") == ">");
}

TEST_CASE("a text that lags behind its words is made of them") {
  auto reader = readerOf("assemblyai");
  const auto all = transcripts(
      reader,
      R"({"turn_order":0,"end_of_turn":false,"transcript":"","words":[{"text":"hello","start":1,"end":2},)"
      R"({"text":"wor","start":2,"end":3}]})");
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "hello wor");
  CHECK_FALSE(all[0].isFinal);
}

TEST_CASE("a partial result goes on where the last of its turn ended") {
  auto reader = readerOf("openai");
  CHECK(transcripts(reader, R"({"item_id":"a","delta":"one"})", Finality::partial)[0].text ==
        "one");
  CHECK(transcripts(reader, R"({"item_id":"b","delta":"x"})", Finality::partial)[0].text == "x");
  CHECK(transcripts(reader, R"({"item_id":"a","delta":" two"})", Finality::partial)[0].text ==
        "one two");
  const auto final =
      transcripts(reader, R"({"item_id":"a","transcript":"One, two."})", Finality::final);
  CHECK(final[0].text == "One, two.");
  CHECK(final[0].turn == "a");
  CHECK(transcripts(reader, R"({"item_id":"a","delta":"new"})", Finality::partial)[0].text ==
        "new");
}

TEST_CASE("turns that never end are bounded") {
  auto reader = readerOf("openai");
  for (int i = 0; i < 1'000; ++i) {
    const std::string turn = std::to_string(i);
    CHECK(transcripts(reader, R"({"item_id":")" + turn + R"(","delta":"x"})", Finality::partial)[0]
              .text == "x");
  }
}

TEST_CASE("what a result lacks, or has of another type, is empty") {
  auto reader = readerOf("deepgram");
  const char* json = GENERATE(
      "", "{}", "[]", "1", R"({"channel":{"alternatives":[]}})", R"({"channel":null})",
      R"({"channel":{"alternatives":[{"transcript":{},"words":{}}]}})",
      R"({"channel":{"alternatives":[{"transcript":null,"words":[1,null,{"word":""}]}]}})");
  CHECK(transcripts(reader, json).empty());
}

TEST_CASE("the WS Gateway's results have transcripts as well") {
  ResultReader reader{ResultMembers()};
  const auto all = transcripts(
      reader,
      R"({"frameType":"final","processorId":"p","payloadSchema":"x.TranscriptionResponseDto",)"
      R"("payload":{"transcription":"one","start":1,"end":2,"channel":3,"words":[{"word":"one",)"
      R"("language":"ro"}]}})");
  REQUIRE(all.size() == 1);
  CHECK(all[0].text == "one");
  CHECK(all[0].isFinal);
  CHECK(all[0].startMilliseconds == 1);
  CHECK(all[0].channel == 3);
  CHECK(all[0].language == "ro");
}
