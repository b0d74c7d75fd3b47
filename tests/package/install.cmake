# Installs BUILD into an empty PREFIX.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS ${PREFIX}/share/doc/wsferry/LICENSE)
  message(FATAL_ERROR "the licence is not installed")
endif()
