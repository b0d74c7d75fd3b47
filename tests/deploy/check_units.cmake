# The units of examples/deploy, as systemd reads them; the built tool stands for the installed one.
# -D SOURCE=examples/deploy -D TOOL=wsferry -D ANALYZE=systemd-analyze -D FOLDER=scratch
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
set(units)
foreach(name wsferry-backup.service wsferry-backup.timer)
  file(READ ${SOURCE}/${name} text)
  string(REPLACE "/usr/local/bin/wsferry" "${TOOL}" text "${text}")
  file(WRITE ${FOLDER}/${name} "${text}")
  list(APPEND units ${FOLDER}/${name})
endforeach()
execute_process(COMMAND ${ANALYZE} verify --man=no ${units}
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
# What it says of other units of this machine does not matter.
string(REGEX MATCHALL "[^\n]*wsferry-backup[^\n]*" complaints "${output}")
if(complaints OR NOT result EQUAL 0)
  message(FATAL_ERROR "systemd-analyze verify: ${result}\n${output}")
endif()
