#include "archive/container/name_locale.hpp"

#include <initializer_list>

namespace wsferry::archive {
namespace {

// Null if the system has none of them; then the thread's own one stays.
locale_t make(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const locale_t made = ::newlocale(LC_CTYPE_MASK, name, nullptr)) {
      return made;
    }
  }
  return locale_t{};
}

// Made once and kept for the life of the process.
locale_t localeFor(NameEncoding encoding) {
  static const locale_t bytes = make({"C"});
  static const locale_t utf8 = make({"C.UTF-8", "en_US.UTF-8"});
  return encoding == NameEncoding::bytes ? bytes : utf8;
}

}  // namespace

NameLocale::NameLocale(NameEncoding encoding) : previous_(::uselocale(localeFor(encoding))) {}

NameLocale::~NameLocale() {
  ::uselocale(previous_);
}

}  // namespace wsferry::archive
