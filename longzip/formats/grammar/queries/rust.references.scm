; documentation: /// //! /** /*!
; directives: //\s*(?:rustfmt|clippy|@|~|SAFETY)

; Calls.
(call_expression function: [(identifier) (scoped_identifier)] @call)
(call_expression function: (field_expression value: (_) @qualifier field: (field_identifier) @call))
(call_expression function: (generic_function function: [(identifier) (scoped_identifier)] @call))
(call_expression function: (generic_function function: (field_expression value: (_) @qualifier field: (field_identifier) @call)))
(struct_expression name: [(type_identifier) (scoped_type_identifier)] @call)
(struct_expression name: (generic_type_with_turbofish type: (_) @call))
(macro_invocation macro: [(identifier) (scoped_identifier)] @call)
(attribute . [(identifier) (scoped_identifier)] @call)
((attribute (identifier) @derive arguments: (token_tree (identifier) @call)) (#eq? @derive "derive"))

; Traits.
(impl_item trait: [(type_identifier) (scoped_type_identifier)] @base)
(impl_item trait: (generic_type type: [(type_identifier) (scoped_type_identifier)] @base))
(trait_item bounds: (trait_bounds [(type_identifier) (scoped_type_identifier)] @base))
(trait_item bounds: (trait_bounds (generic_type type: [(type_identifier) (scoped_type_identifier)] @base)))

; Types.
(type_identifier) @type
(scoped_type_identifier) @type
(struct_item name: (_) @other)
(enum_item name: (_) @other)
(union_item name: (_) @other)
(trait_item name: (_) @other)
(type_item name: (_) @other)
(associated_type name: (_) @other)
(type_parameter name: (_) @other)

; Imports.
(use_declaration argument: [(identifier) (scoped_identifier)] @named)
(use_list [(identifier) (scoped_identifier)] @named)
(use_as_clause path: (_) @origin alias: (_) @bound)
(use_wildcard (_) @origin)
(scoped_use_list path: (_) @prefix)
(scoped_use_list path: [(identifier) @bound (scoped_identifier name: (_) @bound)] list: (use_list (self)))
(scoped_use_list path: (_) @origin list: (use_list (self)))
(extern_crate_declaration name: (_) @named !alias)
(extern_crate_declaration name: (_) @origin alias: (_) @bound)

; Data.
(array_expression) @literal
[(closure_expression) (block)] @code

[(line_comment) (block_comment)] @comment
[
  (attribute_item)
  (function_item)
  (function_signature_item)
  (struct_item)
  (enum_item)
  (union_item)
  (trait_item)
  (impl_item)
  (mod_item)
  (macro_definition)
  (const_item)
  (static_item)
  (type_item)
  (field_declaration)
  (enum_variant)
] @documented
