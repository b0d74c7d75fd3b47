#pragma once

#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "catch.hpp"

namespace support {

/// From now on what this process starts is refused what permissions forbid, though it runs as root.
inline void letPermissionsCountForRoot() {
  if (::geteuid() == 0) {
    for (const int right : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER}) {
      REQUIRE(::prctl(PR_CAPBSET_DROP, right, 0, 0, 0) == 0);
    }
  }
}

}  // namespace support
