#pragma once

// Where Asio may use std::aligned_alloc, it does so only in sources that have included a standard
// header before its own: two sources, such as one of the library and one of a program, could
// allocate and free the same block in different ways. So no source may use it.
#if !defined(ASIO_DISABLE_STD_ALIGNED_ALLOC) || defined(ASIO_HAS_STD_ALIGNED_ALLOC)
// clang-format off
#error "wsferry: every source of the program needs -DASIO_DISABLE_STD_ALIGNED_ALLOC, without \
ASIO_HAS_STD_ALIGNED_ALLOC. CMake: target_link_libraries(... wsferry::core) or another component of \
find_package(wsferry). Otherwise: pkg-config --cflags wsferry-core."
// clang-format on
#endif

// std::error_code, not Boost's, is what the library was built with.
#if defined(ASIO_ENABLE_BOOST)
#error "wsferry: its Asio is the one without Boost. Leave ASIO_ENABLE_BOOST out."
#endif
