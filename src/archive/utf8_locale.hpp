#pragma once

#include <locale.h>

namespace wsferry::archive {

/// While it lives, this thread's character type is UTF-8: libarchive converts names by the locale,
/// and would damage all but ASCII ones in a program that runs in the C locale.
class Utf8Locale {
 public:
  Utf8Locale();
  ~Utf8Locale();
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t previous_;
};

}  // namespace wsferry::archive
