# Finds LibTorch (the C++ half of torch) and defines strata::torch.
#
# Searched, in this order: LIBTORCH (variable or environment: a folder with include/ and lib/),
# CMAKE_PREFIX_PATH, .deps/torch of this checkout.
set(_torch_hints ${LIBTORCH} $ENV{LIBTORCH} ${CMAKE_PREFIX_PATH} "${CMAKE_CURRENT_SOURCE_DIR}/.deps/torch")
find_path(LibTorch_ROOT NAMES include/ATen/ATen.h PATHS ${_torch_hints} PATH_SUFFIXES torch NO_DEFAULT_PATH)
find_library(LibTorch_CPU torch_cpu PATHS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)
find_library(LibTorch_C10 c10 PATHS ${LibTorch_ROOT}/lib NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_ROOT LibTorch_CPU LibTorch_C10)
if(LibTorch_FOUND AND NOT TARGET strata_torch)
  add_library(strata_torch INTERFACE)
  add_library(strata::torch ALIAS strata_torch)
  target_include_directories(strata_torch SYSTEM INTERFACE "${LibTorch_ROOT}/include" "${LibTorch_ROOT}/include/torch/csrc/api/include")
  target_link_libraries(strata_torch INTERFACE ${LibTorch_CPU} ${LibTorch_C10})
  file(GLOB _nv "${LibTorch_ROOT}/../nvidia/*/lib")
  target_link_options(strata_torch INTERFACE "LINKER:-rpath,${LibTorch_ROOT}/lib" "LINKER:--allow-shlib-undefined")
  foreach(_d ${_nv})
    target_link_options(strata_torch INTERFACE "LINKER:-rpath,${_d}")
  endforeach()
endif()
