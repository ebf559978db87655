; directives: ^#(!|.*coding[:=]|\s*(type:|noqa|pragma|pylint|fmt:|isort|mypy:|ruff|pyright|yapf|flake8|nosec|cython:|/// |///$))

; Calls.
(call function: (identifier) @call)
(call function: (attribute object: (_) @qualifier attribute: (identifier) @call))
(decorator (identifier) @call)
(decorator (attribute object: (_) @qualifier attribute: (identifier) @call))
(class_pattern (dotted_name) @call)

; Super classes.
(class_definition superclasses: (argument_list [
  (identifier) @base
  (attribute object: (_) @qualifier attribute: (identifier) @base)
  (subscript value: (identifier) @base)
  (subscript value: (attribute object: (_) @qualifier attribute: (identifier) @base))
  (keyword_argument value: (identifier) @base)
]))

; Types.
(type (identifier) @type)
(type (attribute object: (_) @qualifier attribute: (identifier) @type))
(type (string (string_content) @type))
(generic_type (identifier) @type)
(type (subscript value: [(identifier) @type (attribute object: (_) @qualifier attribute: (identifier) @type)]))
(type (subscript subscript: [(identifier) @type (attribute object: (_) @qualifier attribute: (identifier) @type)]))
(type (binary_operator [(identifier) @type (attribute object: (_) @qualifier attribute: (identifier) @type)]))
(type (binary_operator (binary_operator [(identifier) @type (attribute object: (_) @qualifier attribute: (identifier) @type)])))

; Imports.
(import_statement name: (dotted_name . (identifier) @bound) @origin)
(import_statement name: (aliased_import name: (dotted_name) @origin alias: (identifier) @bound))
(import_from_statement module_name: (_) @origin)
(import_from_statement name: (dotted_name . (identifier) @bound .))
(import_from_statement name: (aliased_import alias: (identifier) @bound))

; Data.
[(list) (dictionary) (set) (tuple)] @literal
[(lambda) (list_comprehension)] @code

(comment) @comment
[(function_definition) (class_definition) (decorated_definition)] @documented
