; names: javascript js jsx node mjs cjs
; extensions: .js .jsx .mjs .cjs
; shebang: node nodejs bun
; grammar: tree_sitter_javascript language
; holder: class LongzipHolder {
; comment: //
; block comment: /* */
; markup comment: {/* */}
; extends: ecmascript jsx
; separator: ,
; sticky: ( [ ` / + - * <

(field_definition property: (_) @name value: [(arrow_function) (function_expression)]) @function
