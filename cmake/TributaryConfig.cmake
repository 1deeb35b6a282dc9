# find_package(Tributary): the target Tributary::tributary, with all that it links.
include(CMakeFindDependencyMacro)
macro(tributary_need)
  find_dependency(${ARGN})
endmacro()

# FindCAF.cmake stands beside this file, since CAF 0.17 brings no package of its own.
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
include("${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake")
list(POP_FRONT CMAKE_MODULE_PATH)
if(DEFINED Tributary_FOUND AND NOT Tributary_FOUND)
  return() # find_dependency has said what is missing.
endif()
include("${CMAKE_CURRENT_LIST_DIR}/TributaryTargets.cmake")
