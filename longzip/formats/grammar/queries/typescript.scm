; names: typescript ts
; extensions: .ts .mts .cts
; shebang: deno ts-node tsx
; grammar: tree_sitter_typescript language_typescript
; holder: class LongzipHolder {
; comment: //
; block comment: /* */
; extends: ecmascript
; separator: ,
; sticky: ( [ ` / + - * <

(interface_body) @body
(class_body (decorator) @attach)

(public_field_definition name: (_) @name value: [(arrow_function) (function_expression)]) @function
(abstract_class_declaration name: (_) @name body: (class_body) @members) @class
(interface_declaration name: (_) @name) @class
(enum_declaration name: (_) @name) @class
(internal_module name: (_) @name body: (statement_block) @members) @scope
(module name: (_) @name body: (statement_block) @members) @scope
(ambient_declaration (statement_block) @members)

; What a run of statements is called.
(type_alias_declaration name: (_) @name) @value
(function_signature name: (_) @name) @value
(ambient_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @value
(ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @name))) @value
