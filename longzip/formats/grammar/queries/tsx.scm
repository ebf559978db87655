; names: tsx
; extensions: .tsx
; grammar: tree_sitter_typescript language_tsx
; holder: class LongzipHolder {
; comment: //
; block comment: /* */
; markup comment: {/* */}
; extends: typescript jsx
; separator: ,
; sticky: ( [ ` / + - * <
