; names: r rscript
; extensions: .r .rprofile
; shebang: rscript r
; grammar: tree_sitter_language_pack get_language r
; extra: languages
; comment: #
; separator: ,

(comment) @comment

(braced_expression) @body
(comma) @clause

; Guards stay whole.
((if_statement
  consequence: (braced_expression . (comment)* . (call function: (_) @exit) .)
  !alternative) @whole
  (#any-of? @exit "return" "stop" "abort" "cli_abort" "invisible" "next" "break"))

; Definitions.
(binary_operator lhs: (_) @name operator: ["<-" "=" "<<-"] rhs: (function_definition)) @function
((call function: (identifier) @kind arguments: (arguments
    . (argument value: (string) @name) (argument value: (function_definition)))) @function
  (#any-of? @kind "setMethod" "setGeneric" "setValidity"))
((binary_operator lhs: (identifier) @name rhs: (call function: (_) @kind arguments: (arguments))) @class
  (#any-of? @kind "R6Class" "R6::R6Class" "ggproto" "setRefClass" "setClass"))
((binary_operator rhs: (call function: (_) @kind arguments: (arguments) @list @members))
  (#any-of? @kind "R6Class" "R6::R6Class" "ggproto" "setRefClass"))
((call function: (_) @kind arguments: (arguments (argument
    name: (identifier) @part value: (call function: (identifier) @list_call arguments: (arguments) @list @members))))
  (#any-of? @kind "R6Class" "R6::R6Class" "setRefClass") (#eq? @list_call "list"))
(arguments (argument name: (_) @name value: (function_definition)) @function)

; Blocks of tests.
((call function: (identifier) @kind
    arguments: (arguments . (argument value: (string) @name) (argument value: (braced_expression)))) @function
  (#any-of? @kind "test_that" "it" "describe"))

; What a run of statements is called.
((program (call function: (identifier) @kind) @import) (#any-of? @kind "library" "require" "source" "requireNamespace"))
(program (binary_operator lhs: (identifier) @name operator: ["<-" "="]) @value)
