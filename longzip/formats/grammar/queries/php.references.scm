; documentation: /**
; directives: (?://|#|/\*)\s*(?:phpcs|@phpstan|@psalm|@codingStandards|@codeCoverage|@var|phpstan|noinspection)

; Calls.
(function_call_expression function: [(name) (qualified_name)] @call)
(member_call_expression object: (_) @qualifier name: (name) @call)
(nullsafe_member_call_expression object: (_) @qualifier name: (name) @call)
(scoped_call_expression scope: (_) @qualifier name: (name) @call)
(object_creation_expression [(name) (qualified_name)] @call)
(attribute . [(name) (qualified_name)] @call)

; Super classes.
(base_clause [(name) (qualified_name)] @base)
(class_interface_clause [(name) (qualified_name)] @base)
(use_declaration [(name) (qualified_name)] @base)

; Types.
(named_type [(name) (qualified_name)] @type)
(type_list (named_type [(name) (qualified_name)] @type))

; Imports.
(namespace_use_clause !alias [(name) (qualified_name)] @named)
(namespace_use_clause [(name) (qualified_name)] @origin alias: (name) @bound)
(namespace_use_declaration (namespace_name) @prefix (namespace_use_group))
(require_expression (string) @origin)
(require_once_expression (string) @origin)
(include_expression (string) @origin)
(include_once_expression (string) @origin)
(require_expression (binary_expression right: (string) @origin))
(require_once_expression (binary_expression right: (string) @origin))
(include_expression (binary_expression right: (string) @origin))
(include_once_expression (binary_expression right: (string) @origin))

; Data.
(array_creation_expression) @literal
[(anonymous_function) (arrow_function) (declaration_list)] @code

(comment) @comment
[
  (class_declaration)
  (interface_declaration)
  (trait_declaration)
  (enum_declaration)
  (enum_case)
  (function_definition)
  (method_declaration)
  (property_declaration)
  (const_declaration)
] @documented
