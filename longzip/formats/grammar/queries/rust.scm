; names: rust rs
; extensions: .rs
; shebang: rust-script
; grammar: tree_sitter_rust language
; holder: impl LongzipHolder {
; comment: //
; block comment: /* */

[(line_comment) (block_comment)] @comment
(attribute_item) @attach

(block) @body
(declaration_list) @body
(match_block) @body

; Guards stay whole, and so does `let ... else`.
(expression_statement
  (if_expression
    consequence: [
      (block . (expression_statement [(return_expression) (continue_expression) (break_expression)]) .)
      (block . [(return_expression) (continue_expression) (break_expression)] .)
      (block . (line_comment)+ . (expression_statement [(return_expression) (continue_expression) (break_expression)]) .)
      (block . (expression_statement (macro_invocation
        macro: (identifier) @panic (#any-of? @panic "panic" "bail" "unreachable" "todo" "unimplemented"))) .)
    ]
    !alternative)) @whole
(let_declaration alternative: (block)) @whole

; Definitions.
(function_item name: (_) @name) @function
(macro_definition name: (_) @name) @function
(impl_item type: (_) @name body: (declaration_list) @members) @class
(trait_item name: (_) @name body: (declaration_list) @members) @class
(struct_item name: (_) @name) @class
(enum_item name: (_) @name) @class
(union_item name: (_) @name) @class
(mod_item name: (_) @name body: (declaration_list) @members) @scope
(foreign_mod_item body: (declaration_list) @members)

; What a run of statements is called.
(source_file [(use_declaration) (extern_crate_declaration)] @import)
(const_item name: (_) @name) @value
(static_item name: (_) @name) @value
(type_item name: (_) @name) @value
