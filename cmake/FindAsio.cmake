# Standalone Asio (headers only), which neither its authors nor the distributions give a CMake
# package. Defines Asio::asio. Also installed beside wsferry's own package for its consumers.
#
#   WSFERRY_ASIO_INCLUDE   the folder with asio.hpp; set it to choose another Asio
find_path(WSFERRY_ASIO_INCLUDE asio.hpp DOC "Folder with asio.hpp")
mark_as_advanced(WSFERRY_ASIO_INCLUDE)

if(WSFERRY_ASIO_INCLUDE AND EXISTS "${WSFERRY_ASIO_INCLUDE}/asio/version.hpp")
  file(STRINGS "${WSFERRY_ASIO_INCLUDE}/asio/version.hpp" _asio_line
       REGEX "^#define ASIO_VERSION [0-9]+")
  string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" _asio_number "${_asio_line}")
  math(EXPR _asio_major "${_asio_number} / 100000")
  math(EXPR _asio_minor "${_asio_number} / 100 % 1000")
  math(EXPR _asio_patch "${_asio_number} % 100")
  set(Asio_VERSION "${_asio_major}.${_asio_minor}.${_asio_patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio
  REQUIRED_VARS WSFERRY_ASIO_INCLUDE VERSION_VAR Asio_VERSION
  REASON_FAILURE_MESSAGE "Install Asio (Debian and Ubuntu: libasio-dev), or set WSFERRY_ASIO_INCLUDE to the folder with asio.hpp.")

if(Asio_FOUND AND NOT TARGET Asio::asio)
  add_library(Asio::asio INTERFACE IMPORTED)
  set_target_properties(Asio::asio PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${WSFERRY_ASIO_INCLUDE}")
endif()
