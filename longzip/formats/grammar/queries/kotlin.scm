; names: kotlin kt kts
; extensions: .kt .kts
; shebang: kotlin kscript
; grammar: tree_sitter_kotlin language
; holder: class LongzipHolder {
; comment: //
; block comment: /* */

[(line_comment) (block_comment)] @comment

(block) @body
(lambda_literal) @body
(class_body) @body
(enum_class_body) @body
(when_expression) @body
(enum_class_body (enum_entry) @clause)

; Guards stay whole.
(if_expression condition: (_) . (block . [(line_comment) (block_comment)]* . [(return_expression) (throw_expression)] .) .) @whole
((if_expression condition: (_) . (block . [(line_comment) (block_comment)]* . [
    (identifier) @exit
    (labeled_expression . (label) @exit)
  ] .) .) @whole
  (#match? @exit "^(continue|break)@?$"))

; Definitions.
(function_declaration [(user_type) (nullable_type)] @receiver "." name: (_) @name) @function
(function_declaration name: (_) @name) @function
(secondary_constructor "constructor" @name) @function
(class_declaration name: (_) @name) @class
(class_declaration (class_body) @members)
(class_declaration (enum_class_body) @members)
(object_declaration name: (_) @name) @class
(object_declaration (class_body) @members)
(companion_object (class_body) @members)

; What a run of statements is called.
[(import) (package_header)] @import
(source_file (property_declaration (variable_declaration (identifier) @name)) @value)
(type_alias type: (_) @name) @value
