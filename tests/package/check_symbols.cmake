# Fails where an installed library has symbols of RapidJSON or websocketpp outside our own
# namespaces: a program that uses them itself would share them with us.
cmake_minimum_required(VERSION 3.20)
file(GLOB libraries ${PREFIX}/lib*/libwsferry_*.a ${PREFIX}/lib*/libwsferry_*.so
     ${PREFIX}/lib*/*/libwsferry_*.a ${PREFIX}/lib*/*/libwsferry_*.so)
set(symbols ${WORK}/symbols.txt)
set(own "")
foreach(library IN LISTS libraries)
  execute_process(COMMAND ${NM} --demangle --defined-only ${library}
                  OUTPUT_FILE ${symbols} COMMAND_ERROR_IS_FATAL ANY)
  file(STRINGS ${symbols} leaked LIMIT_COUNT 1
       REGEX "(^|[^a-z_])websocketpp::|rapidjson::([^w]|w[^s])")
  if(leaked)
    message(FATAL_ERROR "${library} shows a symbol that a program may have too: ${leaked}")
  endif()
  foreach(space IN ITEMS wsferry_websocketpp rapidjson::wsferry_private)
    file(STRINGS ${symbols} found LIMIT_COUNT 1 REGEX "${space}::")
    if(found)
      list(APPEND own ${space})
    endif()
  endforeach()
endforeach()
# Where nothing of theirs is found, this has checked nothing.
foreach(space IN ITEMS wsferry_websocketpp rapidjson::wsferry_private)
  if(NOT space IN_LIST own)
    message(FATAL_ERROR "no library below ${PREFIX} shows a symbol of ${space}")
  endif()
endforeach()
message(STATUS "all symbols are in namespaces of our own")
