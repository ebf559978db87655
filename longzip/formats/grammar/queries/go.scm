; names: go golang
; extensions: .go
; grammar: tree_sitter_go language
; comment: //
; block comment: /* */

(comment) @comment

(statement_list) @body
(expression_switch_statement) @body
(type_switch_statement) @body
(select_statement) @body
(field_declaration_list) @body
(interface_type) @body

; Guards stay whole.
(if_statement
  consequence: (block (statement_list . [(return_statement) (continue_statement) (break_statement) (goto_statement)] .))
  !alternative) @whole

; Definitions.
(function_declaration name: (_) @name) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: (_) @receiver)) name: (_) @name) @function
(type_declaration . (type_spec name: (_) @name type: [(struct_type) (interface_type)]) .) @class

; What a run of statements is called.
(source_file [(package_clause) (import_declaration)] @import)
(source_file (type_declaration . [(type_spec name: (_) @name) (type_alias name: (_) @name)]) @value)
(source_file (const_declaration . (const_spec name: (_) @name)) @value)
(source_file (var_declaration . [(var_spec name: (_) @name) (var_spec_list . (var_spec name: (_) @name))]) @value)
