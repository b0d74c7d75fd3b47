#include "archive/utf8_locale.hpp"

#include <initializer_list>

namespace wsferry::archive {
namespace {

// Made once and kept for the life of the process. Null if the system has no such locale; then the
// thread's own one stays.
locale_t utf8Locale() {
  static const locale_t instance = [] {
    for (const char* name : {"C.UTF-8", "en_US.UTF-8"}) {
      if (const locale_t made = ::newlocale(LC_CTYPE_MASK, name, nullptr)) {
        return made;
      }
    }
    return locale_t{};
  }();
  return instance;
}

}  // namespace

Utf8Locale::Utf8Locale() : previous_(::uselocale(utf8Locale())) {}

Utf8Locale::~Utf8Locale() {
  ::uselocale(previous_);
}

}  // namespace wsferry::archive
