; names: bash sh shell
; extensions: .sh .bash .ebuild .eclass .bashrc .bash_profile .profile pkgbuild apkbuild
; shebang: bash sh dash ash
; grammar: tree_sitter_bash language
; comment: #
; placeholder: :

; Statement lists, and the comments that stand where a statement may. A case is not one: it may hold nothing but branches.
(compound_statement) @body
(subshell) @body
(command_substitution) @body
(do_group) @body
(if_statement) @body
(elif_clause) @body
(else_clause) @body
(case_item) @body
(program (comment) @comment)
(compound_statement (comment) @comment)
(subshell (comment) @comment)
(command_substitution (comment) @comment)
(do_group (comment) @comment)
(if_statement (comment) @comment)
(elif_clause (comment) @comment)
(else_clause (comment) @comment)
(case_item (comment) @comment)
(if_statement condition: (_) @clause)
(if_statement [(elif_clause) (else_clause)] @clause)
(elif_clause . (_) @clause)
(case_item value: (_) @clause)

; The last statement of a branch stays where `;;` stands on its line.
((case_item (_) @clause . [";;" ";&" ";;&"]) @branch
  (#match? @branch "\\S[ \\t]*;[;&]&?$"))

; The grammar takes some keywords for commands; what they hold together it does not see.
([
  (command name: (command_name) @word)
  (redirected_statement body: (command name: (command_name) @word))
  (pipeline . (command name: (command_name) @word))
  (pipeline . (redirected_statement body: (command name: (command_name) @word)))
  (list . (command name: (command_name) @word))
] @clause
  (#any-of? @word "if" "then" "elif" "else" "fi" "for" "while" "until" "do" "done" "case" "esac"))

; Where nothing is indented, no gap would hold a statement that does nothing.
(([(do_group) (compound_statement) (subshell)]) @whole
  (#match? @whole "^(do|\\{|\\()[^\\n]*\\n+(#[^\\n]*\\n+)*[^\\s#})]"))
((if_statement) @whole
  (#match? @whole "\\b(then|else)[ \\t]*(#[^\\n]*)?\\n+(#[^\\n]*\\n+)*[^\\s#]"))

; Guards stay whole.
((if_statement
  condition: (_) . (comment)* . (command name: (command_name) @exit) .) @whole
  (#any-of? @exit "return" "exit" "continue" "break" "die"))

; Definitions.
(function_definition name: (_) @name) @function

; Statements of the whole file, wherever they stand.
(program (if_statement) @members)
(program (if_statement [(elif_clause) (else_clause)] @members))

; What a run of statements is called.
((program (command name: (command_name) @source) @import) (#any-of? @source "source" "."))
(program (variable_assignment name: (variable_name) @name) @value)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @value)
