#pragma once

// WSFERRY_SANITIZED: a sanitizer watches, whose own memory fits into no limit, and which itself
// needs descriptors for its checks.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WSFERRY_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WSFERRY_SANITIZED
#endif
#endif
