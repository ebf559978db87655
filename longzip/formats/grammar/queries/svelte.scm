; names: svelte
; extensions: .svelte
; grammar: tree_sitter_language_pack get_language svelte
; extra: languages
; comment: <!-- -->
; extends: markup
; masks: \{(@)(?:render|attach)\b

; Blocks. Their alternatives hold the block's end.
[(if_statement) (each_statement) (await_statement) (key_statement) (snippet_statement)] @members
[(else_if_statement) (else_statement) (else_each_statement) (then_statement) (catch_statement)] @clause @members
[
  (if_start_expr) (else_if_expr) (else_expr) (if_end_expr) (each_start_expr) (each_end_expr) (await_start_expr) (then_expr)
  (catch_expr) (await_end_expr) (key_start_expr) (key_end_expr) (snippet_start_expr) (snippet_end_expr)
] @edge

((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @language))) (raw_text) @embed @members)
  (#eq? @_key "lang"))
((style_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @language))) (raw_text) @embed @members)
  (#eq? @_key "lang"))

((snippet_statement (snippet_start_expr (snippet_name) @name)) @class (#set! path "none"))
((document (element (start_tag (tag_name) @name)) @class) (#set! path "none"))
