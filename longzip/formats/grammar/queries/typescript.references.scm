; extends: ecmascript.references

; Super classes.
(extends_clause value: (identifier) @base)
(extends_clause value: (member_expression object: (_) @qualifier property: (_) @base))
(implements_clause [(type_identifier) @base (nested_type_identifier) @base (generic_type name: (_) @base)])
(extends_type_clause [(type_identifier) @base (nested_type_identifier) @base (generic_type name: (_) @base)])

; Types.
(type_identifier) @type
(nested_type_identifier) @type
(class_declaration name: (_) @other)
(class name: (_) @other)
(abstract_class_declaration name: (_) @other)
(interface_declaration name: (_) @other)
(type_alias_declaration name: (_) @other)
(type_parameter name: (_) @other)

(import_require_clause (identifier) @bound source: (string) @origin)

[
  (abstract_class_declaration)
  (interface_declaration)
  (type_alias_declaration)
  (enum_declaration)
  (internal_module)
  (ambient_declaration)
  (function_signature)
  (method_signature)
  (abstract_method_signature)
  (property_signature)
  (public_field_definition)
] @documented
