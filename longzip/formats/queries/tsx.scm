; names: tsx
; extensions: .tsx
; grammar: tree_sitter_typescript language_tsx
; comment: //
; block comment: /* */
; extends: typescript
; separator: ,
; sticky: ( [ ` / + - * <
