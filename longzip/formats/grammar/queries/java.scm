; names: java
; extensions: .java
; grammar: tree_sitter_java language
; holder: class LongzipHolder {
; comment: //
; block comment: /* */

[(line_comment) (block_comment)] @comment

(block) @body
(constructor_body) @body
(class_body) @body
(interface_body) @body
(annotation_type_body) @body
(enum_body_declarations) @body
(switch_block) @body
(switch_block_statement_group) @body

; Guards stay whole.
(if_statement
  consequence: [
    (block . [(return_statement) (throw_statement) (continue_statement) (break_statement)] .)
    (block . [(line_comment) (block_comment)]+ . [(return_statement) (throw_statement) (continue_statement) (break_statement)] .)
  ]
  !alternative) @whole

; Definitions.
(method_declaration name: (_) @name body: (_)) @function
(constructor_declaration name: (_) @name) @function
(compact_constructor_declaration name: (_) @name) @function
(class_declaration name: (_) @name body: (class_body) @members) @class
(interface_declaration name: (_) @name body: (interface_body) @members) @class
(record_declaration name: (_) @name body: (class_body) @members) @class
(enum_declaration name: (_) @name) @class
(enum_declaration body: (enum_body (enum_body_declarations) @members))
(annotation_type_declaration name: (_) @name) @class

(program [(import_declaration) (package_declaration)] @import)
