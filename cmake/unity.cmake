# Unity builds (the release and sanitizer presets): the files of a room are compiled a few at a time in one go, which halves
# the time of a build from nothing, since the headers dominate it. The dev preset compiles each file alone, for quick
# changes, and so finds missing includes.
option(TRIBUTARY_UNITY "Compile several files of a room at once" OFF)
if(TRIBUTARY_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
  # The main file is not the one that defines a private type here, which GCC warns of.
  add_compile_options(-Wno-subobject-linkage)
endif()

# Files with private names that others of their room use as well: they are compiled alone.
set(TRIBUTARY_ALONE
  health_monitor.cpp health_record.cpp job_queue.cpp monitored_provider.cpp provider.cpp settings_rules.cpp connector.cpp exchange.cpp header_values.cpp report_apply.cpp render_test.cpp settings_values.cpp
  catalog_shelf_test.cpp)

# tributary_alone(SOURCES...): keeps those of them that must be out of the unity files of the target.
function(tributary_alone)
  foreach(_source IN LISTS ARGN)
    cmake_path(GET _source FILENAME _name)
    if(_name IN_LIST TRIBUTARY_ALONE)
      set_source_files_properties(${_source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()
