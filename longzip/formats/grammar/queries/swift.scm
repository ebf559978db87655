; names: swift
; extensions: .swift
; shebang: swift
; grammar: tree_sitter_swift language
; branches: yes
; holder: class LongzipHolder {
; comment: //
; block comment: /* */

[(comment) (multiline_comment)] @comment

(statements) @body
(class_body) @body
(enum_class_body) @body
(protocol_body) @body
(switch_statement) @body

; A branch holds at least one statement: the last stays.
(switch_entry (statements (_) @clause . [(comment) (multiline_comment)]* .))

; #if, #else and #endif hold each other; what is between them may go.
(directive) @clause

; Guards stay whole.
(guard_statement) @whole
(if_statement
  condition: (_) . [(comment) (multiline_comment)]* .
  (statements . [(comment) (multiline_comment)]* . (control_transfer_statement) .) .) @whole

; Definitions.
(function_declaration name: (_) @name) @function
(init_declaration "init" @name) @function
(deinit_declaration "deinit" @name) @function
(subscript_declaration "subscript" @name) @function
(property_declaration name: (pattern bound_identifier: (_) @name) computed_value: (_)) @function
(class_declaration name: (_) @name) @class
(class_declaration body: [(class_body) (enum_class_body)] @members)
(protocol_declaration name: (_) @name) @class
(protocol_declaration body: (_) @members)

; What a run of statements is called.
(import_declaration) @import
(source_file (property_declaration name: (pattern bound_identifier: (_) @name)) @value)
(typealias_declaration name: (type_identifier) @name) @value
