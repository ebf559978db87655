; names: cmake
; extensions: .cmake cmakelists.txt
; grammar: tree_sitter_language_pack get_language cmake
; extra: languages
; comment: #

[(line_comment) (bracket_comment)] @comment

(body) @body
((normal_command (identifier) @kind (argument_list) @body) (#any-of? @kind "set" "list" "SET" "LIST"))

; Definitions.
(function_def (function_command (argument_list . (argument) @name))) @function
(macro_def (macro_command (argument_list . (argument) @name))) @function

; Statements of the whole file, wherever they stand.
(source_file (if_condition (body) @members))
(source_file (foreach_loop (body) @members))

; What a run of statements is called.
((source_file (normal_command (identifier) @kind) @import)
  (#any-of? @kind "include" "find_package" "cmake_minimum_required" "INCLUDE" "FIND_PACKAGE" "CMAKE_MINIMUM_REQUIRED"))
((source_file (normal_command (identifier) @kind (argument_list . (argument) @name)) @value)
  (#any-of? @kind "set" "option" "project" "add_library" "add_executable" "add_custom_target" "target_link_libraries" "SET" "OPTION" "PROJECT"))
