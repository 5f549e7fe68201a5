# How Keel is compiled, and the functions that the rows of the CMakeLists.txt files are made of.

set(KEEL_TESTS AUTO CACHE STRING "Build the tests: ON, OFF, or AUTO (when GoogleTest is installed)")
set(KEEL_BENCH AUTO CACHE STRING "Build the benchmarks: ON, OFF, or AUTO (when installed)")
set(KEEL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined")
set(KEEL_ARCH "" CACHE STRING "Instruction set, as -march= takes it; empty is the compiler's own")
set(KEEL_PRESET "none" CACHE STRING "Name of the preset, for `keel --version`")
option(KEEL_LTO "Link-time optimization" OFF)
set(KEEL_MUTATED "" CACHE PATH "Layers to build from here and not from src: scripts/mutate's alone")
set_property(CACHE KEEL_TESTS KEEL_BENCH PROPERTY STRINGS AUTO ON OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${KEEL_LTO})

# A compile cache that clones of the project share: paths inside the tree are taken relative to it.
if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(KEEL_CCACHE ccache)
    if(KEEL_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
            "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${KEEL_CCACHE}")
    endif()
endif()

# --- What every target of ours is compiled with -------------------------------------------------

file(RELATIVE_PATH root_from_build "${CMAKE_BINARY_DIR}" "${CMAKE_SOURCE_DIR}")
add_library(keel_options INTERFACE)
target_include_directories(keel_options INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_options(keel_options INTERFACE
    -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wcast-align -Wcast-qual
    -Wformat=2 -Wundef -Wextra-semi -Wunused -Wdouble-promotion
    # We name the fields that matter; one that is not named is zero by the language, not by chance.
    -Wno-missing-field-initializers
    # A path in an assertion's text is src/core/x.cpp on every machine, with or without ccache
    # (which hands the compiler relative paths).
    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=" "-ffile-prefix-map=${root_from_build}="
    -ffp-contract=off)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(keel_options INTERFACE
        -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wsuggest-override
        # False in g++ 12 on sums of strings: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
        -Wno-restrict)
else()
    target_compile_options(keel_options INTERFACE
        -Wshadow-all -Wno-shadow-field-in-constructor -Winconsistent-missing-override
        -Wunreachable-code -Wloop-analysis -Wreserved-identifier
        # libstdc++ 12's own std::stable_sort calls a function that it has declared deprecated; g++,
        # which knows to forgive it, keeps this warning.
        -Wno-deprecated-declarations)
endif()

if(KEEL_SANITIZE)
    set(sanitize "-fsanitize=${KEEL_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(keel_options INTERFACE ${sanitize})
    target_link_options(keel_options INTERFACE ${sanitize})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Instrumented code confuses g++ 12's flow analysis; the plain builds keep this warning.
        target_compile_options(keel_options INTERFACE
            -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow)
    endif()
    target_compile_definitions(keel_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# A build for a newer instruction set would stop on an older machine with an illegal instruction, so
# the wish is granted only where this machine has it.
if(KEEL_ARCH STREQUAL "x86-64-v3")
    set(cpu "")
    if(EXISTS /proc/cpuinfo)
        file(STRINGS /proc/cpuinfo cpu REGEX "^flags" LIMIT_COUNT 1)
    endif()
    if(cpu MATCHES " avx2 " AND cpu MATCHES " bmi2 " AND cpu MATCHES " fma ")
        target_compile_options(keel_options INTERFACE -march=x86-64-v3)
    else()
        message(STATUS "keel: this processor is not x86-64-v3; building for the compiler's default")
    endif()
elseif(KEEL_ARCH)
    target_compile_options(keel_options INTERFACE "-march=${KEEL_ARCH}")
endif()

# Mutated copies of some layers stand in for them, headers too. They are compiled to fail a test, so
# nothing that could trade is built of them: no program, and no preset but their own.
if(KEEL_MUTATED)
    if(NOT KEEL_PRESET STREQUAL "mutate")
        message(FATAL_ERROR "keel: KEEL_MUTATED belongs to preset mutate, not to '${KEEL_PRESET}'")
    endif()
    include_directories("${KEEL_MUTATED}")
    target_compile_options(keel_options INTERFACE -w -Wno-narrowing)
    target_compile_definitions(keel_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# --- Rows ---------------------------------------------------------------------------------------

# keel_layer(core IMPORTS base model [SOURCES core/engine.cpp ...] [LIBRARIES fmt::fmt ...])
# One folder of src/ is one target, keel_<name>. Without SOURCES it is every .cpp in the folder, but
# not main.cpp, which belongs to keel_program. A folder with headers only is an INTERFACE target.
function(keel_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 row "" "" "IMPORTS;SOURCES;LIBRARIES")
    if(row_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "keel_layer(${name}): what is ${row_UNPARSED_ARGUMENTS}?")
    endif()
    get_property(layers GLOBAL PROPERTY keel_layers)
    foreach(import IN LISTS row_IMPORTS)
        if(NOT import IN_LIST layers)
            message(FATAL_ERROR "keel_layer(${name}): '${import}' is not a row above this one")
        endif()
    endforeach()
    set_property(GLOBAL APPEND PROPERTY keel_layers ${name})

    set(folder "${CMAKE_SOURCE_DIR}/src/${name}")
    if(KEEL_MUTATED AND IS_DIRECTORY "${KEEL_MUTATED}/${name}")
        set(folder "${KEEL_MUTATED}/${name}")
    endif()
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${folder}/*.hpp")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
    list(REMOVE_ITEM sources "${folder}/main.cpp")
    if(row_SOURCES)
        list(TRANSFORM row_SOURCES PREPEND "${CMAKE_SOURCE_DIR}/src/" OUTPUT_VARIABLE sources)
    endif()
    if(NOT headers AND NOT sources)
        message(STATUS "keel: src/${name} has no sources, skipped")
        return()
    endif()

    set(links ${row_LIBRARIES})
    foreach(import IN LISTS row_IMPORTS)
        if(TARGET keel_${import})
            list(APPEND links keel_${import})
        endif()
    endforeach()
    if(sources)
        add_library(keel_${name} STATIC ${sources} ${headers})
        target_include_directories(keel_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(keel_${name} PUBLIC ${links} PRIVATE keel_options)
    else()
        add_library(keel_${name} INTERFACE)
        target_include_directories(keel_${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(keel_${name} INTERFACE ${links})
    endif()
endfunction()

# keel_program(keel MAIN src/app/main.cpp LAYER app): the executable bin/<name>.
function(keel_program name)
    if(KEEL_MUTATED)
        return()
    endif()
    cmake_parse_arguments(PARSE_ARGV 1 row "" "MAIN;LAYER" "")
    # A glob, so that a main.cpp which appears later is seen.
    file(GLOB main CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${row_MAIN}")
    if(NOT main)
        message(STATUS "keel: there is no ${row_MAIN}, program ${name} is skipped")
        return()
    endif()
    add_executable(${name} ${main})
    target_link_libraries(${name} PRIVATE keel_options)
    if(TARGET keel_${row_LAYER})
        target_link_libraries(${name} PRIVATE keel_${row_LAYER})
    endif()
endfunction()

# keel_find_library(keel::sodium HEADER sodium.h [LIBRARY sodium] PACKAGE libsodium-dev)
# For a library that brings no CMake package, or one that wants more than we do: libzip's wants its
# command-line tools, toml++'s its shared library, which is built with exceptions. Without LIBRARY it
# is headers only.
function(keel_find_library target)
    cmake_parse_arguments(PARSE_ARGV 1 row "" "HEADER;LIBRARY;PACKAGE" "")
    string(MAKE_C_IDENTIFIER "${row_HEADER}" header)
    find_path(KEEL_FOUND_${header} "${row_HEADER}")
    mark_as_advanced(KEEL_FOUND_${header})
    set(found "${KEEL_FOUND_${header}}")
    if(row_LIBRARY AND found)
        find_library(KEEL_FOUND_${row_LIBRARY} "${row_LIBRARY}")
        mark_as_advanced(KEEL_FOUND_${row_LIBRARY})
        set(found "${KEEL_FOUND_${row_LIBRARY}}")
    endif()
    if(NOT found)
        message(FATAL_ERROR "keel: ${row_HEADER} or its library is missing: "
            "apt-get install ${row_PACKAGE} (scripts/run installs all that is needed)")
    endif()
    if(row_LIBRARY)
        add_library(${target} UNKNOWN IMPORTED)
        set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${found}")
    else()
        add_library(${target} INTERFACE IMPORTED)
    endif()
    target_include_directories(${target} SYSTEM INTERFACE "${KEEL_FOUND_${header}}")
endfunction()

# keel_wanted(KEEL_TESTS GTest result): resolves ON, OFF and AUTO for a part that needs a package.
function(keel_wanted option package result)
    set(${result} FALSE PARENT_SCOPE)
    if("${${option}}" STREQUAL "AUTO")
        find_package(${package} QUIET)
        if(NOT ${package}_FOUND)
            message(STATUS "keel: ${package} is not installed, so ${option} is off")
            return()
        endif()
    elseif(NOT ${option})
        return()
    endif()
    find_package(${package} REQUIRED)
    set(${result} TRUE PARENT_SCOPE)
endfunction()

# --- Who built this -----------------------------------------------------------------------------

# The commit is looked up on every build, and its file rewritten only when the answer changed: a
# build without changes compiles and links nothing.
set(KEEL_BUILD_INFO "${CMAKE_BINARY_DIR}/generated/build_info.cpp")
add_custom_target(keel_build_info_refresh
    COMMAND "${CMAKE_COMMAND}"
        "-DSOURCE_DIR=${CMAKE_SOURCE_DIR}"
        "-DOUTPUT=${KEEL_BUILD_INFO}"
        "-DVERSION=${PROJECT_VERSION}"
        "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
        "-DPRESET=${KEEL_PRESET}"
        -P "${CMAKE_SOURCE_DIR}/cmake/build_info.cmake"
    BYPRODUCTS "${KEEL_BUILD_INFO}"
    COMMENT "Looking up the commit"
    VERBATIM)
add_library(keel_build_info STATIC "${KEEL_BUILD_INFO}")
add_dependencies(keel_build_info keel_build_info_refresh)
target_include_directories(keel_build_info PUBLIC "${CMAKE_SOURCE_DIR}/src")
target_link_libraries(keel_build_info PRIVATE keel_options)
