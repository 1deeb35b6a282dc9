# tributary_embed(TARGET FILES...): builds text files of the calling folder into the target, by their names there
# (net/gateway/embedded.hpp). Run as a script (cmake -P) it writes the source that holds them.
if(CMAKE_SCRIPT_MODE_FILE)
  set(_entries "")
  foreach(_file IN LISTS FILES)
    file(READ "${FOLDER}/${_file}" _text)
    string(APPEND _entries "    {\"${_file}\", R\"embedded(${_text})embedded\"},\n")
  endforeach()
  file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.\n#include \"net/gateway/embedded.hpp\"\n\n"
    "namespace tributary::gateway {\n\nstd::span<const embedded_file> embedded_files() noexcept {\n"
    "  static constexpr embedded_file all[] = {\n${_entries}  };\n  return all;\n}\n\n} // namespace tributary::gateway\n")
  return()
endif()

set(_tributary_embed_script "${CMAKE_CURRENT_LIST_FILE}")
function(tributary_embed target)
  set(_output "${CMAKE_CURRENT_BINARY_DIR}/embedded.cpp")
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" OUTPUT_VARIABLE _paths)
  add_custom_command(OUTPUT "${_output}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${CMAKE_CURRENT_SOURCE_DIR}" "-DFILES=${ARGN}" "-DOUTPUT=${_output}"
      -P "${_tributary_embed_script}"
    DEPENDS ${_paths} "${_tributary_embed_script}" VERBATIM)
  target_sources(${target} PRIVATE "${_output}")
endfunction()
