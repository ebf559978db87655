; directives: #(?:!|\s*shellcheck|\s*shfmt|\s*bashate|\s*-\*-|\s*vim?:)

(command name: (command_name . (word) @call .))

; Imports.
((command name: (command_name) @source argument: [(word) (string) (concatenation) (raw_string)] @origin) (#any-of? @source "source" "."))

(array) @literal
(command_substitution) @code

(comment) @comment
(function_definition) @documented
