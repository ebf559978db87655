"""The options of ``longzip compress``: settings of its own, and what is to be compressed to what size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from longzip import Settings
from longzip.cli.options import DEFAULTS, FILES, MODEL, RESULT, RepositoryOptions, choice


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressOptions(RepositoryOptions):
    """What ``longzip compress`` takes."""

    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            "-b",
            metavar="N",
            help="The most tokens the result may have, such as 4000 or 4k. A token is what a language "
            "model counts text "
            "in, about four characters. Several (2k,4k,8k) are served by one reading; knee takes as "
            "many tokens as pay off.",
        ),
    ] = None
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="R", help="Instead of --budget: the share of the tokens to keep, such as 0.2 for a fifth."
        ),
    ] = None
    level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Instead of --budget, for prose: lossless, light (60 %), balanced (30 %, the default) or "
            "aggressive (15 %). Without "
            "a question, decisions, errors and their fixes, numbers and the like are kept even where that takes more. "
            "Of code without a question: every signature; light, short bodies too, aggressive, no doc strings.",
        ),
    ] = None
    target: Annotated[
        str | None,
        typer.Option(
            metavar="GOAL",
            help="Instead of --budget, for prose: 'quality>=0.95', the shortest result that keeps so much "
            "of what the text is worth.",
        ),
    ] = None
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", metavar="", help="Only say what would be read and how long it would take; no model is loaded."
        ),
    ] = False
    diff: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Show what belongs to the changes since a commit (HEAD where none is named): changed functions first, "
            "then what has to do with them. Needs no question.",
            rich_help_panel=FILES,
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="COMMIT", help="As --diff COMMIT.", rich_help_panel=FILES),
    ] = None
    staged: Annotated[
        bool,
        typer.Option("--staged", metavar="", help="As --diff, of what is staged.", rich_help_panel=FILES),
    ] = False
    with_diff: Annotated[
        bool,
        typer.Option("--with-diff", metavar="", help="Put the diff itself before the code.", rich_help_panel=RESULT),
    ] = False
    tree: Annotated[
        bool,
        typer.Option("--tree", metavar="", help="Only show the files as a tree, with the tokens of each."),
    ] = False
    copy: Annotated[
        bool,
        typer.Option("--copy", metavar="", help="Put the result on the clipboard.", rich_help_panel=RESULT),
    ] = False
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PIN",
            help="Keep this whole, whatever it is worth: a file, FILE:SYMBOL or FILE:10-20. May be repeated.",
            rich_help_panel=RESULT,
        ),
    ] = None
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART",
            help="Never show this: a file, a glob such as 'docs/**', FILE:SYMBOL or FILE:10-20. May be repeated.",
            rich_help_panel=RESULT,
        ),
    ] = None
    mentions: Annotated[
        bool | None,
        typer.Option(
            "--mentions/--no-mentions",
            metavar="",
            help="Whether functions that the question names by their place are kept: a stack trace, FILE:LINE, a diff. "
            r"\[default: mentions]",
            show_default=False,
            rich_help_panel=RESULT,
        ),
    ] = None
    drop_comments: Annotated[
        bool | None,
        typer.Option(
            "--drop-comments",
            metavar="",
            help="Leave out comments, but for doc comments and directives.",
            rich_help_panel=RESULT,
        ),
    ] = None
    shorten_literals: Annotated[
        bool | None,
        typer.Option(
            "--shorten-literals",
            metavar="",
            help="Show long lists and tables of data by their first lines and the number of the rest.",
            rich_help_panel=RESULT,
        ),
    ] = None
    merge_imports: Annotated[
        bool | None,
        typer.Option(
            "--merge-imports",
            metavar="",
            help="Show the imports that matter as one block: no blank lines, no markers for the others.",
            rich_help_panel=RESULT,
        ),
    ] = None
    line_numbers: Annotated[
        bool | None,
        typer.Option(
            "--line-numbers", metavar="", help="Begin each line with its number in the file.", rich_help_panel=RESULT
        ),
    ] = None
    marker: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What a gap marker says, with {count}, {range}, {names}, {values} and {file}. "
            rf"\[default: {Settings().marker}]",
            show_default=False,
            rich_help_panel=RESULT,
        ),
    ] = None
    kind: Annotated[
        str | None,
        choice("kind", "--kind", text="What the text is, where it is not what it looks like.", panel=RESULT),
    ] = None
    name: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="What to call the text on standard input, such as web.ts: its language is told by the name.",
            rich_help_panel=RESULT,
        ),
    ] = None
    layout: Annotated[
        str | None,
        choice(
            "layout",
            "--layout",
            text="How compressed prose is laid out; protocol: with a header, templates and figures.",
            panel=RESULT,
        ),
    ] = None
    language: Annotated[
        str | None,
        choice("language", "--language", text="Of the templates of --layout; auto goes by the text.", panel=RESULT),
    ] = None
    force: Annotated[
        bool | None,
        typer.Option(
            "--force",
            metavar="",
            help="Compress texts, too, that had better be left alone: short, legal, medical, financial ones.",
            rich_help_panel=RESULT,
        ),
    ] = None
    format: Annotated[str | None, choice("format", "--format", text="How the result is written.", panel=RESULT)] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the result here, not to standard output. An existing file is replaced, and only "
            "on success. With several "
            "budgets, {budget} stands for each.",
            rich_help_panel=RESULT,
        ),
    ] = None
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a JSON report here: what became of each function, and why.",
            rich_help_panel=RESULT,
        ),
    ] = None
    prompt: Annotated[
        bool | None,
        typer.Option(
            "--prompt",
            metavar="",
            help="Write a whole prompt, ready to send: instruction, code, question. All of it counts "
            "towards the budget.",
            rich_help_panel=RESULT,
        ),
    ] = None
    instruction: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The instruction that --prompt opens and ends with.", rich_help_panel=RESULT),
    ] = None
    strategy: Annotated[
        str | None,
        choice("strategy", "--strategy", text="How to choose; longcodezip is the published algorithm.", panel=MODEL),
    ] = None
    fine: Annotated[
        str | None,
        choice(
            "fine",
            "--fine",
            text="Whether functions may be cut inside, or are kept and dropped whole only; auto: where that pays.",
            panel=MODEL,
        ),
    ] = None
    price_in: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            help=rf"For --fine auto: of a million tokens that the reader reads. \[default: {DEFAULTS.price_in}]",
            show_default=False,
            rich_help_panel=MODEL,
        ),
    ] = None
    price_second: Annotated[
        float | None,
        typer.Option(
            metavar="PRICE",
            help=rf"For --fine auto: of a second on this machine. \[default: {DEFAULTS.price_second}]",
            show_default=False,
            rich_help_panel=MODEL,
        ),
    ] = None
    outline: Annotated[
        bool | None,
        typer.Option(
            "--outline/--no-outline",
            metavar="",
            help="Whether a question that nothing here has to do with is answered by an outline of the files. "
            r"\[default: outline]",
            show_default=False,
            rich_help_panel=MODEL,
        ),
    ] = None
