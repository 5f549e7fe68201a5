# Writes OUTPUT, which defines keel::app::build_info() (src/app/build_info.hpp), if it would differ.
# Without git, or outside a clone, the commit is "unknown".

set(COMMIT "unknown")
set(DIRTY "false")
find_program(GIT git)
if(GIT AND EXISTS "${SOURCE_DIR}/.git")
    execute_process(COMMAND "${GIT}" rev-parse --verify HEAD
        WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE failed OUTPUT_VARIABLE head
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
        set(COMMIT "${head}")
        # --no-optional-locks: a look must not disturb a git command that runs at the same time.
        execute_process(COMMAND "${GIT}" --no-optional-locks status --porcelain
            WORKING_DIRECTORY "${SOURCE_DIR}" OUTPUT_VARIABLE changes ERROR_QUIET)
        if(NOT changes STREQUAL "")
            set(DIRTY "true")
        endif()
    endif()
endif()

configure_file("${CMAKE_CURRENT_LIST_DIR}/build_info.cpp.in" "${OUTPUT}" @ONLY)
