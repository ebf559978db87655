; directives: #(?:!|\s*-\*-|\s*(?:frozen_string_literal|encoding|coding|warn_indent|typed|shareable_constant_value|rubocop|:nocov:|:nodoc:|standard|sorbet|steep)\b)

; Calls.
(call !receiver method: (_) @call)
(call receiver: (_) @qualifier method: (_) @call)
((call receiver: [(constant) (scope_resolution)] @call method: (identifier) @new) (#eq? @new "new"))

; Super classes.
(superclass [(constant) (scope_resolution)] @base)
((call !receiver method: (identifier) @mix arguments: (argument_list [(constant) (scope_resolution)] @base))
  (#any-of? @mix "include" "extend" "prepend"))

; Imports.
((call !receiver method: (identifier) @require arguments: (argument_list . (string) @origin))
  (#any-of? @require "require" "require_relative" "load"))
((call !receiver method: (identifier) @require arguments: (argument_list . (simple_symbol) @bound . (string) @origin))
  (#eq? @require "autoload"))

; Data.
[(array) (hash)] @literal
[(block) (do_block) (lambda) (method)] @code

(comment) @comment
[(method) (singleton_method) (class) (module)] @documented
(assignment left: (constant)) @documented
