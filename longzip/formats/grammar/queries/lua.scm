; names: lua luajit
; extensions: .lua .rockspec
; shebang: lua luajit texlua resty
; grammar: tree_sitter_lua language
; comment: --
; block comment: --[[ ]]
; sticky: (

(comment) @comment

(block) @body

; Guards stay whole.
(if_statement
  consequence: (block . (comment)* . [(return_statement) (break_statement) (goto_statement)] .)
  !alternative) @whole
((if_statement
  consequence: (block . (comment)* . (function_call name: (identifier) @exit) .)
  !alternative) @whole
  (#eq? @exit "error"))

; Definitions.
(function_declaration name: [(identifier) (dot_index_expression)] @name) @function
(function_declaration name: (method_index_expression table: (_) @receiver method: (_) @name)) @function
(assignment_statement
  (variable_list . name: (_) @name)
  (expression_list . value: (function_definition))) @function

; Blocks of tests.
((function_call name: (identifier) @kind arguments: (arguments . (string) @name (function_definition))) @function
  (#any-of? @kind "it" "test" "spec" "pending"))
((function_call
    name: (identifier) @kind
    arguments: (arguments . (string) @name (function_definition body: (block) @members))) @scope
  (#any-of? @kind "describe" "context" "insulate" "expose"))

; Statements of the whole file, wherever they stand.
(chunk (do_statement body: (block) @members))
(chunk (if_statement consequence: (block) @members))
(chunk (return_statement (expression_list . (function_definition body: (block) @members) .)))

; What a run of statements is called.
((chunk (variable_declaration (assignment_statement (expression_list .
    value: (function_call name: (identifier) @require)))) @import)
  (#eq? @require "require"))
((chunk (variable_declaration (assignment_statement (expression_list . value: (dot_index_expression
    table: (function_call name: (identifier) @require))))) @import)
  (#eq? @require "require"))
((chunk (function_call name: (identifier) @require) @import) (#eq? @require "require"))
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name))) @value)
(chunk (assignment_statement (variable_list . name: (_) @name)) @value)
