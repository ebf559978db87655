; names: yaml yml
; extensions: .yaml .yml .clang-format .clang-tidy
; grammar: tree_sitter_yaml language
; comment: #
; separator: ,
; tolerates: 0.1
; refuses: (?m)^(?:[ \t]|[-?:](?=[ \t])|[&!][^ \t\n]*+){100}
; masks: (\{\{(?:[^{}\n]|\}(?!\}))*\}\}|\{%(?:(?!\{%)[^\n])*?%\})

(comment) @comment

(block_mapping) @members @unclosed
(block_sequence) @members @unclosed
(flow_mapping) @list
(flow_sequence) @list

; Documents, where they say what they are.
((document (block_node (block_mapping (block_mapping_pair key: (_) @key value: (_) @name)))) @scope
  (#eq? @key "kind"))

; Whoever is long enough is called by its path; items of sequences by what names them.
(block_mapping_pair key: (_) @name value: (block_node [(block_mapping) (block_sequence)])) @section
((block_sequence_item (block_node (block_mapping . (block_mapping_pair key: (_) @key value: (flow_node) @name)))) @section
  (#any-of? @key "name" "id" "title" "key" "label"))
(block_sequence_item (block_node [(block_mapping) (block_sequence)])) @section

; What a run of pairs is called.
(stream (document (block_node (block_mapping (block_mapping_pair key: (_) @name) @value))))
