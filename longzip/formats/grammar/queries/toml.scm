; names: toml
; extensions: .toml cargo.lock poetry.lock uv.lock pdm.lock pipfile
; grammar: tree_sitter_toml language
; comment: #
; separator: ,
; tolerates: 0.1

(comment) @comment

(table) @members @unclosed
(table_array_element) @members @unclosed
(array) @list

; Tables by their name, or by what their first pair says that they are.
(table . [(bare_key) (quoted_key) (dotted_key)] @name) @section
(table_array_element . (_) @receiver . (pair (bare_key) @key (string) @name) (#eq? @key "name")) @section
(table_array_element . (_) @name) @section

; What a run of pairs is called.
(document (pair . (_) @name) @value)
