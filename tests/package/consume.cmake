# Configures SOURCE afresh into BUILD, builds the target `consumer` and runs it.
file(REMOVE_RECURSE ${BUILD})
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD} -G ${GENERATOR} -C ${SETTINGS}
                        ${OPTIONS} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target consumer
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BUILD}/consumer WORKING_DIRECTORY ${BUILD} COMMAND_ERROR_IS_FATAL ANY)
