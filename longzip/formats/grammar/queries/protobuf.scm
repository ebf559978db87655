; names: protobuf proto proto3 proto2
; extensions: .proto
; grammar: tree_sitter_language_pack get_language proto
; extra: languages
; comment: //
; block comment: /* */

(comment) @comment

(message_body) @members
(enum_body) @body
(service) @members
(oneof) @body

; An enumeration and a choice hold at least one field: the first stays.
(enum_body . "{" . (comment)* . (enum_field) @clause)
(enum_body . "{" . (option)+ . (comment)* . (enum_field) @clause)
(oneof (identifier) @clause . (comment)* . (oneof_field) @clause)

; Definitions.
(message (message_name) @name) @section
(service (service_name) @name) @class
(enum (enum_name) @name) @section

; What a run of statements is called.
[(syntax) (import) (package)] @import
(source_file (extend (full_ident) @name) @value)
(rpc (rpc_name) @name) @value
