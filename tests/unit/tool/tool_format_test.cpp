#include <chrono>
#include <string>

#include "catch.hpp"
#include "tool/terminal/printable_text.hpp"
#include "tool/terminal/result_table.hpp"
#include "tool/terminal/size_format.hpp"
#include "tool/terminal/text_table.hpp"

using namespace wsferry;
using namespace wsferry::tool;
using std::chrono::milliseconds;

TEST_CASE("bytes have one decimal and the largest unit that fits") {
  CHECK(formatBytes(0) == "0 B");
  CHECK(formatBytes(1023) == "1023 B");
  CHECK(formatBytes(1024) == "1.0 KB");
  CHECK(formatBytes(1536) == "1.5 KB");
  CHECK(formatBytes(1024 * 1024 - 1) == "1.0 MB");
  CHECK(formatBytes(303'055'095) == "289.0 MB");
  CHECK(formatBytes(~std::uint64_t{0}) == "16.0 EB");
}

TEST_CASE("counts are grouped by thousands") {
  CHECK(formatCount(0) == "0");
  CHECK(formatCount(999) == "999");
  CHECK(formatCount(1000) == "1,000");
  CHECK(formatCount(20'404) == "20,404");
  CHECK(formatCount(1'234'567) == "1,234,567");
}

TEST_CASE("durations get coarser as they grow") {
  CHECK(formatDuration(milliseconds(0)) == "0.0 s");
  CHECK(formatDuration(milliseconds(420)) == "0.4 s");
  CHECK(formatDuration(milliseconds(9'949)) == "9.9 s");
  CHECK(formatDuration(milliseconds(9'950)) == "10 s");
  CHECK(formatDuration(milliseconds(59'499)) == "59 s");
  CHECK(formatDuration(milliseconds(59'500)) == "1 min 00 s");
  CHECK(formatDuration(milliseconds(185'000)) == "3 min 05 s");
  CHECK(formatDuration(milliseconds(7'620'000)) == "2 h 07 min");
}

TEST_CASE("a rate needs some time") {
  CHECK(formatRate(1000, milliseconds(0)).empty());
  CHECK(formatRate(2048, milliseconds(1000)) == "2.0 KB/s");
  CHECK(formatRate(2048, milliseconds(4000)) == "512 B/s");
}

TEST_CASE("printable text holds nothing that steers a terminal") {
  CHECK(tool::printable("plain") == "plain");
  CHECK(tool::printable("a\x1b[31mred\x07") == "a [31mred");
  CHECK(tool::printable("  two\r\n\t words  ") == "two words");
  CHECK(tool::printable("c1\xC2\x9Bm") == "c1 m");
  CHECK(tool::printable("rtl\xE2\x80\xAEgnp") == "rtl gnp");
  CHECK(tool::printable("bad\xFF\xC3") == "bad??");
  CHECK(tool::printable("\xED\xA0\x80") == "???");
  CHECK(tool::printable("\xE6\x97\xA5\xE6\x9C\xAC") == "\xE6\x97\xA5\xE6\x9C\xAC");
}

TEST_CASE("printable text is cut by characters") {
  CHECK(tool::printable("abcdef", 6) == "abcdef");
  CHECK(tool::printable("abcdef", 5) == "abcde...");
  CHECK(tool::printable("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 2) ==
        "\xE6\x97\xA5\xE6\x9C\xAC...");
}

TEST_CASE("invalid UTF-8 is replaced, the rest stays") {
  CHECK(validUtf8("a\nb") == "a\nb");
  CHECK(validUtf8("a\xFF") == "a\xEF\xBF\xBD");
  CHECK(validUtf8("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
  CHECK(validUtf8("\xF0\x9F\x98") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("widths count characters") {
  CHECK(displayWidth("\xC3\xA9t\xC3\xA9") == 3);
  CHECK(clipped("\xC3\xA9t\xC3\xA9", 2) == "\xC3\xA9t");
  CHECK(clipped("abc", 3) == "abc");
}

TEST_CASE("the table aligns names left and numbers right, with a rule above the total") {
  TextTable table({"Type", "Count", "Size"});
  table.add({"entities", "1,234", "2.0 KB"});
  table.add({"-- api::article.article", "40", "10 B"});
  table.addTotal({"Total", "1,234", "2.0 KB"});
  CHECK(table.text() ==
        "+-------------------------+-------+--------+\n"
        "| Type                    | Count |   Size |\n"
        "+-------------------------+-------+--------+\n"
        "| entities                | 1,234 | 2.0 KB |\n"
        "| -- api::article.article |    40 |   10 B |\n"
        "+-------------------------+-------+--------+\n"
        "| Total                   | 1,234 | 2.0 KB |\n"
        "+-------------------------+-------+--------+\n");
}

TEST_CASE("a transfer's table has its stages in order, with types and extensions") {
  strapi::TransferResult result;
  auto& assets = result.stages[strapi::TransferStage::assets];
  assets.moved = {2, 100};
  assets.aggregates = {{"", {1, 40}}, {".p\x1bng", {1, 60}}};
  auto& entities = result.stages[strapi::TransferStage::entities];
  entities.moved = {3, 30};
  entities.aggregates = {{"api::tag.tag", {3, 30}}};
  auto& links = result.stages[strapi::TransferStage::links];
  links.moved = {1, 5};
  links.aggregates = {{"relation.basic", {1, 5}}};
  const std::string text = transferTable(result);
  const auto entitiesAt = text.find("| entities ");
  const auto tagAt = text.find("| -- api::tag.tag ");
  const auto assetsAt = text.find("| assets ");
  const auto linksAt = text.find("| links ");
  REQUIRE(linksAt != std::string::npos);
  CHECK(entitiesAt < tagAt);
  CHECK(tagAt < assetsAt);
  CHECK(assetsAt < linksAt);
  CHECK(text.find("-- No extension") != std::string::npos);
  CHECK(text.find("-- .p ng") != std::string::npos);
  CHECK(text.find("relation.basic") == std::string::npos);
  CHECK(text.find("| Total           |     6 | 135 B |") != std::string::npos);
}

TEST_CASE("a table without rows is its heads") {
  CHECK(TextTable({"A", "B"}).text() ==
        "+---+---+\n"
        "| A | B |\n"
        "+---+---+\n"
        "+---+---+\n");
}
