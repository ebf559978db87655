; names: json jsonc json5 jsonld geojson
; extensions: .json .jsonc .jsonld .geojson .topojson .webmanifest .avsc .har .code-workspace composer.lock pipfile.lock .babelrc .eslintrc .prettierrc
; grammar: tree_sitter_json language
; comment: //
; block comment: /* */
; separator: ,
; tolerates: 0.1

(comment) @comment

(object) @list @members
(array) @list @members

; Whoever is long enough is called by its path; elements of arrays by what names them.
(pair key: (_) @name value: [(object) (array)]) @section
(array [(object) (array)] @section)
((array (object . (pair key: (string (string_content) @key) value: [(string) (number)] @name)) @section)
  (#any-of? @key "name" "id" "title" "operationId" "key" "label"))

; What a run of members is called.
(document (object (pair key: (_) @name) @value))
