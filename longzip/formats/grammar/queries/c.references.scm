; documentation: /** /*! /// //!
; directives: (?://|/\*)\s*(?:NOLINT|clang-format|IWYU|cppcheck|coverity|LCOV|lint |-\*-|@?GENERATED)

; Calls.
(call_expression function: (identifier) @call)
(call_expression function: (field_expression argument: (_) @qualifier field: (field_identifier) @call))
(compound_literal_expression type: (type_descriptor type: (type_identifier) @call))

; Types.
(type_identifier) @type
(struct_specifier name: (_) @other body: (_))
(union_specifier name: (_) @other body: (_))
(enum_specifier name: (_) @other body: (_))
(type_definition declarator: (type_identifier) @other)

; Imports.
(preproc_include path: (_) @origin)

; Data.
(initializer_list) @literal
(compound_statement) @code

(comment) @comment
[(function_definition) (type_definition) (preproc_def) (preproc_function_def) (field_declaration)] @documented
[(struct_specifier) (union_specifier) (enum_specifier)] @documented
(translation_unit (declaration) @documented)
(preproc_if (declaration) @documented)
(preproc_ifdef (declaration) @documented)
(preproc_else (declaration) @documented)
(declaration_list (declaration) @documented)
