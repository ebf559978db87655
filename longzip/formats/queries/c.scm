; names: c
; extensions: .c .h
; grammar: tree_sitter_c language
; comment: //
; block comment: /* */

(comment) @comment

(compound_statement) @body
(case_statement) @body
(declaration_list) @body
(field_declaration_list) @body

; #if ... #endif: the directives hold each other, what is between them may go. The grammar misreads
; `#ifdef __cplusplus / extern "C" { / #endif`: those halves must not be taken out either.
(preproc_if) @members
(preproc_ifdef) @members
(preproc_else) @members @clause
(preproc_elif) @members @clause
(preproc_elifdef) @members @clause
((preproc_call directive: (preproc_directive) @directive) @clause (#match? @directive "^#\\s*(if|el|end)"))
(preproc_ifdef (MISSING "#endif")) @clause
(preproc_if (MISSING "#endif")) @clause

; Guards stay whole.
(if_statement
  consequence: (compound_statement . [(return_statement) (goto_statement) (continue_statement) (break_statement)] .)
  !alternative) @whole

; Definitions.
(function_definition declarator: (function_declarator declarator: (_) @name)) @function
(function_definition declarator: (pointer_declarator (function_declarator declarator: (_) @name))) @function
(function_definition declarator: (pointer_declarator (pointer_declarator (function_declarator declarator: (_) @name)))) @function
(translation_unit (struct_specifier name: (_) @name body: (_)) @class)
(translation_unit (union_specifier name: (_) @name body: (_)) @class)
(translation_unit (enum_specifier name: (_) @name body: (_)) @class)
(type_definition type: [(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))] declarator: (type_identifier) @name) @class
(linkage_specification body: (declaration_list) @members)

; What a run of statements is called.
(preproc_include) @import
(preproc_def name: (_) @name) @value
(preproc_function_def name: (_) @name) @value
(declaration declarator: (init_declarator declarator: (identifier) @name)) @value
