; extends: c.references

; Calls.
(call_expression function: (qualified_identifier) @call)
(call_expression function: (template_function name: (_) @call))
(call_expression function: (field_expression argument: (_) @qualifier field: (template_method name: (_) @call)))
(new_expression type: [(type_identifier) (qualified_identifier)] @call)
(new_expression type: (template_type name: (_) @call))
(compound_literal_expression type: [(type_identifier) (qualified_identifier)] @call)
(compound_literal_expression type: (template_type name: (_) @call))

; Super classes.
(base_class_clause [(type_identifier) (qualified_identifier)] @base)
(base_class_clause (template_type name: (_) @base))

; Types.
(_ type: (qualified_identifier) @type)
(qualified_identifier name: (template_type name: (_) @other))
(class_specifier name: (_) @other body: (_))
(alias_declaration name: (_) @other)
(type_parameter_declaration (_) @other)

; Imports.
((using_declaration (qualified_identifier) @named) @statement (#not-match? @statement "^using\\s+namespace"))
(using_declaration "namespace" (_) @origin)

(lambda_expression) @code
[(class_specifier) (template_declaration) (alias_declaration) (namespace_definition)] @documented
