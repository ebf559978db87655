"""Which language a source is in, and what is known of it.

All knowledge of languages is data: ``queries/<language>.scm`` (a tree-sitter query, with the language's names, grammar
and comment marks in its first lines) and ``comments.toml`` (comment marks of files that are cut by lines). This module
reads them, each once and none before it is needed. It does not know what the captures of a query mean.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from tree_sitter import Language as Grammar
from tree_sitter import Query

from longzip.types import Source

LONGEST_SHEBANG = 128  # characters, as in the kernel
SHEBANG = re.compile(r"\ufeff?#!.*?([A-Za-z][\w+-]*?)[\d.]*(?:\s+-.*)?\s*$")


@dataclass(frozen=True, slots=True)
class Marks:
    """What opens a comment and, where the end of the line does not, what closes it."""

    open: str
    close: str = ""

    def comment(self, text: str) -> str:
        inside = text.replace(self.close, " ".join(self.close)) if self.close else text
        return f"{self.open} {inside} {self.close}".rstrip()


@dataclass(frozen=True, slots=True)
class Language:
    """A language with a grammar; its fields are the first lines of its query file.

    name: of its query file.
    extensions: in lower case, with their dots; or whole names of files.
    grammar: module and function that give the tree-sitter grammar, and the function's arguments.
    extra: the extra of longzip that installs the grammar; "" where longzip itself does.
    marks: of a comment up to the end of the line, if there are such. block_marks: of a comment with two ends, or None.
    markup_marks: of a comment where the query captures @markup, or None.
    placeholder: a statement that does nothing, for bodies that must hold one; or "".
    sticky: characters that, at the start of a statement, could continue the statement before it.
    separator: what stands between the children of a list, and may stand between members, besides a semicolon; or "".
    prose: whether long runs of punctuation are text like any other, and no sign of errors.
    masks: words that the grammar cannot make sense of (macros): the groups of this pattern; or None.
    refuses: what in a text makes the grammar crash; or None.
    tolerates: which share of a text may be errors before it is better cut by lines; above 1, any.
    claims: an extension of another language, and what in a text shows that it is this one's all the same.
    branches: whether lines that begin with # direct a preprocessor (``#if … #endif``).
    opens: a line without which nothing after it is of the language; or "".
    holder: the first line of a class that may hold any member, for a class whose head is damaged; or "".
    """

    name: str
    names: tuple[str, ...]
    extensions: tuple[str, ...]
    interpreters: tuple[str, ...]
    grammar: tuple[str, ...]
    extra: str
    marks: Marks
    block_marks: Marks | None
    markup_marks: Marks | None
    placeholder: str
    sticky: tuple[bytes, ...]
    separator: str
    prose: bool
    masks: re.Pattern[bytes] | None
    refuses: re.Pattern[bytes] | None
    tolerates: float
    claims: tuple[str, re.Pattern[str]] | None
    branches: bool = False
    opens: str = ""
    holder: str = ""

    def __reduce__(self) -> tuple[Callable[[str], Language], tuple[str]]:
        return named, (self.name,)

    def masked(self, data: bytes) -> bytes:
        """``data`` with blanks for what ``masks`` matches; every other byte stays where it is."""
        return self.masks.sub(blanked, data) if self.masks is not None else data

    @property
    def tail(self) -> re.Pattern[bytes]:
        """Matches what may follow a statement on its line: semicolons, separators, comments."""
        return tail(self.marks, self.block_marks, self.separator)


@dataclass(frozen=True, slots=True)
class Customs:
    """What the comments of a language are for. documentation: what opens one that documents. directives: matches one
    that a tool obeys, at its start; or None."""

    documentation: tuple[str, ...] = ()
    directives: re.Pattern[str] | None = None

    def documents(self, comment: str) -> bool:
        """Whether a comment opens as one that documents; a row of the mark's last character is a rule across the
        page."""
        return any(
            comment.startswith(mark) and not comment.startswith(mark[-1], len(mark)) for mark in self.documentation
        )

    def directs(self, comment: str) -> bool:
        return self.directives is not None and self.directives.match(comment) is not None


def blanked(match: re.Match[bytes]) -> bytes:
    start, end = match.span(match.lastindex or 0)
    text, offset = match[0], match.start()
    inside = text[start - offset : end - offset]
    blanks = b"\n".join(b" " * len(row) for row in inside.split(b"\n"))
    return text[: start - offset] + blanks + text[end - offset :]


def find(source: Source) -> Language | None:
    """The language of a source that has a grammar: by its ``language``, else its name, else its first line."""
    if source.language is not None:
        return by_key("names").get(source.language.lower())
    path = PurePosixPath(source.name.lower())
    for language in languages():
        if language.claims and language.claims[0] == path.suffix and language.claims[1].search(source.text):
            return language
    known = by_key("extensions")
    return known.get(path.name) or known.get(path.suffix) or by_key("interpreters").get(interpreter(source.text))


def marks(source: Source) -> Marks | None:
    """The comment marks of a source, with a grammar or without; None where they are unknown."""
    language = find(source)
    return language.marks if language is not None else comment_table().get(plain_name(source))


def fence(source: Source) -> str:
    """What a Markdown fence calls the source's language; "" where it is unknown."""
    language = find(source)
    return language.name if language is not None else plain_name(source)


def plain_name(source: Source) -> str:
    """The name by which ``comments.toml`` knows a source without a grammar; "" where it does not."""
    path = PurePosixPath(source.name)
    names = [path.suffix.lower().lstrip("."), path.name.lower().lstrip("."), interpreter(source.text)]
    if source.language is not None:
        names.insert(0, source.language.lower())
    return next((name for name in names if name in comment_table()), "")


def interpreter(text: str) -> str:
    """The program that a ``#!`` line names, without its version; "" without such a line."""
    match = (
        SHEBANG.match(text[:LONGEST_SHEBANG].partition("\n")[0].rstrip())
        if text[:3].lstrip("\ufeff").startswith("#!")
        else None
    )
    return match[1].lower() if match else ""


@cache
def query(language: Language) -> Query:
    """The compiled query. Raises ImportError where the grammar's package is missing."""
    return Query(grammar(language), query_text(language.name))


@cache
def closer_query(language: Language, wanted: frozenset[str]) -> Query | None:
    """The compiled query for what is asked of few sources only (``<language>.references.scm``); None without one.

    wanted: captures; a pattern with none of them is left out. Places that are not of the language are captured as
    @error. Raises ImportError where the grammar's package is missing.
    """
    name = f"{language.name}.references"
    if not query_file(name).is_file():
        return None
    text = query_text(name) + "(ERROR) @error\n"
    data = text.encode()
    found = Query(grammar(language), text)
    for index in range(found.pattern_count):
        start, end = found.start_byte_for_pattern(index), found.end_byte_for_pattern(index)
        if wanted.isdisjoint(re.findall(r"@(\w+)", data[start:end].decode())):
            found.disable_pattern(index)
    return found


@cache
def customs(language: Language) -> Customs:
    """What the head of ``<language>.references.scm`` says of comments."""
    name = f"{language.name}.references"
    fields: dict[str, str] = {}
    while name and query_file(name).is_file():
        fields = read_fields(name) | fields
        name = read_fields(name).get("extends", "")
    directives = re.compile(fields["directives"]) if "directives" in fields else None
    return Customs(tuple(fields.get("documentation", "").split()), directives)


@cache
def error_query(language: Language) -> Query:
    """Captures the places where a text is not of the language."""
    return Query(grammar(language), "[(ERROR) (MISSING)] @error")


def query_text(name: str) -> str:
    """The query file ``name``, after those that it extends."""
    bases = read_fields(name).get("extends", "").split()
    return "".join(map(query_text, bases)) + query_file(name).read_text(encoding="utf-8")


@cache
def grammar(language: Language) -> Grammar:
    """The tree-sitter grammar. Raises ImportError where its package is missing."""
    module, function, *arguments = language.grammar
    found: object = getattr(importlib.import_module(module), function)(*arguments)
    return found if isinstance(found, Grammar) else Grammar(found)


@cache
def languages() -> tuple[Language, ...]:
    """Every language that has a query file with a grammar, by name."""
    files = sorted(file.name for file in query_folder().iterdir() if file.name.endswith(".scm"))
    fields = {name.removesuffix(".scm"): read_fields(name.removesuffix(".scm")) for name in files}
    return tuple(describe(name, found) for name, found in fields.items() if "grammar" in found)


def named(name: str) -> Language:
    """The language of a query file. Raises KeyError."""
    return {language.name: language for language in languages()}[name]


def describe(name: str, fields: dict[str, str]) -> Language:
    claimed = fields.get("claims", "").split(maxsplit=1)
    block, markup = fields.get("block comment"), fields.get("markup comment")
    return Language(
        name=name,
        names=tuple(fields["names"].split()),
        extensions=tuple(fields.get("extensions", "").split()),
        interpreters=tuple(fields.get("shebang", "").split()),
        grammar=tuple(fields["grammar"].split()),
        extra=fields.get("extra", ""),
        marks=Marks(*fields["comment"].split()),
        block_marks=Marks(*block.split()) if block else None,
        markup_marks=Marks(*markup.split()) if markup else None,
        placeholder=fields.get("placeholder", ""),
        sticky=tuple(fields.get("sticky", "").encode().split()),
        separator=fields.get("separator", ""),
        prose="prose" in fields,
        masks=re.compile(fields["masks"].encode()) if "masks" in fields else None,
        refuses=re.compile(fields["refuses"].encode()) if "refuses" in fields else None,
        tolerates=float(fields.get("tolerates", "inf")),
        claims=(claimed[0], re.compile(claimed[1])) if claimed else None,
        branches="branches" in fields,
        opens=fields.get("opens", ""),
        holder=fields.get("holder", ""),
    )


@cache
def by_key(field: str) -> dict[str, Language]:
    """Languages by each value of one of the fields ``names``, ``extensions``, ``interpreters``."""
    return {key: language for language in languages() for key in getattr(language, field)}


@cache
def comment_table() -> dict[str, Marks]:
    data = tomllib.loads(resources.files(__package__).joinpath("comments.toml").read_text(encoding="utf-8"))
    return {name: Marks(row["open"], row.get("close", "")) for row in data["marks"] for name in row["names"]}


@cache
def tail(line: Marks, block: Marks | None, separator: str) -> re.Pattern[bytes]:
    opening = b"(?:" + re.escape(line.open.encode()) + b".*)?" if not line.close else b""
    block = line if line.close else block
    between = b""
    if block is not None:
        start, end = re.escape(block.open.encode()), re.escape(block.close.encode())
        between = b"|" + start + b"(?:(?!" + end + b").)*" + end
    return re.compile(rb"(?:[\s;" + re.escape(separator.encode()) + b"]" + between + rb")*" + opening, re.DOTALL)


@cache
def read_fields(name: str) -> dict[str, str]:
    """The ``; key: value`` lines at the head of a query file."""
    fields: dict[str, str] = {}
    for line in query_file(name).read_text(encoding="utf-8").splitlines():
        key, colon, value = line.removeprefix("; ").partition(": ")
        if not line.startswith("; ") or not colon:
            break
        fields[key] = value.strip()
    return fields


def query_file(name: str) -> Traversable:
    return query_folder().joinpath(f"{name}.scm")


def query_folder() -> Traversable:
    return resources.files(__package__).joinpath("queries")
