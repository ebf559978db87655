; names: csharp c# cs csx
; extensions: .cs .csx
; grammar: tree_sitter_c_sharp language
; branches: yes
; holder: class LongzipHolder {
; comment: //
; block comment: /* */

(comment) @comment

(block) @body
(declaration_list) @body
(switch_body) @body
(switch_section) @body

; #if ... #endif: the directives hold each other, what is between them may go.
(preproc_if) @members
(preproc_else) @members @clause
(preproc_elif) @members @clause
[(preproc_region) (preproc_endregion)] @clause

; Guards stay whole.
(if_statement
  consequence: (block . (comment)* .
    [(return_statement) (throw_statement) (continue_statement) (break_statement) (goto_statement)] .)
  !alternative) @whole

; Definitions.
(method_declaration name: (_) @name) @function
(constructor_declaration name: (_) @name) @function
(destructor_declaration name: (_) @name) @function
(operator_declaration operator: _ @name) @function
(conversion_operator_declaration type: (_) @name) @function
(indexer_declaration "this" @name accessors: (accessor_list (accessor_declaration body: (_)))) @function
(property_declaration name: (_) @name accessors: (accessor_list (accessor_declaration body: (block)))) @function
(event_declaration name: (_) @name accessors: (accessor_list (accessor_declaration body: (block)))) @function
(local_function_statement name: (_) @name) @function
(class_declaration name: (_) @name) @class
(struct_declaration name: (_) @name) @class
(record_declaration name: (_) @name) @class
(interface_declaration name: (_) @name) @class
(enum_declaration name: (_) @name) @class
(class_declaration body: (declaration_list) @members)
(struct_declaration body: (declaration_list) @members)
(record_declaration body: (declaration_list) @members)
(interface_declaration body: (declaration_list) @members)
(namespace_declaration name: (_) @name body: (declaration_list) @members) @scope

; What a run of statements is called.
[(using_directive) (extern_alias_directive) (file_scoped_namespace_declaration)] @import
(delegate_declaration name: (_) @name) @value
