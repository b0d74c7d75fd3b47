#include "core/file/file_error.hpp"

#include <cerrno>
#include <string>

#include "catch.hpp"
#include "wsferry/core/error.hpp"

// What a failure of a file system tells beside its words.

using namespace wsferry;

TEST_CASE("a disk or a quota that is full is the cause, and no other failure") {
  const auto [number, cause] = GENERATE(table<int, ErrorCause>({{ENOSPC, ErrorCause::fullDisk},
                                                                {EDQUOT, ErrorCause::fullDisk},
                                                                {EACCES, ErrorCause::unknown},
                                                                {EMFILE, ErrorCause::unknown}}));
  try {
    throwFileError("write", "/backups/x.tar", number);
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::fileFailed);
    CHECK(error.info().cause == cause);
    CHECK(error.info().message.rfind("cannot write /backups/x.tar: ", 0) == 0);
  }
}
