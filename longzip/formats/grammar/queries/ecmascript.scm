; What JavaScript and TypeScript share; no language of its own.

(comment) @comment

(statement_block) @body
(switch_body) @body
(switch_case) @body
(switch_default) @body
(class_body) @body

; Guards stay whole.
(if_statement
  consequence: [
    (statement_block . [(return_statement) (throw_statement) (continue_statement) (break_statement)] .)
    (statement_block . (comment)+ . [(return_statement) (throw_statement) (continue_statement) (break_statement)] .)
  ]
  !alternative) @whole

; Definitions.
(function_declaration name: (_) @name) @function
(generator_function_declaration name: (_) @name) @function
(lexical_declaration
  (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression) (generator_function)])) @function
(variable_declaration
  (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression) (generator_function)])) @function
(expression_statement
  (assignment_expression left: [(identifier) (member_expression)] @name right: [(arrow_function) (function_expression) (generator_function)])) @function
(export_statement "default" @name value: [(arrow_function) (function_expression) (generator_function)]) @function
(method_definition name: (_) @name) @function
(class_declaration name: (_) @name body: (class_body) @members) @class
(export_statement "default" @name value: (class body: (class_body) @members)) @class
(lexical_declaration (variable_declarator name: (identifier) @name value: (class body: (class_body) @members))) @class

; The options of a component: export default { ... }, export default defineComponent({ ... }).
(program (export_statement value: [(object) @members (call_expression arguments: (arguments . (object) @members .))]))
(program (export_statement value: [
  (object (pair key: (_) @name value: (object) @members) @scope)
  (call_expression arguments: (arguments . (object (pair key: (_) @name value: (object) @members) @scope) .))]))
(program (export_statement value: [
  (object (pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)]) @function)
  (call_expression arguments: (arguments . (object (pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)]) @function) .))]))
(program (export_statement value: [
  (object (pair value: (object (pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)]) @function)))
  (call_expression arguments: (arguments . (object (pair value: (object (pair key: (_) @name value: [(arrow_function) (function_expression) (generator_function)]) @function))) .))]))

; A wrapper around a whole file is no function of it: (function () { ... })(), define(function () { ... }).
(program (expression_statement (call_expression
  function: (parenthesized_expression [(function_expression body: (statement_block) @members) (arrow_function body: (statement_block) @members)]))))
(program (expression_statement (parenthesized_expression (call_expression
  function: [(function_expression body: (statement_block) @members) (arrow_function body: (statement_block) @members)]))))
(program (expression_statement (unary_expression (call_expression
  function: [(function_expression body: (statement_block) @members) (arrow_function body: (statement_block) @members)]))))
(program (expression_statement (call_expression
  arguments: (arguments [(function_expression body: (statement_block) @members) (arrow_function body: (statement_block) @members)]))))

; What a run of statements is called.
(program (import_statement) @import)
((program (lexical_declaration (variable_declarator value: [
    (call_expression function: (identifier) @require)
    (member_expression object: (call_expression function: (identifier) @require))
  ])) @import)
  (#eq? @require "require"))
((program (variable_declaration (variable_declarator value: [
    (call_expression function: (identifier) @require)
    (member_expression object: (call_expression function: (identifier) @require))
  ])) @import)
  (#eq? @require "require"))
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @value)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @value)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @value))
(program (expression_statement (assignment_expression left: (member_expression) @name)) @value)
