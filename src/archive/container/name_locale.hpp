#pragma once

#include <locale.h>

namespace wsferry::archive {

/// What libarchive makes of a name depends on the thread's character type.
enum class NameEncoding {
  bytes,  ///< The C locale: a name is read as it is stored. In another one it would be composed,
          ///< and no longer be the name that an asset's metadata tell.
  utf8,   ///< For writing: all but ASCII names go into headers that everybody reads as UTF-8.
};

/// While it lives, this thread has that character type, whatever the program has set.
class NameLocale {
 public:
  explicit NameLocale(NameEncoding encoding);
  ~NameLocale();
  NameLocale(const NameLocale&) = delete;
  NameLocale& operator=(const NameLocale&) = delete;

 private:
  locale_t previous_;
};

}  // namespace wsferry::archive
