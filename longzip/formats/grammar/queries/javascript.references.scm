; extends: ecmascript.references

(class_heritage (identifier) @base)
(class_heritage (member_expression object: (_) @qualifier property: (_) @base))
(jsx_opening_element name: (identifier) @call (#match? @call "^[A-Z]"))
(jsx_self_closing_element name: (identifier) @call (#match? @call "^[A-Z]"))
(jsx_opening_element name: (member_expression) @call)
(jsx_self_closing_element name: (member_expression) @call)
(field_definition) @documented
(jsx_element (jsx_expression . (comment)+ .) @comment)
