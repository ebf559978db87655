; names: python py python3 pyi
; extensions: .py .pyi .pyw .ipynb
; shebang: python pypy
; grammar: tree_sitter_python language
; holder: class LongzipHolder:
; comment: #
; placeholder: ...
; masks: (?m)^[ \t]*([%!][^\n]*)$

(comment) @comment

; Statement lists. The block of a match statement is not one: it may hold nothing but cases.
(function_definition body: (block) @body)
(if_statement consequence: (block) @body)
(elif_clause consequence: (block) @body)
(else_clause body: (block) @body)
(for_statement body: (block) @body)
(while_statement body: (block) @body)
(with_statement body: (block) @body)
(try_statement body: (block) @body)
(except_clause (block) @body)
(finally_clause (block) @body)
(case_clause consequence: (block) @body)

; Guards stay whole, and so do branches that only leave.
(if_statement
  consequence: (block . [(return_statement) (raise_statement) (continue_statement) (break_statement)] .)
  !alternative) @whole
(if_statement consequence: (block . [(return_statement) (raise_statement) (continue_statement) (break_statement)] .) @whole)
(elif_clause consequence: (block . [(return_statement) (raise_statement) (continue_statement) (break_statement)] .) @whole)
(else_clause body: (block . [(return_statement) (raise_statement) (continue_statement) (break_statement)] .) @whole)

; Definitions.
(function_definition name: (identifier) @name) @function
(class_definition name: (identifier) @name body: (block) @members) @class
(module (if_statement consequence: (block) @members))
(module (if_statement alternative: (elif_clause consequence: (block) @members)))
(module (if_statement alternative: (else_clause body: (block) @members)))
(module (try_statement body: (block) @members))
(module (try_statement (except_clause (block) @members)))
(module (try_statement (else_clause body: (block) @members)))

; What a run of statements is called.
(module [(import_statement) (import_from_statement) (future_import_statement)] @import)
(module (expression_statement (assignment left: (identifier) @name)) @value)
(module (type_alias_statement left: (type) @name) @value)
