"""The functions of a source file in any of twenty languages: code without its doc comment, and the doc comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import cast

from tree_sitter import Node, Parser, Query, QueryCursor
from tree_sitter_language_pack import SupportedLanguage, get_language

LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".tsx": "tsx",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    ".h": "cpp",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hpp": "cpp",
    ".hh": "cpp",
    ".php": "php",
    ".rb": "ruby",
    ".cs": "csharp",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".scala": "scala",
    ".swift": "swift",
    ".lua": "lua",
    ".sh": "bash",
    ".bash": "bash",
    ".ex": "elixir",
    ".exs": "elixir",
    ".zig": "zig",
    ".r": "r",
    ".jl": "julia",
    ".ps1": "powershell",
}
JAVASCRIPT = """
(function_declaration name: (_) @n) @f
(generator_function_declaration name: (_) @n) @f
(method_definition name: (_) @n) @f
(variable_declarator name: (identifier) @n value: [(arrow_function) (function_expression)]) @f
(assignment_expression left: (member_expression property: (_) @n) right: [(arrow_function) (function_expression)]) @f
(pair key: (property_identifier) @n value: [(arrow_function) (function_expression)]) @f
"""
QUERIES = {
    "python": "(function_definition name: (_) @n) @f",
    "javascript": JAVASCRIPT,
    "typescript": JAVASCRIPT,
    "tsx": JAVASCRIPT,
    "go": "(function_declaration name: (_) @n) @f (method_declaration name: (_) @n) @f",
    "rust": "(function_item name: (_) @n) @f",
    "java": "(method_declaration name: (_) @n) @f (constructor_declaration name: (_) @n) @f",
    "c": "(function_definition declarator: (_) @n) @f",
    "cpp": "(function_definition declarator: (_) @n) @f",
    "php": "(function_definition name: (_) @n) @f (method_declaration name: (_) @n) @f",
    "ruby": "(method name: (_) @n) @f (singleton_method name: (_) @n) @f",
    "csharp": "(method_declaration name: (_) @n) @f (constructor_declaration name: (_) @n) @f",
    "kotlin": "(function_declaration (simple_identifier) @n) @f",
    "scala": "(function_definition name: (_) @n) @f",
    "swift": '(function_declaration name: (simple_identifier) @n) @f (init_declaration "init" @n) @f',
    "lua": "(function_declaration name: (_) @n) @f (assignment_statement (variable_list name: (_) @n) "
    "(expression_list value: (function_definition))) @f",
    "bash": "(function_definition name: (_) @n) @f",
    "elixir": "((call target: (identifier) @t (arguments [(call target: (identifier) @n) "
    '(binary_operator left: (call target: (identifier) @n))])) @f (#any-of? @t "def" "defp" "defmacro"))',
    "zig": "(Decl (FnProto function: (IDENTIFIER) @n)) @f",
    "r": "(binary_operator lhs: (identifier) @n rhs: (function_definition)) @f",
    "julia": "(function_definition (signature (call_expression (identifier) @n))) @f",
    "powershell": "(function_statement (function_name) @n) @f",
}
WRAPPERS = {
    "decorated_definition",
    "export_statement",
    "lexical_declaration",
    "variable_declaration",
    "expression_statement",
    "template_declaration",
}
OWNERS = {
    "class_definition",
    "class_declaration",
    "class",
    "impl_item",
    "trait_item",
    "interface_declaration",
    "struct_item",
    "object_definition",
    "trait_definition",
    "module",
    "class_specifier",
    "struct_specifier",
    "object_declaration",
    "protocol_declaration",
    "struct_declaration",
    "trait_declaration",
    "namespace_definition",
    "enum_declaration",
}
LINE_MARK = {
    "python": "#",
    "ruby": "#",
    "bash": "#",
    "elixir": "#",
    "r": "#",
    "julia": "#",
    "powershell": "#",
    "lua": "--",
    "haskell": "--",
}
ATTRIBUTE = re.compile(
    r"\s*(#\[.*|\[[A-Z][\w.]*(\(.*\))?\]|@\w[\w.]*(\(.*\))?|template\s*<.*>|@spec .*|@impl .*|sig \{.*|\)\]?)\s*$"
)
INLINE_TAG = re.compile(r"\{@\w+\s+([^}]*)\}|</?[A-Za-z][^>]{0,80}>|`{1,2}|\\[a-z]+\s|:\w+:(?=`)")
XML_SEE = re.compile(
    r"<see(?:also)? (?:cref|langword|href)=\"(?:[A-Z]:)?([^\"]+)\"\s*/>|<paramref name=\"([^\"]+)\"\s*/>"
)
NOISE = re.compile(
    r"licen[cs]e|copyright|inherit ?doc|eslint|noqa|nolint|pylint|auto-?generated|do not edit|\btodo\b|\bfixme\b|"
    r"@internal$|=====|-----|"
    r"^see\b|^\(?non-javadoc|^deprecated|noinspection|clang-format|prettier-ignore|istanbul|^region|^endregion|"
    r"^safety:|\$Id",
    re.I,
)


@dataclass(slots=True)
class Function:
    """A function of a file. first, last: its 1-based lines, decorators included. text: without docstring, dedented."""

    name: str
    owner: str
    first: int
    last: int
    text: str
    doc: str

    @property
    def qualified(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


@cache
def tools(language: str) -> tuple[Parser, Query]:
    grammar = get_language(cast(SupportedLanguage, language))
    return Parser(grammar), Query(grammar, QUERIES[language])


def functions(language: str, text: str, within: list[tuple[int, int]] | None = None) -> Iterator[Function]:
    """All functions of a file, nested ones too; or those with a line in one of the 1-based ranges ``within``."""
    if language not in QUERIES:
        return
    parser, query = tools(language)
    data = text.encode()
    lines = text.split("\n")
    cursor = QueryCursor(query)
    for _pattern, captures in cursor.matches(parser.parse(data).root_node):
        node, named = captures["f"][0], captures["n"][0]
        if within is not None and not any(
            node.start_point[0] + 1 <= high and low <= node.end_point[0] + 1 for low, high in within
        ):
            continue
        name = name_of(named)
        if not name:
            continue
        outer = node
        while outer.parent is not None and outer.parent.type in WRAPPERS:
            outer = outer.parent
        first, last = outer.start_point[0], min(outer.end_point[0], len(lines) - 1)
        if last - first > 400:
            continue
        body, doc = lines[first : last + 1], ""
        if language == "python":
            found = docstring(node)
            if found is not None:
                doc = (found.text or b"").decode("utf-8", "replace")
                doc = re.sub(r"^[rRbBuUfF]*(\"\"\"|'''|\"|')", "", doc)
                doc = re.sub(r"(\"\"\"|'''|\"|')$", "", doc)
                body = lines[first : found.start_point[0]] + lines[found.end_point[0] + 1 : last + 1]
        elif language == "julia":
            above = outer.prev_sibling
            doc = (
                (above.text or b"").decode().strip('"') if above is not None and above.type == "string_literal" else ""
            )
        elif language == "scala":  # whose grammar takes the comment of the next definition in
            indent = len(body[0]) - len(body[0].lstrip())
            cut = next(
                (
                    at
                    for at, line in enumerate(body)
                    if at and line.lstrip().startswith("/**") and len(line) - len(line.lstrip()) <= indent
                ),
                None,
            )
            body = body[:cut]
        if not doc:
            doc = comment_above(lines, first, language)
        yield Function(name, owner_of(node), first + 1, last + 1, dedent(body), paragraph(doc, name))


def name_of(node: Node) -> str:
    """The name in a declarator, however deep C hides it."""
    while node.type in {
        "function_declarator",
        "pointer_declarator",
        "reference_declarator",
        "parenthesized_declarator",
    }:
        inner = node.child_by_field_name("declarator") or next(
            (child for child in node.named_children if child.type.endswith(("declarator", "identifier"))), None
        )
        if inner is None:
            return ""
        node = inner
    name = (node.text or b"").decode("utf-8", "replace").strip("'\"`")
    return re.split(r"::|[.:]", name)[-1] if len(name) < 120 and "\n" not in name else ""


def owner_of(node: Node) -> str:
    """The class that a function is defined in; of a Go method or a Rust impl, the type."""
    receiver = node.child_by_field_name("receiver")
    if receiver is not None and receiver.type == "parameter_list":
        found = re.findall(r"\w+", (receiver.text or b"").decode("utf-8", "replace"))
        return str(found[1] if len(found) > 1 else "".join(found))
    at = node.parent
    while at is not None:
        if at.type in OWNERS:
            named = (
                at.child_by_field_name("name")
                or at.child_by_field_name("type")
                or next((child for child in at.named_children if child.type == "type_identifier"), None)
            )
            if named is not None and named.type != "program":
                return (named.text or b"").decode("utf-8", "replace").split("<")[0].split("\n")[0][:60]
        at = at.parent
    return ""


def docstring(node: Node) -> Node | None:
    body = node.child_by_field_name("body")
    first = body.named_children[0] if body is not None and body.named_children else None
    if body is not None and first is not None and first.type == "comment" and len(body.named_children) > 1:
        first = body.named_children[1]
    if first is not None and first.type == "string":
        return first
    if (
        first is not None
        and first.type == "expression_statement"
        and first.named_children
        and first.named_children[0].type == "string"
    ):
        return first
    return None


def comment_above(lines: list[str], first: int, language: str) -> str:
    """The comment directly above a line, attributes between them passed over; "" where there is none."""
    at = first - 1
    while at >= 0 and ATTRIBUTE.match(lines[at]) and first - at < 8:
        at -= 1
    if at < 0:
        return ""
    mark = LINE_MARK.get(language, "//")
    if language == "elixir" and lines[at].strip() == '"""':
        end = at
        while at > 0 and end - at < 80 and not re.match(r'\s*@doc\s+~?\w?"""', lines[at]):
            at -= 1
        return "\n".join(lines[at + 1 : end]) if "@doc" in lines[at] else ""
    said: list[str] = []
    if lines[at].strip().endswith("*/"):
        while at >= 0 and first - at < 80:
            said.append(lines[at])
            if "/*" in lines[at]:
                break
            at -= 1
        return "\n".join(
            re.sub(r"^\s*(/\*+!?|\*+/|\*(?!\*))\s?", "", re.sub(r"\*+/\s*$", "", line)).rstrip()
            for line in reversed(said)
        )
    while at >= 0 and lines[at].lstrip().startswith(mark) and first - at < 60:
        said.append(re.sub(rf"^\s*(?:{re.escape(mark)})+[!'/\-#|]*\s?", "", lines[at]).rstrip())
        at -= 1
    return "\n".join(reversed(said))


def paragraph(doc: str, name: str) -> str:
    """The first paragraph of a doc comment as one line of plain words of at most 400 characters, or ""."""
    kept: list[str] = []
    doc = XML_SEE.sub(lambda match: match[1] or match[2] or "", doc)
    for line in doc.split("\n"):
        plain = line.strip()
        plain = re.sub(r"^(@brief|\\brief|@description|@desc|@summary|Description:|Summary:)\s*", "", plain)
        plain = re.sub(rf"^{re.escape(name)}(\(\))?:?$", "", plain)
        if kept and (
            not plain
            or re.match(
                r"[@\\:]\w+|#+ |[-=~*]{3,}|(Args|Arguments|Parameters|Params|Returns?|Raises|Example|Examples|Usage|"
                r"Notes?|Yields|See Also)\b:?$|<(param|typeparam|returns|remarks|exception|example|p>|pre|ul|li|"
                r"code)|>>> |```|\| ",
                plain,
            )
        ):
            break
        if plain and not kept and re.match(r"[@:]\w+|[-=~*#/_]{3,}|<(param|typeparam|returns)|>>> ", plain):
            if re.match(r"[@:]\w+|<(param|typeparam|returns)|>>> ", plain):
                break
            continue
        plain = INLINE_TAG.sub(lambda match: match[1] or "", plain).strip()
        if plain:
            kept.append(plain)
    text = re.sub(r"\s+", " ", " ".join(kept)).strip(" -*:#")
    if len(text) > 400:
        text = text[:400].rsplit(". ", 1)[0] if ". " in text[:400] else text[:400].rsplit(" ", 1)[0]
    words = text.split()
    if len(text) < 12 or len(words) < 3 or NOISE.search(text) or sum(map(str.isalpha, text)) < 0.62 * len(text):
        return ""
    return text


def dedent(lines: list[str]) -> str:
    width = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    head = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    width = min(width, head)
    return "\n".join(line[width:].rstrip() for line in lines if line.strip()).strip("\n")
