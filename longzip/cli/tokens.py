"""``longzip tokens``: how many tokens code or text has for different models."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

import longzip
from longzip.cli.console import harmless, progress
from longzip.cli.inputs import given_paths, named_paths, note_unmatched, read_paths
from longzip.cli.options import RESULT, FileOptions, list_format, load_settings, readers, takes
from longzip.cli.output import as_json, print_exactly, published

if TYPE_CHECKING:
    from longzip import ReaderCount, TokenCounts

LANGUAGES = 8  # rows of the second table


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensOptions(FileOptions):
    """What ``longzip tokens`` takes."""

    reader: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="READER",
            autocompletion=readers,
            help="Only for this one: whatever --count-for takes. May be repeated.",
            rich_help_panel=RESULT,
        ),
    ] = None
    listing: Annotated[str, list_format("two tables", "an object")] = "text"


@takes(TokensOptions)
def tokens(options: TokensOptions) -> None:
    """Count the tokens of files for different models: exactly where a tokenizer is on this machine, else estimated.

    tokens: the count, or the likely one. at most: what --budget counts for this reader, on the safe side: the real
    count is below it in 99 of 100 files, where the vocabulary was measured.

    Example: longzip tokens src

    Example: longzip tokens src --for gpt-5 --for tiktoken:o200k_base
    """
    settings = load_settings(options).settings
    paths = given_paths(options.paths)
    with progress(options.quiet) as show:
        show("reading files", 0, 0)
        repository = read_paths(named_paths(paths, quiet=options.quiet), settings)
        note_unmatched(repository, options)
        show("counting", 0, 0)
        asked = options.reader or ([settings.count_for] if settings.count_for != "model" else [])
        found = longzip.count_tokens(repository, asked, settings)
    print_exactly(as_json(published("tokens", asdict(found))) if options.listing == "json" else table(found))


def table(found: TokenCounts) -> str:
    """What is printed for people: a row for each reader, then one for each of the largest languages."""
    rows = [(count.reader, f"{count.tokens:,}", f"{count.most:,}", how(count)) for count in found.readers]
    wide = [max(map(len, column)) for column in zip(("reader", "tokens", "at most", ""), *rows, strict=True)]
    lines = [
        f"{found.files:,} files, {found.characters:,} characters",
        "",
        *(
            f"{reader:<{wide[0]}}  {tokens:>{wide[1]}}  {most:>{wide[2]}}  {told}"
            for reader, tokens, most, told in [("reader", "tokens", "at most", "how"), *rows]
        ),
        "",
        *dict.fromkeys(f"{count.reader}: {count.note}." for count in found.readers if count.note),
        *([""] if any(count.note for count in found.readers) else []),
        *by_language(found),
    ]
    return "".join(f"{harmless(line).rstrip()}\n" for line in lines)


def how(count: ReaderCount) -> str:
    if count.error is None:
        return f"exact ({count.tokenizer})"
    return f"estimate, 9 of 10 files within {count.error:.0%}"


def by_language(found: TokenCounts) -> list[str]:
    """The largest languages, in tokens of the first reader, and the rest in one row."""
    first = found.readers[0].reader
    rows = [(size.language, size.files, size.characters, size.tokens[0]) for size in found.languages]
    if len(rows) > LANGUAGES:
        rest = rows[LANGUAGES - 1 :]
        sums = (sum(row[1] for row in rest), sum(row[2] for row in rest), sum(row[3] for row in rest))
        rows = [*rows[: LANGUAGES - 1], (f"{len(rest)} others", *sums)]
    width = max(len(row[0]) for row in rows)
    head = f"{'language':<{width}}  {'files':>7}  {'characters':>12}  {f'tokens of {first}':>12}"
    return [head, *(f"{name:<{width}}  {files:>7,}  {size:>12,}  {tokens:>12,}" for name, files, size, tokens in rows)]
