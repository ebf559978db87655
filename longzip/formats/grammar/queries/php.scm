; names: php php8 phtml
; extensions: .php .phtml .php5 .phpt
; shebang: php
; grammar: tree_sitter_php language_php
; opens: <?php
; holder: class LongzipHolder {
; comment: //
; block comment: /* */

(comment) @comment

(compound_statement) @body
(colon_block) @body
(declaration_list) @body
(enum_declaration_list) @body
(switch_block) @body
(case_statement) @body
(default_statement) @body

; Without it all that follows is text.
(program (php_tag) @clause)

; It may end the statement before it.
((_) @before . (text_interpolation) @clause
  (#not-match? @before "[;}]$"))

; Guards stay whole.
(if_statement
  body: [
    (compound_statement . (comment)* .
      [(return_statement) (continue_statement) (break_statement) (exit_statement) (goto_statement)] .)
    (compound_statement . (comment)* . (expression_statement (throw_expression)) .)
  ]
  !alternative) @whole

; Definitions.
(function_definition name: (_) @name) @function
(method_declaration name: (_) @name) @function
(class_declaration name: (_) @name body: (declaration_list) @members) @class
(interface_declaration name: (_) @name body: (declaration_list) @members) @class
(trait_declaration name: (_) @name body: (declaration_list) @members) @class
(enum_declaration name: (_) @name body: (enum_declaration_list) @members) @class
(namespace_definition name: (_) @name body: (compound_statement) @members) @scope
(namespace_definition !name body: (compound_statement) @members)
(program (if_statement body: (compound_statement) @members))
(program (return_statement [
  (anonymous_function body: (_) @members)
  (parenthesized_expression (anonymous_function body: (_) @members))]))

; What a run of statements is called.
(namespace_use_declaration) @import
(namespace_definition !body) @import
(program (expression_statement
  [(require_expression) (require_once_expression) (include_expression) (include_once_expression)]) @import)
(program (const_declaration (const_element (name) @name)) @value)
(program (expression_statement (assignment_expression left: (variable_name) @name)) @value)
