#include "wsferry/core/detail/json/json_number.hpp"

#include <clocale>
#include <limits>

#include "catch.hpp"
#include "wsferry/core/detail/text/seconds_text.hpp"

using wsferry::jsonNumberOf;
using wsferry::secondsText;

namespace {

/// A program that writes numbers as in much of Europe, as far as the system knows how.
class DecimalComma {
 public:
  DecimalComma() : previous_(std::locale::global(std::locale(std::locale::classic(), new Comma))) {
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR.utf8"}) {
      if (std::setlocale(LC_NUMERIC, name) != nullptr) {
        break;
      }
    }
  }
  ~DecimalComma() {
    std::setlocale(LC_NUMERIC, "C");
    std::locale::global(previous_);
  }

 private:
  struct Comma final : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  std::locale previous_;
};

}  // namespace

TEST_CASE("Numbers are read and written the same in a program of any locale") {
  const DecimalComma locale;
  CHECK(jsonNumberOf("146.304") == 146.304);
  CHECK(jsonNumberOf("-1.5e3") == -1500);
  CHECK(jsonNumberOf("1234567") == 1234567);
  CHECK(jsonNumberOf("0") == 0);
  CHECK(secondsText(wsferry::Duration(1'234'567)) == "1234.5 s");
  CHECK(secondsText(wsferry::Duration(1'999)) == "1.9 s");
  CHECK(secondsText(wsferry::Duration(0)) == "0.0 s");
}

TEST_CASE("A number that is too large is infinite") {
  CHECK(jsonNumberOf("1e999") == std::numeric_limits<double>::infinity());
  CHECK(jsonNumberOf("-1e999") == -std::numeric_limits<double>::infinity());
}
