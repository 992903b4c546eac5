# The helpers every folder uses: one library a folder, one test binary a folder.

add_library(strata_options INTERFACE) # how our own code is compiled; never exported
target_compile_features(strata_options INTERFACE cxx_std_20)
target_compile_options(strata_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
                                                -Wno-sign-conversion)
# Libraries, programs and tests alike, so that they can share a precompiled header.
target_compile_options(strata_options INTERFACE -fPIC)
if(STRATA_PCH)
  target_compile_options(strata_options INTERFACE -fpch-preprocess) # for ccache
endif()
if(STRATA_WERROR)
  target_compile_options(strata_options INTERFACE -Werror)
endif()
if(STRATA_SANITIZE)
  target_compile_options(strata_options INTERFACE -fsanitize=${STRATA_SANITIZE}
                                                  -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(strata_options INTERFACE -fsanitize=${STRATA_SANITIZE})
endif()

# strata_library(NAME SOURCES a.cpp ... [PUBLIC target ...] [PRIVATE target ...])
# declares the static library strata_NAME with the alias strata::NAME.
function(strata_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE")
  add_library(strata_${name} STATIC ${arg_SOURCES})
  add_library(strata::${name} ALIAS strata_${name})
  target_include_directories(
    strata_${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>"
                          "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
                          "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/strata>")
  target_compile_features(strata_${name} PUBLIC cxx_std_20)
  target_link_libraries(
    strata_${name}
    PUBLIC ${arg_PUBLIC}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:strata_options>)
  set_target_properties(strata_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY STRATA_LIBRARIES strata_${name})
  set_property(GLOBAL APPEND PROPERTY STRATA_TARGETS strata_${name})
endfunction()

# strata_test(NAME SOURCES a_test.cpp ... LINKS target ... [LABELS label ...])
# declares one GoogleTest binary and one CTest entry. Tests find the source tree
# through STRATA_SOURCE_DIR and the built program through STRATA_PROGRAM.
function(strata_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;LABELS")
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${arg_LINKS} strata_testing strata_options
                                             GTest::gmock_main)
  target_compile_definitions(
    ${name}_test PRIVATE STRATA_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                         STRATA_PROGRAM="${CMAKE_BINARY_DIR}/strata")
  # They are compiled more often than they are run long.
  target_compile_options(${name}_test PRIVATE $<$<CONFIG:Release>:-O1>)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                "${CMAKE_BINARY_DIR}/tests")
  set_property(GLOBAL APPEND PROPERTY STRATA_TARGETS ${name}_test)
  add_test(NAME ${name} COMMAND ${name}_test)
  if(arg_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}")
  endif()
endfunction()
