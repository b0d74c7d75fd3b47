#pragma once

/// Marks what a shared library of wsferry shows to programs and to its sister libraries; everything
/// else is hidden in it. The same for static libraries, and for whoever includes the header.
#if defined(__GNUC__)
#define WSFERRY_API __attribute__((visibility("default")))
#else
#define WSFERRY_API
#endif
