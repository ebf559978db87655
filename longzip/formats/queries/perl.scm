; names: perl pl pm
; extensions: .pl .pm .t .psgi .cgi cpanfile
; shebang: perl
; grammar: tree_sitter_language_pack get_language perl
; extra: languages
; comment: #

(comment) @comment

(block) @body

(heredoc_content) @follow

; What follows is text.
[(eof_marker) (data_section)] @clause

; Guards stay whole.
(conditional_statement
  block: (block . (comment)* . (expression_statement [(return_expression) (loopex_expression)]) .) .) @whole
((conditional_statement
  block: (block . (comment)* . (expression_statement [
    (ambiguous_function_call_expression function: (function) @exit)
    (function_call_expression function: (function) @exit)]) .) .) @whole
  (#any-of? @exit "die" "croak" "confess" "exit"))

; Definitions.
(subroutine_declaration_statement name: (_) @name) @function
(method_declaration_statement name: (_) @name) @function
(package_statement name: (_) @name (block) @members) @class
(class_statement name: (_) @name (block) @members) @class

; Blocks of tests.
((expression_statement (ambiguous_function_call_expression
    function: (function) @kind arguments: (list_expression . (_) @name (anonymous_subroutine_expression)))) @function
  (#any-of? @kind "subtest" "describe" "it"))

; What a run of statements is called.
[(use_statement) (require_expression) (package_statement !name)] @import
(source_file (expression_statement (assignment_expression left: (variable_declaration (_) @name))) @value)
