# ISA-L, the fast deflate. Defines ISAL::isal. Also installed beside wsferry's own package: a
# consumer of the static libraries links it when they were built with it.
find_path(WSFERRY_ISAL_INCLUDE isa-l/igzip_lib.h DOC "Folder with isa-l/igzip_lib.h")
find_library(WSFERRY_ISAL_LIBRARY isal DOC "ISA-L library")
mark_as_advanced(WSFERRY_ISAL_INCLUDE WSFERRY_ISAL_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ISAL
  REQUIRED_VARS WSFERRY_ISAL_LIBRARY WSFERRY_ISAL_INCLUDE
  REASON_FAILURE_MESSAGE "Install ISA-L (Debian and Ubuntu: libisal-dev).")

if(ISAL_FOUND AND NOT TARGET ISAL::isal)
  add_library(ISAL::isal UNKNOWN IMPORTED)
  set_target_properties(ISAL::isal PROPERTIES
    IMPORTED_LOCATION "${WSFERRY_ISAL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${WSFERRY_ISAL_INCLUDE}")
endif()
