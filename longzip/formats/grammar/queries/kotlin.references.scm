; documentation: /**
; directives: //\s*(?:noinspection|ktlint|@formatter|detekt)

; Calls.
(call_expression . (identifier) @call)
(call_expression . (navigation_expression . (_) @qualifier (identifier) @call .))
(callable_reference (identifier) @call .)
(infix_expression (_) . (identifier) @call . (_))
(annotation (user_type (identifier) @call .))
(annotation (constructor_invocation (user_type (identifier) @call .)))

; Super classes.
(delegation_specifier (user_type (identifier) @base .))
(delegation_specifier (user_type (identifier) @base . (type_arguments)))
(delegation_specifier (constructor_invocation (user_type (identifier) @base .)))
(delegation_specifier (constructor_invocation (user_type (identifier) @base . (type_arguments))))
(explicit_delegation (user_type (identifier) @base .))
(explicit_delegation (user_type (identifier) @base . (type_arguments)))

; Types.
(user_type (identifier) @type .)
(user_type (identifier) @type . (type_arguments))
(user_type . ((identifier) @qualifier ".")+ . (identifier) @type .)
(user_type . ((identifier) @qualifier ".")+ . (identifier) @type . (type_arguments))

; Imports.
(import (qualified_identifier) @origin)
((import (qualified_identifier (identifier) @bound .) .) @statement (#not-match? @statement "\\*\\s*;?$"))
(import (qualified_identifier) . (identifier) @bound)

; Data.
((call_expression . (identifier) @make (value_arguments) @literal)
  (#match? @make "^(list|set|map|array|hashMap|hashSet|linkedMap|sortedMap|mutableList|mutableSet|mutableMap|sequence|arrayList|(int|long|byte|short|char|float|double|boolean|uint|ulong|ubyte)Array)Of$"))
(collection_literal) @literal
[(lambda_literal) (anonymous_function) (class_body)] @code

[(line_comment) (block_comment)] @comment
[
  (class_declaration)
  (object_declaration)
  (companion_object)
  (function_declaration)
  (secondary_constructor)
  (type_alias)
  (enum_entry)
] @documented
(source_file (property_declaration) @documented)
(class_body (property_declaration) @documented)
