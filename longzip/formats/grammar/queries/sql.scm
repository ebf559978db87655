; names: sql mysql postgresql postgres plpgsql sqlite psql
; extensions: .sql .ddl .psql .pgsql
; grammar: tree_sitter_language_pack get_language sql
; extra: languages
; comment: --
; block comment: /* */
; separator: ,
; masks: (?m)^(\\[a-z][^\n]*)$

[(comment) (marginalia)] @comment

(transaction) @members
(block) @body
([(keyword_begin) (keyword_transaction) (keyword_commit) (keyword_rollback) (keyword_end)]) @clause

; Rows of values.
(insert) @list

; A table has at least one column, and what ends the list has no comma: the first and the last stay.
(column_definitions) @list
(column_definitions . [(comment) (marginalia)]* . (column_definition) @clause)
(column_definitions (_) @clause . ")")
(column_definitions (_) @clause . [(comment) (marginalia)]+ . ")")

; Definitions.
(statement (create_table (object_reference) @name)) @class
(statement (create_view (object_reference) @name)) @class
(statement (create_materialized_view (object_reference) @name)) @class
(statement (create_type (object_reference) @name)) @class
(statement (create_function (object_reference) @name)) @function
(statement (create_trigger (object_reference) @name)) @function

; What a run of statements is called.
(program (statement (insert (object_reference) @name)) @value)
(program (statement (alter_table (object_reference) @name)) @value)
(program (statement (create_index (object_reference) @name)) @value)
