; names: c
; extensions: .c .h
; grammar: tree_sitter_c language
; branches: yes
; comment: //
; block comment: /* */
; masks: (?m)^[ \t]*([A-Z_][A-Z0-9]*_[A-Z0-9_]*(?:\([^()\n]*\))?)[ \t\r]*$|\b(?:class|struct)[ \t]+([A-Z][A-Z0-9_]{2,})(?=[ \t]+\w+(?:[ \t]+final)?[ \t\r]*(?:[{:]|$))|\b([A-Z][A-Z0-9]*_[A-Z0-9_]*(?:\([^()\n]*\))?)(?=[ \t]+\w+[ \t*&]+\w+[ \t]*[(;=\[])|(?<=[\w*&][ \t])([A-Z][A-Z0-9_]{3,})(?=[ \t]+\w+[ \t]*\()

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
  consequence: [
    (compound_statement . [(return_statement) (goto_statement) (continue_statement) (break_statement)] .)
    (compound_statement . (comment)+ . [(return_statement) (goto_statement) (continue_statement) (break_statement)] .)
  ]
  !alternative) @whole

; An emptied block in a block reads as a list of values: its first statement stays.
(compound_statement (compound_statement . [(statement) (declaration)] @clause))
(compound_statement (compound_statement . (comment)+ . [(statement) (declaration)] @clause))

; Definitions.
(function_definition declarator: (function_declarator declarator: (_) @name)) @function
(function_definition declarator: (pointer_declarator (function_declarator declarator: (_) @name))) @function
(function_definition declarator: (pointer_declarator (pointer_declarator (function_declarator declarator: (_) @name)))) @function
(struct_specifier name: (_) @name body: (_)) @class
(union_specifier name: (_) @name body: (_)) @class
(enum_specifier name: (_) @name body: (_)) @class
(type_definition type: [(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))] declarator: (type_identifier) @name) @class
(linkage_specification body: (declaration_list) @members)

; What a run of statements is called.
(preproc_include) @import
(preproc_def name: (_) @name) @value
(preproc_function_def name: (_) @name) @value
(declaration declarator: (init_declarator declarator: (identifier) @name)) @value
(declaration declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name))) @value
(declaration declarator: (init_declarator declarator: (pointer_declarator declarator: (identifier) @name))) @value
