; names: markdown md
; extensions: .md .markdown
; grammar: tree_sitter_markdown language
; comment: <!-- -->
; prose: yes

(section) @members
(list) @body
(list_item) @body
(pipe_table) @body
(section (atx_heading) @edge)
(setext_heading) @attach
[
  (list_marker_minus) (list_marker_plus) (list_marker_star) (list_marker_dot) (list_marker_parenthesis)
  (task_list_marker_checked) (task_list_marker_unchecked) (block_continuation)
  (pipe_table_header) (pipe_table_delimiter_row)
] @edge

; A comment between two rows of a table is a row, or the table would end.
((pipe_table (pipe_table_row) @marked . (pipe_table_row)) (#set! open "| <!--") (#set! close "--> |"))

; Code blocks of the document itself; in a list or a quotation their lines have a prefix.
(section (fenced_code_block (info_string (language) @language) (code_fence_content) @embed))

((section (atx_heading heading_content: (_) @name)) @class (#set! name "as written"))
