; What JavaScript and TypeScript with JSX share; no language of its own.

; Elements, each of whose children may be left out; white space between them is none.
(jsx_element) @body @markup
[(jsx_opening_element) (jsx_closing_element)] @clause
((jsx_text) @clause (#match? @clause "^\\s*$"))
