; documentation: --- --[[--
; directives: --\s*(?:luacheck|stylua|selene|#)

; Calls.
(function_call name: (identifier) @call)
(function_call name: (dot_index_expression table: (_) @qualifier field: (_) @call))
(function_call name: (method_index_expression table: (_) @qualifier method: (_) @call))

; Imports.
((variable_declaration (assignment_statement
    (variable_list . name: (identifier) @bound)
    (expression_list . value: [
      (function_call name: (identifier) @require arguments: (arguments . (string) @origin))
      (dot_index_expression table: (function_call name: (identifier) @require arguments: (arguments . (string) @origin)))
    ])))
  (#eq? @require "require"))
((chunk (function_call name: (identifier) @require arguments: (arguments . (string) @origin))) (#eq? @require "require"))

; Data.
(table_constructor) @literal
(function_definition) @code

(comment) @comment
(function_declaration) @documented
(chunk (variable_declaration) @documented)
(chunk (assignment_statement) @documented)
