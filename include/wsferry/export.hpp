#pragma once

/// Marks what a shared library of wsferry exports to programs and to its sister libraries; it hides
/// everything else. The definition is the same for static libraries, and for everyone who includes
/// the header.
#if defined(__GNUC__)
#define WSFERRY_API __attribute__((visibility("default")))
#else
#define WSFERRY_API
#endif
