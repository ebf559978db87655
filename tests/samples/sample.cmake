# Builds the line counter.
cmake_minimum_required(VERSION 3.20)
project(line_counter VERSION 2.4.1 LANGUAGES C CXX)

include(GNUInstallDirs)
include(CTest)
find_package(Threads REQUIRED)

option(COUNTER_TESTS "Build the tests" ON)
set(COUNTER_READERS
  text
  archive # zip and tar
  remote
)

#[[ Adds a reader:
    one library for each. ]]
function(add_reader name)
  set(options STATIC)
  cmake_parse_arguments(READER "${options}" "FOLDER" "SOURCES" ${ARGN})
  if(NOT READER_SOURCES)
    message(FATAL_ERROR "no sources for ${name}")
  endif()
  add_library(${name} ${READER_SOURCES})
  target_link_libraries(${name}
    PUBLIC
      Threads::Threads
  )
  if(READER_STATIC)
    target_compile_definitions(${name} PRIVATE COUNTER_STATIC)
    set_target_properties(${name} PROPERTIES FOLDER static)
  elseif(READER_FOLDER)
    # where the user wants it
    set_target_properties(${name} PROPERTIES FOLDER ${READER_FOLDER})
  else()
    set_target_properties(${name} PROPERTIES FOLDER readers)
    message(STATUS "no folder for ${name}")
  endif()
endfunction()

# Counts the lines of a file at configure time.
macro(count_lines path result)
  file(STRINGS ${path} lines)
  list(LENGTH lines ${result})
endmacro()

foreach(reader IN LISTS COUNTER_READERS)
  add_reader(counter_${reader} SOURCES src/${reader}.c)
  message(STATUS "reader: ${reader}")
  install(TARGETS counter_${reader})
endforeach()

while(count LESS 3)
  math(EXPR count "${count} + 1")
  message(STATUS ${count})
endwhile()

if(COUNTER_TESTS AND BUILD_TESTING)
  add_executable(counter_test tests/main.c)
  target_link_libraries(counter_test PRIVATE counter_text)
  add_test(NAME counts COMMAND counter_test)
else()
  message(STATUS "without tests")
endif()

install(
  FILES include/counter.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
)
