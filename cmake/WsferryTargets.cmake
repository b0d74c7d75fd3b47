# wsferry_library(NAME SOURCES ... PUBLIC ... PRIVATE ... PRIVATE_HEADERS ...)
# Defines wsferry_NAME (wsferry::NAME), compiled from SOURCES. PRIVATE_HEADERS are targets that are
# only headers to our sources: a consumer of the installed library never needs them.
function(wsferry_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE;PRIVATE_HEADERS" ${ARGN})
  set(target wsferry_${name})
  add_library(${target} ${ARG_SOURCES})
  add_library(wsferry::${name} ALIAS ${target})
  # The standard is fixed for our own sources: websocketpp 0.8.2 is not C++20, and a consumer's
  # CMAKE_CXX_STANDARD must not reach it.
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${name}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    CXX_STANDARD 17
    CXX_STANDARD_REQUIRED ON
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden  # But for what is marked (wsferry/export.hpp).
    VISIBILITY_INLINES_HIDDEN ON
    DEFINE_SYMBOL ""  # Shared and static libraries come of the same compilation.
    POSITION_INDEPENDENT_CODE ON)
  if(NOT WSFERRY_TOP_LEVEL AND NOT WSFERRY_INSTALL)
    # A part of somebody else's build: what is linked gets built, and nothing else.
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  foreach(headers IN LISTS ARG_PRIVATE_HEADERS)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${headers}>)
  endforeach()
  wsferry_warnings(${target})
endfunction()

# Warnings and sanitizers for everything of ours, and for nothing of a consumer's.
function(wsferry_warnings target)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    if(WSFERRY_WERROR)
      target_compile_options(${target} PRIVATE -Werror)
    endif()
    # A unity build includes every source, so that g++ takes it for a header, which should have no class
    # with a member of an anonymous namespace's type, and clang finds names that another source has too.
    if(CMAKE_UNITY_BUILD)
      target_compile_options(${target} PRIVATE
        $<IF:$<CXX_COMPILER_ID:GNU>,-Wno-subobject-linkage,-Wno-shadow>)
    endif()
    if(WSFERRY_SANITIZE)
      target_compile_options(${target} PRIVATE -fsanitize=${WSFERRY_SANITIZE}
                             -fno-sanitize-recover=all -fno-omit-frame-pointer)
      target_link_options(${target} PUBLIC -fsanitize=${WSFERRY_SANITIZE})
      # RapidJSON 1.1 adds to null pointers, which clang's sanitizer knows of.
      if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        target_compile_options(${target} PRIVATE -fno-sanitize=pointer-overflow)
      endif()
      # g++ warns that its thread sanitizer does not see fences, which Asio's headers have.
      if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND WSFERRY_SANITIZE MATCHES "thread")
        target_compile_options(${target} PRIVATE -Wno-tsan)
      endif()
    endif()
  endif()
endfunction()
