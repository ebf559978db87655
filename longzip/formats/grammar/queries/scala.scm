; names: scala sc
; extensions: .scala .sc .sbt
; shebang: scala amm scala-cli
; grammar: tree_sitter_scala language
; holder: class LongzipHolder {
; comment: //
; block comment: /* */
; placeholder: ()
; sticky: { ( end

[(comment) (block_comment)] @comment

; Statement lists. A block of cases is not one: it may hold nothing but cases.
(block) @body
(indented_block) @body
(template_body) @body
(with_template_body) @body
(case_clause) @body
(case_clause pattern: (_) @clause)
(case_clause (guard) @clause)

; Nothing may precede the type of self.
(template_body (self_type) @clause)
(template_body [(comment) (block_comment)] @clause . (self_type))

; Guards stay whole.
(if_expression
  consequence: (block . [(comment) (block_comment)]* . [(return_expression) (throw_expression)] .)
  !alternative) @whole

; Definitions.
(function_definition name: (_) @name) @function
(class_definition name: (_) @name) @class
(class_definition body: (template_body) @members)
(object_definition name: (_) @name) @class
(object_definition body: (template_body) @members)
(trait_definition name: (_) @name) @class
(trait_definition body: (template_body) @members)
(enum_definition name: (_) @name) @class
(package_object name: (_) @name body: (template_body) @members) @scope
(package_clause name: (_) @name body: (template_body) @members) @scope

; What a run of statements is called.
(import_declaration) @import
(package_clause !body) @import
(compilation_unit (val_definition pattern: (identifier) @name) @value)
(type_definition name: (_) @name) @value
