; names: ruby rb
; extensions: .rb .rake .gemspec .ru .rbi .jbuilder .podspec gemfile rakefile guardfile podfile vagrantfile
; shebang: ruby jruby rake
; grammar: tree_sitter_ruby language
; holder: class LongzipHolder
; comment: #

(comment) @comment

(body_statement) @body
(block_body) @body
(then) @body
(else) @body
(do) @body
(begin) @body
(ensure) @body
(begin_block) @body
(end_block) @body
(case) @body
(case_match) @body
[(rescue) (ensure)] @clause
(body_statement (else) @clause)
(begin (else) @clause)

; A case holds at least one branch: the first stays.
(case . (when) @clause)
(case . (comment)+ . (when) @clause)
(case value: (_) . (when) @clause)
(case value: (_) . (comment)+ . (when) @clause)
(case_match value: (_) . (in_clause) @clause)
(case_match value: (_) . (comment)+ . (in_clause) @clause)

; Guards stay whole.
([
  (if consequence: (then . (comment)* . [(return) (next) (break) (redo) (retry)] .) !alternative)
  (unless consequence: (then . (comment)* . [(return) (next) (break) (redo) (retry)] .) !alternative)
] @whole)
((if consequence: (then . (comment)* . (call method: (identifier) @exit) .) !alternative) @whole
  (#any-of? @exit "raise" "fail" "throw" "exit" "abort"))
((unless consequence: (then . (comment)* . (call method: (identifier) @exit) .) !alternative) @whole
  (#any-of? @exit "raise" "fail" "throw" "exit" "abort"))

; What is said of the definition that follows.
((call method: (identifier) @said) @attach (#any-of? @said "sig" "desc" "method_option" "long_desc"))

; Definitions.
(method name: (_) @name) @function
(singleton_method name: (_) @name) @function
(class name: (_) @name) @class
(class body: (body_statement) @members)
(singleton_class body: (body_statement) @members)
(module name: (_) @name) @scope
(module name: (_) @name body: (body_statement [(method) (singleton_method)])) @class
(module body: (body_statement) @members)
((assignment left: (_) @name right: (call
    receiver: (constant) @maker method: (identifier) @make
    block: [(do_block body: (_) @members) (block body: (_) @members)])) @class
  (#any-of? @maker "Struct" "Class" "Module" "Data") (#any-of? @make "new" "define"))

; Blocks of tests and tasks.
((call method: (identifier) @kind arguments: (argument_list . (_) @name) block: [(do_block) (block)]) @function
  (#any-of? @kind "it" "specify" "test" "should" "scenario" "task" "let" "let!" "define_method"))
((call method: (identifier) @kind arguments: (argument_list . (_) @name) block: (do_block body: (_) @members)) @scope
  (#any-of? @kind "describe" "context" "feature" "namespace" "shared_examples" "shared_context"))
((call method: (identifier) @kind block: (do_block body: (_) @members))
  (#any-of? @kind "included" "class_methods" "class_eval" "module_eval" "instance_eval"))
(program (call block: (do_block body: (_) @members)))

; Statements of the whole file, wherever they stand.
(program (if consequence: (then) @members))
(program (if alternative: (else) @members))
(program (unless consequence: (then) @members))
(program (begin) @members)

; What a run of statements is called.
((program (call method: (identifier) @require) @import)
  (#any-of? @require "require" "require_relative" "load" "autoload"))
(assignment left: (constant) @name) @value
