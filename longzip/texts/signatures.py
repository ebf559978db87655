"""Code without a question: every signature, each body in one line that says what is in it; and it still parses.

The line is taken from the body: the first line of its doc string, or what it calls, raises and returns. Knows code's
format and the draft that renders units; chooses no function over another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from longzip.errors import BudgetTooSmall
from longzip.formats.code import CodeFormat
from longzip.pipeline.omissions import reduced
from longzip.pipeline.splitting import named
from longzip.protocols import Tokenizer
from longzip.rendering.draft import Draft, Kept
from longzip.rendering.fitting import Addition, fill
from longzip.rendering.outputs import Frame
from longzip.rendering.pages import Page, Style, spans
from longzip.settings import Settings
from longzip.sources.repository import Repository
from longzip.texts.kinds import Detected
from longzip.texts.layouts import code_title, header, percent, size_of, verification
from longzip.texts.levels import DEFAULT, PRESETS, Wish
from longzip.types import Compressed, Digest, Excerpt, Report, Source, Unit

CALLED = re.compile(r"(?<!\w)(?<!\w\.)([^\W\d]\w*(?:\.\w+)*\.?)\s*+\(")
RETURNED = re.compile(r"\breturn\b[ \t]+([^\n;]{1,60})(?=\n|;|$)", re.M)
RAISED = re.compile(r"\b(?:raise|throw)\b(?:\s+new)?\s+([\w.]+)")
DEBUG = re.compile(r"^\s*(?:print\(|console\.(?:log|debug)\(|debugger\b|dbg!\(|pprint\()")
WORDLESS = frozenset(
    {
        "if",
        "for",
        "while",
        "return",
        "switch",
        "catch",
        "with",
        "and",
        "or",
        "not",
        "in",
        "elif",
        "def",
        "fn",
        "func",
        "function",
        "super",
        "print",
        "len",
        "str",
        "int",
        "isinstance",
    }
)
MOST_CALLS = 4
CONSTANT = re.compile(
    r"\s*(?:(?:export|const|static|final|public|private|val|let|var|pub)\s+)*[A-Z][A-Z\d_]+\b[^=\n]*="
)
CONSTANT_LINES = 3
BLANKS = re.compile(r"(?<!\n)\n{3,}+(?=\S)")  # before what stands at the margin, so not inside of an indented string
EXCEPTION = re.compile(r"^[^\S\n]*(?:raise|throw|except|catch|rescue|\}\s*catch)\b", re.M)
ATTRIBUTE = re.compile(r"\s+[^\W\d]\w*\s*(?::\s*[^=\n]+)(?:=.*)?$")
DOC = re.compile(r"\s*[rRuUbB]{0,2}(?:\"\"\"|''')")


class SignatureFormat(CodeFormat):
    """Code, whose gap markers say what the body does rather than how long it is."""

    def gap(self, source: Source, first: Unit, lines: tuple[int, int], text: str) -> str:
        rows = source.text.split("\n")[lines[0] - 1 : lines[1]]
        said = pseudocode("\n".join(rows))
        return super().gap(source, first, lines, f"{said} ({lines[0]}-{lines[1]})" if said else text)


def pseudocode(body: str) -> str:
    """One line on a body, made of its own words: what it raises, calls, returns; "" where it does none of these."""
    calls = [name for name in CALLED.findall(body) if name.split(".")[-1] not in WORDLESS and name not in WORDLESS]
    told = list(dict.fromkeys(calls))[:MOST_CALLS]
    returned = RETURNED.findall(body)
    raised = list(dict.fromkeys(RAISED.findall(body)))[:2]
    said = [f"calls {', '.join(told)}"] if told else []
    said += [f"raises {', '.join(raised)}"] if raised else []
    said += [f"returns {' '.join(returned[-1].split())}"] if returned else []
    return f"[{'; '.join(said)}]" if said else ""


def show_signatures(
    found: Repository, asked: Wish, detected: Detected, settings: Settings, tokenizer: Tokenizer
) -> Compressed:
    """The signatures of all sources; light, also the shortest bodies, aggressive, no doc strings. A rate is met as far
    as they allow; a budget that is too small raises BudgetTooSmall."""
    form = SignatureFormat()
    sources = tuple(source for source in found.sources if source.text)
    wanted = replace(settings, drop_comments=True, merge_imports=True)
    pages = [reduced(Page(source, form.units(source), named(form.split(source))), wanted, form) for source in sources]
    draft = Draft(
        pages, form, tokenizer, settings.format, Frame(), True, len(pages) > 1, Style(numbered=settings.line_numbers)
    )
    full = sum(tokenizer.count(source.text) for source in sources)
    text, kept = fitting(draft, form, sources, asked, int(PRESETS["light"].rate * full))
    got = tokenizer.count(text)
    notes: tuple[str, ...] = ()
    if asked.rate is not None and got > asked.rate * full:
        notes = (f"every signature needs {got:,} tokens, more than {asked.rate:.0%} of {full:,}",)
    report = Report(
        asked.budget or max(got, 1), got, full, "none", tokenizer.name, "outline", skipped=found.skipped, notes=notes
    )
    excerpts = tuple(
        Excerpt(sources[page].name, draft.section(page, units)[1], spans(pages[page].units, units))
        for page, units in sorted(kept.items())
    )
    return with_digest(
        Compressed(text, excerpts, report), sources, asked, detected, settings.layout != "plain", tokenizer
    )


def fitting(draft: Draft, form: CodeFormat, sources: Sequence[Source], asked: Wish, light: int) -> tuple[str, Kept]:
    """The signatures, with doc strings where the budget has room for them. light: how many tokens that level takes.
    Raises BudgetTooSmall."""
    needed = 0
    for documented in (asked.level != "aggressive", False):
        kept = draft.closed({page: signatures(form, source, documented) for page, source in enumerate(sources)})
        if asked.level == "lossless":
            kept = draft.everything()
        if asked.level == "light":
            kept = fill(kept, lambda now: bodies(draft, form, now), draft, light)
        text = BLANKS.sub("\n\n", draft.text(kept)) if asked.level != "lossless" else draft.text(kept)
        needed = draft.tokenizer.count(text)
        if asked.budget is None or needed <= asked.budget:
            return text, kept
    raise BudgetTooSmall(needed, asked.budget or 0, "the outline, which has every signature,")


def bodies(draft: Draft, form: CodeFormat, kept: Kept) -> Iterator[Addition]:
    """The functions that are not shown whole, the shortest first."""
    found: list[Addition] = []
    for page, units in kept.items():
        source = draft.pages[page].source
        for chunk in form.split(source):
            own = frozenset(range(chunk.first_unit, chunk.last_unit))
            if chunk.kind == "function" and not own <= units:
                found.append(Addition(page, own, draft.tokenizer.count(chunk.text)))
    yield from sorted(found, key=lambda addition: addition.tokens)


def signatures(form: CodeFormat, source: Source, documented: bool) -> frozenset[int]:
    """Units that are shown: heads of functions and classes, their doc strings, imports, constants, what is
    raised and caught."""
    units = form.units(source)
    found = set(form.facts.imports(source))
    in_class = {
        unit
        for chunk in form.split(source)
        if chunk.kind == "class"
        for unit in range(chunk.first_unit, chunk.last_unit)
    }
    for index, unit in enumerate(units):
        text = source.text[unit.start : unit.end]
        short = unit.last_line - unit.first_line < CONSTANT_LINES
        after_head = (index == 0 or units[index - 1].head) and DOC.match(text) is not None
        attribute = index in in_class and ATTRIBUTE.match(text.rstrip()) is not None
        if (
            unit.head
            or (after_head and documented)
            or (short and EXCEPTION.search(text))
            or attribute
            or (short and not unit.indent and CONSTANT.match(text))
        ):
            found.add(index)
    return frozenset(found)


def with_digest(
    found: Compressed, sources: Sequence[Source], asked: Wish, detected: Detected, laid_out: bool, tokenizer: Tokenizer
) -> Compressed:
    """With the protocol's title, header and verification; in its layout they are part of the text."""
    whole = "\n".join(source.text.rstrip("\n") for source in sources)
    before, after = size_of(whole, found.report.original_tokens), size_of(found.text, found.report.got)
    head = header("code", before, after, detected.language)
    debug = sum(DEBUG.match(row) is not None for row in whole.split("\n"))
    steps = (
        f"detect: code, confidence {detected.confidence:.2f}", "mark: signatures, doc strings, constants, exceptions",
        f"shorten: bodies in one line, no comments; {debug:,} debug prints in the input",
        f"verify: {percent(before.tokens, after.tokens)} % of the tokens gone",
        f"present: {'protocol' if laid_out else 'plain'}",
    )  # fmt: skip
    level = asked.level or (DEFAULT if asked == Wish() else "")
    digest = Digest("code", detected.confidence, detected.language, level, "", before, after, steps, header=head)
    found = replace(found, digest=digest)
    if not laid_out:
        return found
    mark = CodeFormat().header(sources[0]).partition("file:")[0] or "# "
    title = f"{mark}{code_title(before.lines, after.lines, detected.language)}"
    fence = CodeFormat().facts.language(sources[0]) if len(sources) == 1 else ""
    checked = verification("code", before, after, detected.language)
    text = f"{head}\n\n```{fence}\n{title}\n{found.text.rstrip()}\n```\n\n{checked}\n"
    got = tokenizer.count(text)
    if asked.budget is not None and got > asked.budget:
        return replace(
            found,
            report=replace(
                found.report, notes=(*found.report.notes, "the budget has no room for the protocol's header")
            ),
        )
    return replace(found, text=text, report=replace(found.report, asked=asked.budget or got, got=got))
