; names: cpp c++ cxx cc hpp
; extensions: .cpp .cc .cxx .c++ .hpp .hh .hxx .h++ .ipp .tpp .inl .cu .cuh
; claims: .h (?m)^[ \t]*(?:(?:class|namespace)[ \t]+\w++(?:[^;()\n.,]*[{:]|[ \t]*$)|template[ \t]*<|(?:public|private|protected)[ \t]*:|using[ \t]+(?:namespace[ \t]|\w+[ \t]*=)|(?:[\w<>,*&]{1,80}[ \t]+){0,4}\w{1,80}::\w)
; grammar: tree_sitter_cpp language
; branches: yes
; holder: struct LongzipHolder {
; comment: //
; block comment: /* */
; masks: (?m)^[ \t]*([A-Z_][A-Z0-9]*_[A-Z0-9_]*(?:\([^()\n]*\))?)[ \t\r]*$|\b(?:class|struct)[ \t]+([A-Z][A-Z0-9_]{2,})(?=[ \t]+\w+(?:[ \t]+final)?[ \t\r]*(?:[{:]|$))|\b([A-Z][A-Z0-9]*_[A-Z0-9_]*(?:\([^()\n]*\))?)(?=[ \t]+\w+[ \t*&]+\w+[ \t]*[(;=\[])|(?<=[\w*&][ \t])([A-Z][A-Z0-9_]{3,})(?=[ \t]+\w+[ \t]*\()
; extends: c

; Guards stay whole.
(if_statement
  consequence: [
    (compound_statement . (throw_statement) .)
    (compound_statement . (comment)+ . (throw_statement) .)
  ]
  !alternative) @whole

; Definitions.
(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name))) @function
(function_definition declarator: (operator_cast) @name) @function
(function_definition declarator: (qualified_identifier name: (operator_cast)) @name) @function
(class_specifier name: (_) @name body: (field_declaration_list) @members) @class
(struct_specifier name: (_) @name body: (field_declaration_list) @members) @class
(union_specifier name: (_) @name body: (field_declaration_list) @members) @class
(namespace_definition name: (_) @name body: (declaration_list) @members) @scope
(namespace_definition !name body: (declaration_list) @members)

; What a run of statements is called.
(using_declaration) @import
(alias_declaration name: (_) @name) @value
