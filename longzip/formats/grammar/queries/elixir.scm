; names: elixir ex exs
; extensions: .ex .exs
; shebang: elixir
; grammar: tree_sitter_language_pack get_language elixir
; extra: languages
; holder: defmodule LongzipHolder do
; comment: #

(comment) @comment

(do_block) @body
(else_block) @body
(rescue_block) @body
(catch_block) @body
(after_block) @body
(stab_clause right: (body) @body)
(stab_clause right: (body (_) @clause .))
(do_block [(else_block) (rescue_block) (catch_block) (after_block)] @clause)

; What is said of the definition that follows.
((unary_operator operator: "@" operand: (call target: (identifier) @said)) @attach
  (#any-of? @said "doc" "spec" "impl" "tag" "deprecated" "typedoc"))

; Definitions.
((call target: (identifier) @kind (arguments . (_) @name) (do_block) @members) @class
  (#any-of? @kind "defmodule" "defprotocol" "defimpl"))
((call target: (identifier) @kind (arguments . (call target: (identifier) @name))) @function
  (#any-of? @kind "def" "defp" "defmacro" "defmacrop" "defguard" "defdelegate" "defn" "defnp"))
((call target: (identifier) @kind (arguments . (identifier) @name)) @function
  (#any-of? @kind "def" "defp" "defmacro" "defmacrop"))
((call target: (identifier) @kind (arguments . (binary_operator left: (call target: (identifier) @name)))) @function
  (#any-of? @kind "def" "defp" "defmacro" "defmacrop" "defguard"))

; Blocks of tests.
((call target: (identifier) @kind (arguments . (string) @name) (do_block)) @function
  (#any-of? @kind "test" "property"))
((call target: (identifier) @kind (arguments . (string) @name) (do_block) @members) @scope
  (#eq? @kind "describe"))

; What a run of statements is called.
((call target: (identifier) @kind) @import (#any-of? @kind "alias" "import" "require" "use"))
((unary_operator operator: "@" operand: (call target: (identifier) @name)) @value
  (#not-any-of? @name "doc" "spec" "moduledoc" "typedoc" "impl" "tag" "deprecated"))
