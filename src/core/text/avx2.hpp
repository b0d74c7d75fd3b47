#pragma once

namespace wsferry {

#if defined(__x86_64__)
/// Whether this processor has AVX2.
inline const bool haveAvx2 = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace wsferry
