# Builds programs with a compiler and pkg-config alone, and runs them.
cmake_minimum_required(VERSION 3.20)
file(GLOB folder ${PREFIX}/lib*/pkgconfig ${PREFIX}/lib*/*/pkgconfig)
set(ENV{PKG_CONFIG_PATH} ${folder})
get_filename_component(libraries ${folder} DIRECTORY)
set(ENV{LD_LIBRARY_PATH} ${libraries})
file(MAKE_DIRECTORY ${WORK})

function(flags_of module result)
  execute_process(COMMAND ${PKG_CONFIG} --cflags --libs ${module} OUTPUT_VARIABLE flags
                  COMMAND_ERROR_IS_FATAL ANY OUTPUT_STRIP_TRAILING_WHITESPACE)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  set(${result} ${flags} PARENT_SCOPE)
endfunction()

# Pulls from a server, of the component testing, into an archive.
foreach(module IN ITEMS wsferry-testing wsferry)
  flags_of(${module} flags)
  execute_process(COMMAND ${LAUNCHER} ${COMPILER} -std=c++17 -c ${SOURCES}/installed/pull.cpp
                          -o ${WORK}/pull.o ${flags} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${COMPILER} ${WORK}/pull.o -o ${WORK}/pull ${flags}
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${WORK}/pull WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# A component brings what it needs, and no more.
foreach(module IN ITEMS wsferry-core wsferry-strapi wsferry-gateway wsferry-http
        wsferry-platform)
  flags_of(${module} flags)
  if(flags MATCHES "archive")
    message(FATAL_ERROR "${module} brings the archive along: ${flags}")
  endif()
  execute_process(COMMAND ${COMPILER} -std=c++17 ${SOURCES}/subproject/probe.cpp -o ${WORK}/probe
                          ${flags} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${WORK}/probe COMMAND_ERROR_IS_FATAL ANY)
endforeach()

# Without the flags nothing compiles, and the message says what to do.
flags_of(wsferry-core flags)
list(REMOVE_ITEM flags -DASIO_DISABLE_STD_ALIGNED_ALLOC)
execute_process(COMMAND ${COMPILER} -std=c++17 -fsyntax-only ${SOURCES}/subproject/probe.cpp ${flags}
                RESULT_VARIABLE status ERROR_VARIABLE message OUTPUT_QUIET)
if(status EQUAL 0 OR NOT message MATCHES "pkg-config --cflags wsferry-core")
  message(FATAL_ERROR "a program without ASIO_DISABLE_STD_ALIGNED_ALLOC: ${status} ${message}")
endif()
message(STATUS "programs without CMake compile, run, and are told what they lack")
