# What another project links: one static library of all rooms below the program, the API's headers, and a CMake
# package. docs/embedding.md explains them.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The headers to include; what they include themselves is installed with them.
set(TRIBUTARY_API_HEADERS app/engine.hpp app/log.hpp messages/actors.hpp messages/register.hpp net/client/loader.hpp
  net/client/part_file.hpp)

add_library(tributary_library STATIC)
add_library(Tributary::tributary ALIAS tributary_library)
foreach(_room IN ITEMS policy config messages store beast client gateway actors engine)
  target_sources(tributary_library PRIVATE $<TARGET_OBJECTS:tributary_${_room}>)
  get_target_property(_links tributary_${_room} LINK_LIBRARIES)
  list(FILTER _links EXCLUDE REGEX "^tributary_")
  target_link_libraries(tributary_library PRIVATE ${_links})
endforeach()
target_link_libraries(tributary_library PUBLIC CAF::core)
target_compile_features(tributary_library PUBLIC cxx_std_20)
set_target_properties(tributary_library PROPERTIES OUTPUT_NAME tributary EXPORT_NAME tributary LINKER_LANGUAGE CXX)

# In the build tree, too, the API is <tributary/app/engine.hpp>.
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/include")
file(CREATE_LINK "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/include/tributary" SYMBOLIC)
target_include_directories(tributary_library INTERFACE
  "$<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>" "$<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")

install(TARGETS tributary RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS tributary_library EXPORT tributary ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(CODE "set(SOURCE \"${CMAKE_SOURCE_DIR}\")\nset(HEADERS \"${TRIBUTARY_API_HEADERS}\")")
install(SCRIPT "${CMAKE_SOURCE_DIR}/cmake/install_headers.cmake")

set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/Tributary")
install(EXPORT tributary NAMESPACE Tributary:: FILE TributaryTargets.cmake DESTINATION "${_package}")
write_basic_package_version_file("${CMAKE_BINARY_DIR}/TributaryConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES cmake/TributaryConfig.cmake cmake/dependencies.cmake cmake/FindCAF.cmake
  "${CMAKE_BINARY_DIR}/TributaryConfigVersion.cmake" DESTINATION "${_package}")
install(FILES examples/settings.json examples/embed.cpp DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples")
