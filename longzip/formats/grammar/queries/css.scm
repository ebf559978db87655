; names: css postcss
; extensions: .css
; grammar: tree_sitter_css language
; comment: /* */

[(comment) (js_comment)] @comment

(block) @body
(keyframe_block_list) @body

; Blocks that hold rules.
(media_statement (block) @members)
(supports_statement (block) @members)
(at_rule (block (rule_set)) @members)
(at_rule (block (at_rule)) @members)
(scope_statement (block) @members)

; Definitions.
((rule_set (selectors) @name) @function (#set! name "as written") (#set! path " "))
((keyframes_statement "@keyframes" @receiver (keyframes_name) @name) @function (#set! name "as written") (#set! path " ") (#set! joint " "))
((media_statement "@media" @receiver . (_) @name) @class (#set! name "as written") (#set! path " ") (#set! joint " "))
((supports_statement "@supports" @receiver . (_) @name) @class (#set! name "as written") (#set! path " ") (#set! joint " "))
((at_rule (at_keyword) @receiver . (_) @name (block [(rule_set) (at_rule)])) @class (#set! name "as written") (#set! path " ") (#set! joint " "))
((at_rule (at_keyword) @name (block)) @function (#any-of? @name "@font-face" "@page" "@property") (#set! path " "))

; What a run of statements is called.
(stylesheet [(import_statement) (charset_statement) (namespace_statement)] @import)
