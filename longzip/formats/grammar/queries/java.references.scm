; documentation: /**
; directives: //\s*(?:@formatter|CHECKSTYLE|NOSONAR|NOPMD|noinspection|spotless|\$NON-NLS)

; Calls.
(method_invocation !object name: (_) @call)
(method_invocation object: (_) @qualifier name: (_) @call)
(method_reference . (_) @qualifier (identifier) @call .)
(object_creation_expression type: [(type_identifier) (scoped_type_identifier)] @call)
(object_creation_expression type: (generic_type . [(type_identifier) (scoped_type_identifier)] @call))
(marker_annotation name: (_) @call)
(annotation name: (_) @call)

; Super classes.
(superclass [(type_identifier) (scoped_type_identifier)] @base)
(superclass (generic_type . [(type_identifier) (scoped_type_identifier)] @base))
(type_list [(type_identifier) (scoped_type_identifier)] @base)
(type_list (generic_type . [(type_identifier) (scoped_type_identifier)] @base))

; Types.
(type_identifier) @type
(scoped_type_identifier) @type
(scoped_type_identifier . (type_identifier) @other)
(type_parameter (type_identifier) @other)

; Imports.
(import_declaration (scoped_identifier) @origin)
(import_declaration (scoped_identifier name: (_) @bound) .)
(import_declaration (identifier) @origin)

; Data.
(array_initializer) @literal
[(lambda_expression) (class_body)] @code

[(line_comment) (block_comment)] @comment
[
  (class_declaration)
  (interface_declaration)
  (enum_declaration)
  (record_declaration)
  (annotation_type_declaration)
  (method_declaration)
  (constructor_declaration)
  (compact_constructor_declaration)
  (field_declaration)
  (constant_declaration)
  (enum_constant)
] @documented
