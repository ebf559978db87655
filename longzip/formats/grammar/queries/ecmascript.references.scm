; documentation: /**
; directives: \{?\s*(?://+|/\*+)\s*(?:#|@(?:ts-|flow|jsx|__PURE__|vite|preserve)|eslint|prettier|istanbul|c8 |v8 |biome|webpack|globals? |jshint|jslint|tslint|deno-|/ ?<)

; Calls.
(call_expression function: (identifier) @call)
(call_expression function: (member_expression object: (_) @qualifier property: (_) @call))
(new_expression constructor: (identifier) @call)
(new_expression constructor: (member_expression object: (_) @qualifier property: (_) @call))
(decorator (identifier) @call)
(decorator (member_expression object: (_) @qualifier property: (_) @call))

; Imports.
(import_statement source: (string) @origin)
(import_clause (identifier) @bound)
(namespace_import (identifier) @bound)
(import_specifier name: (_) @bound !alias)
(import_specifier alias: (_) @bound)
((variable_declarator
    name: [
      (identifier) @bound
      (object_pattern [(shorthand_property_identifier_pattern) @bound (pair_pattern value: (identifier) @bound)])
    ]
    value: [
      (call_expression function: (identifier) @require arguments: (arguments . (string) @origin))
      (member_expression object: (call_expression function: (identifier) @require arguments: (arguments . (string) @origin)))
    ])
  (#eq? @require "require"))

; Data.
[(array) (object)] @literal
[(function_expression) (arrow_function) (method_definition) (class_body)] @code

(comment) @comment
[
  (function_declaration)
  (generator_function_declaration)
  (class_declaration)
  (method_definition)
  (decorator)
  (export_statement)
] @documented
(program [(lexical_declaration) (variable_declaration)] @documented)
(expression_statement (assignment_expression right: [(function_expression) (arrow_function)])) @documented
(pair value: [(function_expression) (arrow_function)]) @documented
