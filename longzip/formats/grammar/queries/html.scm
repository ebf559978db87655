; names: html xhtml
; extensions: .html .htm .xhtml
; grammar: tree_sitter_html language
; comment: <!-- -->
; extends: markup
; masks: <\?xml[^<>]*\?>|\{%(?:(?!\{%).)*?%\}|\{\{(?:(?!\{\{).)*?\}\}|(?:(?<==)|(?<=[^-]-))>(?=[\s<\w])|(?<=>)>|(?<=\s)>(?= \S|=)|(?:&lt;|&#x3C;|&#60;)(?:(?!&lt;|&#x3C;|&#60;)[^<>\n])*(>)

(doctype) @clause

; Browsers ignore it; it stays with what is around it.
(erroneous_end_tag) @clause

; Browsers know no other types.
((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @_kind))) (raw_text) @embed @members)
  (#eq? @_key "type") (#not-match? @_kind "^(module|((text|application)/(x-)?(javascript|ecmascript|babel|jsx)))$")
  (#set! language "unknown"))
((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @_kind))) (raw_text) @embed @members)
  (#eq? @_key "type") (#any-of? @_kind "text/typescript" "application/typescript" "text/ts" "ts") (#set! language "typescript"))
((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @_kind))) (raw_text) @embed @members)
  (#eq? @_key "type") (#any-of? @_kind "application/json" "application/ld+json" "importmap" "speculationrules" "text/json")
  (#set! language "json"))

; Statements of a template's language, in pairs.
((text) @clause (#match? @clause "^(\\{%|\\{\\{([#/^!]|else|end)|\\}|@(if|for|switch|case|default|defer|empty)\\b)"))
