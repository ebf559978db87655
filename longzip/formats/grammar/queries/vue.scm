; names: vue
; extensions: .vue
; grammar: tree_sitter_html language
; comment: <!-- -->
; extends: markup

(doctype) @clause

; Where the grammar takes a component for an element of HTML of the same name.
((element (erroneous_end_tag)) @whole)
((element (start_tag (tag_name) @_tag (attribute (attribute_name) @_key))) @whole (#eq? @_tag "template") (#eq? @_key "lang"))

; An alternative stands right after what it is the alternative to.
((element) @attach . (comment)* @attach . (element [
    (start_tag (attribute (attribute_name) @_key))
    (self_closing_tag (attribute (attribute_name) @_key))])
  (#any-of? @_key "v-else" "v-else-if"))

((script_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @language))) (raw_text) @embed @members)
  (#eq? @_key "lang"))
((style_element (start_tag (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @language))) (raw_text) @embed @members)
  (#eq? @_key "lang"))

((document (element (start_tag (tag_name) @name)) @class) (#set! path "none"))
