# Installs the libraries as the CMake package `wsferry`, one component per library.
include(CMakePackageConfigHelpers)
set(WSFERRY_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/wsferry)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wsferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Whoever passes on what is installed passes on the licence, too.
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(WSFERRY_COMPONENTS core strapi archive gateway testing)
if(WSFERRY_BUILD_HTTP)
  list(APPEND WSFERRY_COMPONENTS http platform)
endif()

# Each component has a targets file of its own, so that a consumer of core needs no libarchive.
foreach(component IN LISTS WSFERRY_COMPONENTS ITEMS all)
  install(TARGETS wsferry_${component} EXPORT wsferry-${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(EXPORT wsferry-${component} NAMESPACE wsferry:: DESTINATION ${WSFERRY_PACKAGE_DIR})
endforeach()

# A consumer of static libraries links what they use; shared ones bring it along.
get_target_property(WSFERRY_LIBRARY_TYPE wsferry_core TYPE)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wsferry-config.cmake.in
  ${PROJECT_BINARY_DIR}/wsferry-config.cmake INSTALL_DESTINATION ${WSFERRY_PACKAGE_DIR})
# Until 1.0 a new minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wsferry-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/wsferry-config.cmake
  ${PROJECT_BINARY_DIR}/wsferry-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindAsio.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindISAL.cmake
  DESTINATION ${WSFERRY_PACKAGE_DIR})

# The same for builds without CMake: a pkg-config file for each component, and wsferry.pc for all of
# them. They carry the definitions that every source of a program needs (core/asio_settings.hpp).
set(WSFERRY_PKG_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH WSFERRY_PC_PREFIX
  ${CMAKE_INSTALL_PREFIX}/${WSFERRY_PKG_CONFIG_DIR} ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" WSFERRY_PC_PREFIX "${WSFERRY_PC_PREFIX}")
set(WSFERRY_PC_LIBDIR ${CMAKE_INSTALL_LIBDIR})
set(WSFERRY_PC_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})

# wsferry_pkg_config(NAME DESCRIPTION REQUIRES STATIC_REQUIRES STATIC_LIBS): the last two are
# what only static libraries need.
function(wsferry_pkg_config name description requires static_requires static_libs)
  set(WSFERRY_PC_NAME ${name})
  set(WSFERRY_PC_DESCRIPTION "${description}")
  set(WSFERRY_PC_REQUIRES "")
  set(WSFERRY_PC_LIBS "")
  set(WSFERRY_PC_CFLAGS "")
  if(name MATCHES "^wsferry-(.*)")
    set(WSFERRY_PC_LIBS " -L\${libdir} -lwsferry_${CMAKE_MATCH_1}")
  endif()
  if(WSFERRY_LIBRARY_TYPE STREQUAL "STATIC_LIBRARY")
    list(APPEND requires ${static_requires})
    list(JOIN static_libs " " libs)
    string(APPEND WSFERRY_PC_LIBS " ${libs}")
  endif()
  foreach(module IN LISTS requires)
    string(APPEND WSFERRY_PC_REQUIRES " ${module}")
    if(module MATCHES "^wsferry-")
      string(APPEND WSFERRY_PC_REQUIRES " = ${PROJECT_VERSION}")
    endif()
  endforeach()
  if(name STREQUAL "wsferry-core")
    set(WSFERRY_PC_CFLAGS " -pthread -DASIO_STANDALONE -DASIO_DISABLE_STD_ALIGNED_ALLOC")
    if(WSFERRY_ASIO_INCLUDE)
      string(APPEND WSFERRY_PC_CFLAGS " -I${WSFERRY_ASIO_INCLUDE}")
    endif()
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/wsferry.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${WSFERRY_PKG_CONFIG_DIR})
endfunction()

set(isal "")
if(WSFERRY_ISAL)
  get_target_property(isal ISAL::isal IMPORTED_LOCATION)
endif()
wsferry_pkg_config(wsferry-core "WebSocket client" "" openssl -pthread)
wsferry_pkg_config(wsferry-strapi "Strapi's transfer protocol" wsferry-core "" "")
wsferry_pkg_config(wsferry-archive "Strapi's export archives" wsferry-strapi
                   "libarchive;zlib;libcrypto" "${isal}")
wsferry_pkg_config(wsferry-gateway "Streams of audio and results" wsferry-core "" "")
wsferry_pkg_config(wsferry-testing "Servers for the tests of programs"
                   wsferry-archive "" "")
set(all wsferry-testing wsferry-gateway)
if(WSFERRY_BUILD_HTTP)
  wsferry_pkg_config(wsferry-http "HTTP client, and files of a pull by it" wsferry-strapi libcurl "")
  wsferry_pkg_config(wsferry-platform "The streaming platform's services by HTTP"
                     "wsferry-gateway;wsferry-http" "" "")
  list(APPEND all wsferry-http wsferry-platform)
endif()
wsferry_pkg_config(wsferry "All of wsferry" "${all}" "" "")
