# tributary_room(NAME SOURCES... [LINK...]): one static library per room of the house, tributary_NAME.
# Every room sees the source tree's root as its include folder: #include "policy/backoff.hpp".
function(tributary_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  add_library(tributary_${name} STATIC ${ROOM_SOURCES})
  tributary_alone(${ROOM_SOURCES})
  target_include_directories(tributary_${name} PUBLIC "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>")
  target_link_libraries(tributary_${name} PUBLIC ${ROOM_LINK} PRIVATE tributary_warnings)
endfunction()

# tributary_test(NAME [UNITY] SOURCES... [LINK...]): one doctest program per room, known to ctest as NAME. UNITY: its files
# may be compiled together (cmake/unity.cmake).
function(tributary_test name)
  cmake_parse_arguments(T "UNITY" "TIMEOUT" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  if(T_UNITY)
    tributary_alone(${T_SOURCES})
  else()
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_link_libraries(${name} PRIVATE ${T_LINK} tributary_test_main tributary_warnings)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${T_TIMEOUT})
endfunction()
