; documentation: /** ///
; directives: //\s*(?:swiftlint|swift-tools-version|swiftformat|sourcery|MARK:|@available)

; Calls.
(call_expression . (simple_identifier) @call)
(call_expression . (navigation_expression target: (_) @qualifier suffix: (navigation_suffix suffix: (simple_identifier) @call)))
(constructor_expression constructed_type: (user_type (type_identifier) @call))
(attribute (user_type (type_identifier) @call .))

; Super classes.
(inheritance_specifier inherits_from: (user_type (type_identifier) @base .))
(inheritance_specifier inherits_from: (user_type (type_identifier) @base . (type_arguments)))

; Types.
(user_type (type_identifier) @type .)
(user_type (type_identifier) @type . (type_arguments))
(user_type . ((type_identifier) @qualifier ".")+ . (type_identifier) @type .)
(user_type . ((type_identifier) @qualifier ".")+ . (type_identifier) @type . (type_arguments))

; Imports.
(import_declaration (identifier) @origin)

; Data.
[(array_literal) (dictionary_literal)] @literal
(dictionary_literal value: (_) @part)
[(lambda_literal) (class_body)] @code

[(comment) (multiline_comment)] @comment
[
  (class_declaration)
  (protocol_declaration)
  (function_declaration)
  (protocol_function_declaration)
  (init_declaration)
  (deinit_declaration)
  (subscript_declaration)
  (typealias_declaration)
  (enum_entry)
] @documented
(source_file (property_declaration) @documented)
(class_body (property_declaration) @documented)
