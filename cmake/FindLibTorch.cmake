# Finds LibTorch, the C++ half of PyTorch, and defines the imported target strata::torch.
#
# The first of these that is there is taken:
#   1. LIBTORCH, a CMake or environment variable: the folder that holds include/ and lib/
#   2. CMAKE_PREFIX_PATH: such a folder, one that holds torch/, or torch.utils.cmake_prefix_path
#   3. libtorch in STRATA_DEPS, which scripts/setup makes; STRATA_DEPS is .deps of this checkout
#      unless the CMake or environment variable of that name says otherwise
# It must be 2.7 or newer and built with the C++11 ABI, as PyTorch's own packages are since 2.7.
#
# LibTorch's own TorchConfig.cmake is not used: in a package with CUDA it needs a CUDA compiler, and
# it links libtorch_cuda.so, and so all of CUDA, to programs that never touch a GPU.
#
# Reads STRATA_CUDA: whether to link the CUDA libraries.
# Sets LibTorch_FOUND, LibTorch_ROOT, LibTorch_VERSION.

# Folders to look in, the first choice first.
function(_strata_torch_candidates out)
  if(LIBTORCH)
    set(candidates "${LIBTORCH}")
  elseif(NOT "$ENV{LIBTORCH}" STREQUAL "")
    set(candidates "$ENV{LIBTORCH}")
  else()
    set(prefixes "$ENV{CMAKE_PREFIX_PATH}")
    string(REPLACE ":" ";" prefixes "${prefixes}")
    foreach(prefix IN LISTS CMAKE_PREFIX_PATH prefixes)
      list(APPEND candidates "${prefix}" "${prefix}/torch" "${prefix}/../..")
    endforeach()
    if(STRATA_DEPS)
      list(APPEND candidates "${STRATA_DEPS}/libtorch")
    elseif(NOT "$ENV{STRATA_DEPS}" STREQUAL "")
      list(APPEND candidates "$ENV{STRATA_DEPS}/libtorch")
    elseif(EXISTS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../scripts/setup")
      cmake_path(GET CMAKE_CURRENT_FUNCTION_LIST_DIR PARENT_PATH checkout)
      list(APPEND candidates "${checkout}/.deps/libtorch")
    endif()
  endif()
  set(${out} "${candidates}" PARENT_SCOPE)
endfunction()

# "2.11.0", from the headers; empty where they do not say.
function(_strata_torch_version root out)
  set(version "")
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(NOT version AND EXISTS "${root}/include/${header}")
      file(STRINGS "${root}/include/${header}" lines REGEX "define TORCH_VERSION_[A-Z]+ +[0-9]+")
      foreach(part MAJOR MINOR PATCH)
        if("${lines}" MATCHES "TORCH_VERSION_${part} +([0-9]+)")
          list(APPEND version ${CMAKE_MATCH_1})
        endif()
      endforeach()
    endif()
  endforeach()
  list(JOIN version "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Whether a function of LibTorch that returns a std::string links: its symbol names the ABI.
function(_strata_torch_links out)
  set(links TRUE)
  set(checked "${LibTorch_ROOT} ${LibTorch_VERSION} ${CMAKE_CXX_COMPILER}")
  if(NOT LibTorch_LINKS STREQUAL checked)
    try_compile(links SOURCE_FROM_CONTENT torch_abi.cpp
                "#include <string>
                 namespace c10 { std::string demangle(const char*); }
                 int main() { return c10::demangle(\"i\").empty() ? 1 : 0; }"
                LINK_LIBRARIES LibTorch::c10)
    if(links)
      set(LibTorch_LINKS "${checked}" CACHE INTERNAL "The LibTorch that was found to link")
    endif()
  endif()
  set(${out} ${links} PARENT_SCOPE)
endfunction()

function(_strata_torch_targets root)
  set(libraries torch_cpu c10)
  if(STRATA_CUDA)
    list(PREPEND libraries torch_cuda c10_cuda)
  endif()
  add_library(strata::torch INTERFACE IMPORTED GLOBAL)
  foreach(library IN LISTS libraries)
    add_library(LibTorch::${library} SHARED IMPORTED GLOBAL)
    set_target_properties(LibTorch::${library} PROPERTIES IMPORTED_LOCATION
                                                          "${root}/lib/lib${library}.so")
    target_link_libraries(strata::torch INTERFACE LibTorch::${library})
  endforeach()
  target_include_directories(
    strata::torch SYSTEM INTERFACE "${root}/include" "${root}/include/torch/csrc/api/include")
  target_compile_features(strata::torch INTERFACE cxx_std_20)
  # PyTorch's packages keep the NVIDIA libraries that LibTorch asks for beside it.
  file(GLOB nvidia "${root}/../nvidia/*/lib")
  foreach(folder IN LISTS nvidia)
    cmake_path(NORMAL_PATH folder)
    target_link_options(strata::torch INTERFACE "LINKER:-rpath,${folder}")
  endforeach()
  # What only a driver brings is loaded when it is used; the linker must not ask for it.
  target_link_options(strata::torch INTERFACE "LINKER:--allow-shlib-undefined")
  if(STRATA_CUDA)
    # Nothing refers to torch_cuda by name: it registers itself when it is loaded. A linker that
    # drops what is not referred to would drop the GPU.
    target_link_options(strata::torch INTERFACE "LINKER:--no-as-needed")
  endif()
endfunction()

set(LibTorch_ROOT "")
set(LibTorch_VERSION "")
set(_problem "")
_strata_torch_candidates(_candidates)
foreach(_candidate IN LISTS _candidates)
  if(EXISTS "${_candidate}/include/ATen/ATen.h" AND EXISTS "${_candidate}/lib/libtorch_cpu.so")
    file(REAL_PATH "${_candidate}" LibTorch_ROOT)
    break()
  endif()
endforeach()

if(NOT LibTorch_ROOT)
  list(JOIN _candidates ", " _looked)
  set(_problem "LibTorch was not found in: ${_looked}. Run scripts/setup, or set LIBTORCH to the \
folder that holds include/ and lib/")
else()
  _strata_torch_version("${LibTorch_ROOT}" LibTorch_VERSION)
  if(LibTorch_VERSION VERSION_LESS 2.7)
    set(_problem "${LibTorch_ROOT} is LibTorch ${LibTorch_VERSION}; strata needs 2.7 or newer")
  elseif(STRATA_CUDA AND NOT EXISTS "${LibTorch_ROOT}/lib/libtorch_cuda.so")
    set(_problem "${LibTorch_ROOT} is LibTorch without CUDA. Run CUDA=1 scripts/setup, or set \
LIBTORCH to one with it")
  else()
    if(NOT TARGET strata::torch)
      _strata_torch_targets("${LibTorch_ROOT}")
    endif()
    _strata_torch_links(_links)
    if(NOT _links)
      set(_problem "${LibTorch_ROOT} does not link with ${CMAKE_CXX_COMPILER}; it may be built with \
the ABI from before C++11")
    endif()
  endif()
endif()
if(_problem)
  set(LibTorch_ROOT LibTorch_ROOT-NOTFOUND)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_ROOT
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "${_problem}")
