# Every dependency as one target, from installed packages.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibArchive REQUIRED)

find_path(WSFERRY_ASIO_INCLUDE asio.hpp REQUIRED)
find_path(WSFERRY_WEBSOCKETPP_INCLUDE websocketpp/version.hpp REQUIRED)
find_path(WSFERRY_RAPIDJSON_INCLUDE rapidjson/rapidjson.h REQUIRED)
find_path(WSFERRY_ISAL_INCLUDE isa-l/igzip_lib.h)
find_library(WSFERRY_ISAL_LIBRARY isal)

add_library(wsferry_asio INTERFACE)
target_include_directories(wsferry_asio SYSTEM INTERFACE $<BUILD_INTERFACE:${WSFERRY_ASIO_INCLUDE}>)
target_compile_definitions(wsferry_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)

add_library(wsferry_websocketpp INTERFACE)
target_include_directories(wsferry_websocketpp SYSTEM INTERFACE
  $<BUILD_INTERFACE:${WSFERRY_WEBSOCKETPP_INCLUDE}>)

add_library(wsferry_rapidjson INTERFACE)
target_include_directories(wsferry_rapidjson SYSTEM INTERFACE
  $<BUILD_INTERFACE:${WSFERRY_RAPIDJSON_INCLUDE}>)

add_library(wsferry_isal INTERFACE)
if(WSFERRY_ISAL_INCLUDE AND WSFERRY_ISAL_LIBRARY)
  target_include_directories(wsferry_isal SYSTEM INTERFACE
    $<BUILD_INTERFACE:${WSFERRY_ISAL_INCLUDE}>)
  target_link_libraries(wsferry_isal INTERFACE ${WSFERRY_ISAL_LIBRARY})
  target_compile_definitions(wsferry_isal INTERFACE WSFERRY_HAVE_ISAL)
endif()
