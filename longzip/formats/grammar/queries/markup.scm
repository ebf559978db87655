; What HTML and the single-file components written in it share; no language of its own.

(comment) @comment

(element) @members
[(script_element) (style_element)] @members
[(start_tag) (end_tag) (self_closing_tag)] @edge

; White space and comments in it are text; the head of a table is one piece.
((element (start_tag (tag_name) @_tag)) @whole (#any-of? @_tag "pre" "textarea" "title" "option" "thead"))

; What is kept with any part of what it heads.
((element . (start_tag) . (element (start_tag (tag_name) @_tag)) @edge)
  (#any-of? @_tag "h1" "h2" "h3" "h4" "h5" "h6" "legend" "caption" "summary" "thead"))

; Scripts and styles.
((script_element (raw_text) @embed @members) (#set! language "javascript"))
((style_element (raw_text) @embed @members) (#set! language "css"))

; Definitions.
((element (start_tag (tag_name) @receiver (attribute (attribute_name) @_key (quoted_attribute_value (attribute_value) @name)))) @class
  (#eq? @_key "id")
  (#any-of? @receiver
    "div" "section" "article" "main" "header" "footer" "nav" "aside" "form" "table" "tbody" "ul" "ol" "dl" "dialog" "figure" "fieldset")
  (#match? @class "\\n.*\\n") (#set! name "as written") (#set! path "none") (#set! joint "#"))
((element (start_tag (tag_name) @receiver) . (element (start_tag (tag_name) @_heading) (text) @name)) @class
  (#any-of? @receiver "div" "section" "article" "aside" "details")
  (#any-of? @_heading "h1" "h2" "h3" "h4" "h5" "h6" "header" "summary")
  (#match? @class "\\n.*\\n") (#set! name "as written") (#set! joint " ") (#set! path "none"))
((element (start_tag (tag_name) @name)) @class
  (#any-of? @name "head" "section" "article" "main" "header" "footer" "nav" "aside" "form" "table" "dialog")
  (#match? @class "\\n.*\\n") (#set! name "as written") (#set! path "none"))
((element (start_tag (tag_name) @_body) (element (start_tag (tag_name) @name)) @class)
  (#eq? @_body "body") (#any-of? @name "div" "ul" "ol" "dl" "center" "main")
  (#match? @class "\\n.*\\n") (#set! name "as written") (#set! path "none"))
((script_element (start_tag (tag_name) @name) (raw_text)) @class (#match? @class "\\n.*\\n") (#set! path "none"))
((style_element (start_tag (tag_name) @name) (raw_text)) @class (#match? @class "\\n.*\\n") (#set! path "none"))

; What a run of elements is called.
((element (start_tag (tag_name) @_tag) (text) @name) @value
  (#any-of? @_tag "title" "h1" "h2" "h3" "h4" "h5" "h6" "legend" "caption" "summary") (#set! name "as written") (#set! path "none"))
