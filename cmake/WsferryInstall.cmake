# Installs the libraries as the CMake package `wsferry`, one component per library.
include(CMakePackageConfigHelpers)
set(WSFERRY_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/wsferry)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wsferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Each component has a targets file of its own, so that a consumer of core needs no libarchive.
foreach(component IN ITEMS core strapi archive gateway testing all)
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
