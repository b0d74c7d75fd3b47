# Every dependency as one target: from an installed package, or, for those that are only headers or
# only serve tests, tool and benchmarks, fetched at a pinned version.
include(FetchContent)

# wsferry_system_package(NAME TARGETS DEBIAN_PACKAGE [VERSION])
# A library that has to be installed. Its targets are made visible to the project that adds ours,
# which links them through our static libraries.
function(wsferry_system_package name targets debian)
  set(new ${targets})
  foreach(target IN LISTS targets)
    if(TARGET ${target})
      list(REMOVE_ITEM new ${target})
    endif()
  endforeach()
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    string(JOIN " " wanted ${name} ${ARGN})
    message(FATAL_ERROR "wsferry needs ${wanted} with its development files. "
                        "Debian and Ubuntu: apt-get install ${debian}")
  endif()
  foreach(target IN LISTS new)
    set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
  endforeach()
endfunction()

# wsferry_fetch(NAME WHAT DEBIAN_PACKAGE ARGUMENTS_OF_FETCHCONTENT...)
macro(wsferry_fetch name what debian)
  if(NOT WSFERRY_FETCH_DEPENDENCIES)
    message(FATAL_ERROR "wsferry needs ${what}. Debian and Ubuntu: apt-get install ${debian}; "
                        "or configure with -DWSFERRY_FETCH_DEPENDENCIES=ON to fetch it.")
  endif()
  message(STATUS "wsferry: fetching ${what}, which is not installed")
  if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW)
  endif()
  FetchContent_Declare(${name} ${ARGN})
  FetchContent_MakeAvailable(${name})
endmacro()

# A SOURCE_SUBDIR without a CMakeLists.txt: the sources are fetched, their build is not run.
set(WSFERRY_HEADERS_ONLY SOURCE_SUBDIR headers-only)

wsferry_system_package(Threads Threads::Threads libc6-dev)
wsferry_system_package(OpenSSL "OpenSSL::SSL;OpenSSL::Crypto" libssl-dev 3.0)
wsferry_system_package(ZLIB ZLIB::ZLIB zlib1g-dev)
wsferry_system_package(LibArchive LibArchive::LibArchive libarchive-dev)
if(WSFERRY_BUILD_HTTP)
  wsferry_system_package(CURL CURL::libcurl libcurl4-openssl-dev 7.85)
endif()

# Asio: part of our interface.
set(WSFERRY_ASIO_VERSION 1.22)
if(NOT TARGET Asio::asio)
  find_package(Asio ${WSFERRY_ASIO_VERSION} QUIET)
  if(NOT Asio_FOUND)
    wsferry_fetch(asio "Asio ${WSFERRY_ASIO_VERSION} or newer" libasio-dev
      URL https://github.com/chriskohlhoff/asio/archive/refs/tags/asio-1-30-2.tar.gz
      ${WSFERRY_HEADERS_ONLY})
    add_library(Asio::asio INTERFACE IMPORTED)
    set_target_properties(Asio::asio PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES ${asio_SOURCE_DIR}/asio/include)
  endif()
  set_target_properties(Asio::asio PROPERTIES IMPORTED_GLOBAL TRUE)
endif()

# Headers that only our own sources include. websocketpp's CMake package adds its target without a
# guard and its sources define none, so neither is used.
find_path(WSFERRY_WEBSOCKETPP_INCLUDE websocketpp/version.hpp DOC "Folder with websocketpp/")
if(NOT WSFERRY_WEBSOCKETPP_INCLUDE)
  wsferry_fetch(websocketpp "websocketpp 0.8.2" libwebsocketpp-dev
    URL https://github.com/zaphoyd/websocketpp/archive/refs/tags/0.8.2.tar.gz
    ${WSFERRY_HEADERS_ONLY})
endif()
find_path(WSFERRY_RAPIDJSON_INCLUDE rapidjson/rapidjson.h DOC "Folder with rapidjson/")
if(NOT WSFERRY_RAPIDJSON_INCLUDE)
  wsferry_fetch(rapidjson "RapidJSON 1.1" rapidjson-dev
    URL https://github.com/Tencent/rapidjson/archive/refs/tags/v1.1.0.tar.gz
    ${WSFERRY_HEADERS_ONLY})
endif()
mark_as_advanced(WSFERRY_WEBSOCKETPP_INCLUDE WSFERRY_RAPIDJSON_INCLUDE)

function(wsferry_headers name installed fetched)
  add_library(${name} INTERFACE)
  if(installed)
    target_include_directories(${name} SYSTEM INTERFACE ${installed})
  else()
    target_include_directories(${name} SYSTEM INTERFACE ${fetched})
  endif()
endfunction()
wsferry_headers(wsferry_websocketpp "${WSFERRY_WEBSOCKETPP_INCLUDE}" "${websocketpp_SOURCE_DIR}")
wsferry_headers(wsferry_rapidjson "${WSFERRY_RAPIDJSON_INCLUDE}" "${rapidjson_SOURCE_DIR}/include")

# Optional: zlib does its work where it is missing.
if(NOT TARGET ISAL::isal)
  find_package(ISAL QUIET)
  if(ISAL_FOUND)
    set_target_properties(ISAL::isal PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endif()
set(WSFERRY_ISAL OFF)
if(TARGET ISAL::isal)
  set(WSFERRY_ISAL ON)
endif()

# What the library itself does not need.
if(WSFERRY_BUILD_TESTS)
  find_package(Catch2 QUIET)
  if(NOT Catch2_FOUND)
    wsferry_fetch(Catch2 "Catch2" catch2
      URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz)
  endif()
endif()
if(WSFERRY_BUILD_TOOL)
  find_package(CLI11 QUIET)
  if(NOT CLI11_FOUND)
    wsferry_fetch(CLI11 "CLI11" libcli11-dev
      URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz)
  endif()
endif()
if(WSFERRY_BUILD_BENCHMARKS)
  find_package(benchmark QUIET)
  if(NOT benchmark_FOUND)
    set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
    set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
    wsferry_fetch(benchmark "Google Benchmark" libbenchmark-dev
      URL https://github.com/google/benchmark/archive/refs/tags/v1.8.5.tar.gz)
  endif()
endif()
