; directives: //(?:go:|\s*\+build|\s*nolint|\s*export |\s*line |lint:|\s*Code generated|\s*Deprecated:)

; Calls.
(call_expression function: (identifier) @call)
(call_expression function: (selector_expression operand: (_) @qualifier field: (_) @call))
(call_expression function: (index_expression operand: (identifier) @call))
(composite_literal type: [(type_identifier) (qualified_type)] @call)
(composite_literal type: (generic_type type: [(type_identifier) (qualified_type)] @call))

; Embedded structs and interfaces.
(field_declaration !name type: [(type_identifier) (qualified_type)] @base)
(field_declaration !name type: (generic_type type: [(type_identifier) (qualified_type)] @base))
(interface_type (type_elem . [(type_identifier) (qualified_type)] @base .))

; Types.
(type_identifier) @type
(qualified_type) @type
(type_spec name: (_) @other)
(type_alias name: (_) @other)

; Imports.
(import_spec !name path: (_) @named)
(import_spec name: (package_identifier) @bound path: (_) @origin)
(import_spec name: [(dot) (blank_identifier)] path: (_) @origin)

; Data.
(literal_value) @literal
(func_literal) @code

; What stands above `import "C"` is code.
(comment) @comment
[
  (package_clause)
  (import_declaration)
  (function_declaration)
  (method_declaration)
  (type_declaration)
  (type_spec)
  (const_spec)
  (field_declaration)
  (method_elem)
] @documented
(source_file [(const_declaration) (var_declaration)] @documented)
