# What `cmake --install` brings: the program, the libraries with their headers, configs, and a
# package that gives others the target strata::strata: all libraries together.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY STRATA_LIBRARIES)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/strata")
set(data_folder "${CMAKE_INSTALL_DATADIR}/strata")

add_library(strata_umbrella INTERFACE)
add_library(strata::strata ALIAS strata_umbrella)
set_target_properties(strata_umbrella PROPERTIES EXPORT_NAME strata)
target_link_libraries(strata_umbrella INTERFACE ${libraries})
install(TARGETS ${libraries} strata_umbrella EXPORT strata_targets)

# A header is included by the same name as in the tree: the folders in src/ lie at the top.
foreach(library IN LISTS libraries)
  get_target_property(folder ${library} SOURCE_DIR)
  cmake_path(GET folder PARENT_PATH parent)
  cmake_path(RELATIVE_PATH parent BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
  string(REGEX REPLACE "^(\\.|src)/?" "" parent "${parent}")
  install(
    DIRECTORY "${folder}"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/strata/${parent}"
    FILES_MATCHING
    PATTERN "*.hpp")
endforeach()

if(TARGET strata)
  # The program finds LibTorch where it was found for the build.
  set_target_properties(strata PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS strata)
endif()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/configs" "${PROJECT_SOURCE_DIR}/assets/weights"
        DESTINATION "${data_folder}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(
  EXPORT strata_targets
  NAMESPACE strata::
  FILE strata-targets.cmake
  DESTINATION "${package_folder}")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/strata-config.cmake.in" "${PROJECT_BINARY_DIR}/strata-config.cmake"
  INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/strata-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/strata-config.cmake"
        "${PROJECT_BINARY_DIR}/strata-config-version.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/FindLibTorch.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/StrataDependencies.cmake"
  DESTINATION "${package_folder}")
