; documentation: /**
; directives: //\s*(?:scalafmt|scalastyle|format:|scalafix|>|noinspection)

; Calls.
(call_expression function: (identifier) @call)
(call_expression function: (field_expression value: (_) @qualifier field: (_) @call))
(call_expression function: (generic_function function: (identifier) @call))
(call_expression function: (generic_function function: (field_expression value: (_) @qualifier field: (_) @call)))
(infix_expression operator: (identifier) @call)
(instance_expression . [(type_identifier) (stable_type_identifier)] @call)
(instance_expression . (generic_type type: [(type_identifier) (stable_type_identifier)] @call))
(annotation name: [(type_identifier) (stable_type_identifier)] @call)

; Super classes.
(extends_clause [(type_identifier) (stable_type_identifier)] @base)
(extends_clause (generic_type type: [(type_identifier) (stable_type_identifier)] @base))

; Types.
(type_identifier) @type
(stable_type_identifier) @type
(type_definition name: (_) @other)

; Imports.
((import_declaration path: _+ @origin) @statement (#not-match? @statement "[{]| as "))
(import_declaration (identifier) @bound .)
(import_declaration path: _+ @prefix . [(namespace_selectors) (as_renamed_identifier)])
(namespace_selectors (identifier) @named)
(arrow_renamed_identifier name: (identifier) @origin alias: (_) @bound)
(as_renamed_identifier name: (identifier) @origin alias: (_) @bound)

; Data.
((call_expression
    function: [(identifier) @make (generic_function function: (identifier) @make)]
    arguments: (arguments) @literal)
  (#any-of? @make "List" "Seq" "Map" "Set" "Vector" "Array" "IndexedSeq" "ListMap" "SortedMap" "TreeMap" "Nil" "Stream" "LazyList"))
[(lambda_expression) (block) (case_block) (template_body)] @code

[(comment) (block_comment)] @comment
[
  (class_definition)
  (object_definition)
  (trait_definition)
  (enum_definition)
  (function_definition)
  (function_declaration)
  (type_definition)
  (package_object)
  (given_definition)
  (extension_definition)
] @documented
(template_body [(val_definition) (var_definition)] @documented)
(compilation_unit (val_definition) @documented)
