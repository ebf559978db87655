; names: terraform hcl tf tfvars
; extensions: .tf .tfvars .hcl .nomad
; grammar: tree_sitter_language_pack get_language terraform
; extra: languages
; comment: #
; block comment: /* */
; separator: ,

(comment) @comment

(body) @members
(object) @body
(tuple) @list
[(object_start) (object_end) (tuple_start) (tuple_end)] @clause

; Blocks, by what refers to them.
(block . (identifier) . (string_lit) @receiver . (string_lit) @name) @section
(block . (identifier) @receiver . (string_lit) @name . (block_start)) @section
(block . (identifier) @name . (block_start)) @section

; What a run of attributes is called.
(config_file (body (attribute . (identifier) @name) @value))
