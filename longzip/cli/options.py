"""The options that commands share, and how options become settings.

A command's options are a dataclass: its fields that bear the name of a setting are one layer of settings, the last one.
It knows typer and ``Settings``; what an option does is said in the settings, not here.
"""

from __future__ import annotations

import functools
import glob
import logging
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_type_hints

import typer

from longzip import Layer, Loaded, Settings, UsageError, combine, environment_layer, file_layer, file_layers
from longzip.cli.console import log

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from longzip import Budget

LOG = logging.getLogger(__name__)
DEFAULTS = Settings()
FILES = "Which files"
RESULT = "The result"
MODEL = "Model and method"
OTHER = "Other"
THOUSANDS = 3  # digits between two commas of a number
LEAST_LISTED = 10  # nobody asks for a budget of fewer tokens: 4,096 is one number
PANELS = (None, RESULT, FILES, MODEL, OTHER)
LISTINGS = ("text", "json")
SHORT = {"md": "markdown"}
OWN = ("budget", "query")  # what a command makes of them itself
CACHE_HELP = (
    r"The folder of the cache, which makes the next run over the same code fast. \[default: the user's "
    r"folder for caches]"
)


def readers() -> list[str]:
    """What a shell offers after ``--count-for``."""
    from longzip import known_readers

    return known_readers()


def models(incomplete: str) -> list[str]:
    """What a shell offers after ``--model``: what ships, what the hub's cache holds, and folders."""
    cache = os.environ.get("HF_HUB_CACHE") or Path(os.environ.get("HF_HOME") or "~/.cache/huggingface") / "hub"
    kept = [
        path.name.removeprefix("models--").replace("--", "/") for path in Path(cache).expanduser().glob("models--*")
    ]
    folders = [f"{path}/" for path in sorted(Path().glob(f"{glob.escape(incomplete)}*")) if path.is_dir()]
    return [name for name in ("embedded", "ngram", *sorted(kept), *folders) if name.startswith(incomplete)]


def choices(setting: str) -> list[str]:
    """The values that a setting may have."""
    return list(map(str, get_args(get_type_hints(Settings)[setting])))


def choice(setting: str, *names: str, text: str, panel: str) -> Any:
    """An option for a setting with a few possible values."""
    return typer.Option(
        *names,
        metavar="|".join(choices(setting)),
        autocompletion=lambda: choices(setting),
        help=f"{text} [default: {getattr(DEFAULTS, setting)}]".replace("[", r"\["),
        rich_help_panel=panel,
    )


def list_format(text: str, json: str) -> Any:
    """The option for how a listing is printed."""
    return typer.Option(
        "--format",
        metavar="|".join(LISTINGS),
        autocompletion=lambda: list(LISTINGS),
        callback=check_listing,
        help=rf"text: {text}; json: {json}. \[default: text]",
        show_default=False,
        rich_help_panel=RESULT,
    )


def check_listing(value: str) -> str:
    if value not in LISTINGS:
        raise UsageError(f"--format is {value!r}; choose one of: {', '.join(LISTINGS)}.")
    return value


SecretsChoice = Annotated[
    str | None,
    choice(
        "secrets",
        "--secrets",
        text="Keys, tokens and passwords: mask them, skip files with any, keep them, or fail.",
        panel=FILES,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsOptions:
    """What every command takes. None means: not given."""

    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Read settings from this TOML file, not from the nearest longzip.toml or pyproject.toml.",
            rich_help_panel=OTHER,
        ),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=r"Take the settings of \[profiles.NAME] in longzip.toml (in pyproject.toml, "
            r"\[tool.longzip.profiles.NAME]), too.",
            rich_help_panel=OTHER,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SettingsOptions):
    """What every command takes that runs a model."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=models,
            help="The model that judges what matters: embedded (comes with longzip), ngram (no neural network, "
            r"fastest), a model folder, a Hugging Face id, or http://HOST/v1#NAME on a server. \[default: embedded]",
            rich_help_panel=MODEL,
        ),
    ] = None
    device: Annotated[str | None, choice("device", "--device", text="Where the model runs.", panel=MODEL)] = None
    trust_remote_code: Annotated[
        bool | None,
        typer.Option(
            "--trust-remote-code",
            metavar="",
            help="Let a Hugging Face model run Python code of its own. Only for authors you trust.",
            rich_help_panel=MODEL,
        ),
    ] = None
    cache_dir: Annotated[
        str | None,
        typer.Option("--cache", metavar="DIR", help=CACHE_HELP, show_default=False, rich_help_panel=OTHER),
    ] = None
    cache: Annotated[
        bool | None,
        typer.Option(
            " /--no-cache",
            metavar="",
            help="Neither use nor keep what was computed before.",
            show_default=False,
            rich_help_panel=OTHER,
        ),
    ] = None
    quiet: Annotated[
        bool,
        typer.Option("--quiet", metavar="", help="No progress bar and no summary; only errors.", rich_help_panel=OTHER),
    ] = False
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            metavar="",
            count=True,
            help="Say on standard error what is done and how long it takes; -vv: each file that is skipped, too.",
            show_default=False,
            rich_help_panel=OTHER,
        ),
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions(Options):
    """What every command takes that reads files and folders."""

    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help=r"Files and folders to read; OWNER/REPO\[@REF] (of GitHub), https://... and git@... are fetched; "
            "- takes a list of files, one a line, from standard input, or "
            "a text such as the "
            "output of another program. Files that git ignores are left out.",
            show_default=False,
        ),
    ] = None
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Read only files that match, such as '*.py', 'src/**' or '*.{js,ts}'. May be repeated.",
            rich_help_panel=FILES,
        ),
    ] = None
    extension: Annotated[
        list[str] | None,
        typer.Option(
            "--ext",
            "-e",
            metavar="EXT",
            help="Read only files that end so, such as py, or py,pyi. May be repeated.",
            rich_help_panel=FILES,
        ),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GLOB",
            help="Leave out files that match, such as 'tests/', '*.{md,txt}' or ./docs. May be repeated.",
            rich_help_panel=FILES,
        ),
    ] = None
    hidden: Annotated[
        bool | None,
        typer.Option(
            "--hidden",
            metavar="",
            help="Read files and folders too whose name begins with a dot.",
            rich_help_panel=FILES,
        ),
    ] = None
    gitignore: Annotated[
        bool | None,
        typer.Option(
            " /--no-gitignore",
            metavar="",
            help="Read what git ignores, too.",
            show_default=False,
            rich_help_panel=FILES,
        ),
    ] = None
    secrets: SecretsChoice = None
    encoding: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=r"Of files that are not UTF-8, such as gb18030 or shift_jis. \[default: by the look of their bytes]",
            show_default=False,
            rich_help_panel=FILES,
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryOptions(FileOptions):
    """What every command takes that looks for something in files and folders."""

    query: Annotated[
        str | None,
        typer.Option(
            "--query",
            "-q",
            metavar="TEXT",
            help="The question or task, in plain words or code; @FILE reads it from a file and - from standard input.",
        ),
    ] = None
    read: Annotated[
        str | None,
        choice(
            "read",
            "--read",
            text="Of a large folder, auto parses and scores only the files that promise most for the question, by a "
            "cheap look at the words of all; all, every file.",
            panel=FILES,
        ),
    ] = None
    score_tokens: Annotated[
        int | None,
        typer.Option(
            "--score-tokens",
            metavar="N",
            help=r"The most tokens that the model may read, those first that share words with the "
            r"question; 0 for any number. \[default: 0]",
            show_default=False,
            rich_help_panel=MODEL,
        ),
    ] = None
    max_seconds: Annotated[
        float | None,
        typer.Option(
            "--max-seconds",
            metavar="S",
            help=r"About how long the model may read, by its usual speed; 0 for any time. \[default: "
            rf"{DEFAULTS.max_seconds:g}]",
            show_default=False,
            rich_help_panel=MODEL,
        ),
    ] = None
    cascade: Annotated[
        str | None,
        choice("cascade", "--cascade", text="Whether a large model reads the best functions only.", panel=MODEL),
    ] = None
    count_for: Annotated[
        str | None,
        typer.Option(
            "--count-for",
            metavar="TOKENIZER",
            autocompletion=readers,
            help="Whose tokens to count: model (those of --model), a family of models such "
            "as gpt-5 or claude (an estimate on the safe side), a tokenizer file or folder, a Hugging Face id, "
            r"tiktoken:ENCODING, or chars/4 (four characters a token). \[default: model]",
            rich_help_panel=RESULT,
        ),
    ] = None


AnyOptions = TypeVar("AnyOptions", bound="DataclassInstance")


def takes(options: type[AnyOptions]) -> Callable[[Callable[[AnyOptions], None]], Callable[..., None]]:
    """Let typer, which wants one parameter for each option, call a command that takes them as one value."""
    hints = get_type_hints(options, include_extras=True)
    defaults = {knob.name: Parameter.empty if knob.default is MISSING else knob.default for knob in fields(options)}
    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=hints[name], default=default)
        for name, default in sorted(defaults.items(), key=lambda item: PANELS.index(panel_of(hints[item[0]])))
    ]

    def decorate(command: Callable[[AnyOptions], None]) -> Callable[..., None]:
        @functools.wraps(command)  # and its docstring is the help
        def run(**values: Any) -> None:
            command(options(**values))

        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = hints
        run.__doc__ = unwrapped(command.__doc__ or "")
        return run

    return decorate


def panel_of(annotation: Any) -> str | None:
    """The heading under which the help lists an option."""
    (option,) = annotation.__metadata__
    return option.rich_help_panel if isinstance(option.rich_help_panel, str) else None


def unwrapped(text: str) -> str:
    """Paragraphs on one line each: the help breaks lines by itself, and keeps those that it finds."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def load_settings(options: SettingsOptions) -> Loaded:
    """The settings in force: defaults, then files, then the environment, then what was given on the command line.

    Raises SettingsError for a wrong name or value, and says where it stands.
    """
    log(getattr(options, "verbose", 0))
    found = layers(options)
    LOG.info("settings from %s", ", ".join(layer.origin for layer in found if layer.values) or "the defaults alone")
    return combine(*found)


def layers(options: SettingsOptions) -> list[Layer]:
    """Where settings come from, the last one wins. Raises UsageError for a profile that there is not."""
    files = file_layers(Path.cwd()) if options.config is None else [file_layer(options.config)]
    if options.profile is not None:
        chosen = [part for layer in files for part in layer.profile(options.profile)]
        if not chosen:
            known = ", ".join(sorted({name for layer in files for name in layer.profiles})) or "none"
            raise UsageError(f"there is no profile {options.profile!r}; there are: {known}.")
        files = [*files, *chosen]
    return [*files, environment_layer(), command_line(options)]


def command_line(options: SettingsOptions) -> Layer:
    """The settings that were given as options."""
    given = {knob.name: getattr(options, knob.name, None) for knob in fields(Settings) if knob.name not in OWN}
    given["include"] = [*(given["include"] or ()), *endings(getattr(options, "extension", None) or ())]
    given["format"] = SHORT.get(str(given["format"]), given["format"])
    return Layer("command line", {name: value for name, value in given.items() if value not in (None, [])})


def endings(given: Sequence[str]) -> list[str]:
    """Globs of what was given with --ext. Raises UsageError for what is no ending."""
    found = [part.strip().lstrip("*").lstrip(".") for one in given for part in one.split(",")]
    if not all(re.fullmatch(r"[\w.+-]+", ending) for ending in found):
        raise UsageError(f"--ext is {', '.join(given)!r}; give the end of file names, such as py, or py,pyi.")
    return [f"*.{ending}" for ending in found]


def token_budget(text: str, option: str = "--budget") -> int:
    """``4000``, ``4_000``, ``4,000``, ``4k`` and ``1.5k`` in tokens; k is 1,000 and m is 1,000,000.

    Raises UsageError for anything else, and for less than one token.
    """
    match = re.fullmatch(r"([0-9][0-9_,]*)(\.[0-9]+)?([km]?)", text.strip().lower())
    if match:
        digits, fraction, unit = match.groups()
        tokens = Decimal(re.sub("[_,]", "", digits) + (fraction or "")) * {"": 1, "k": 1_000, "m": 1_000_000}[unit]
        if tokens >= 1 and tokens == int(tokens):
            return int(tokens)
    raise UsageError(f"{option} is {text!r}; give a whole number of tokens above 0, such as 4000 or 4k.")


def token_budgets(text: str) -> list[Budget]:
    """One budget or several, with commas between them, or ``knee``.

    A comma before exactly three digits may be part of a number, as in 4,000; but 200,400 could be two budgets as well.
    Raises UsageError for that, and for anything else.
    """
    if text.strip().lower() == "knee":
        return ["knee"]
    items = re.split(r",(?![0-9]{3}(?![0-9kKmM.]))", text)
    found = [token_budget(part) for item in items for part in whole_or_apart(item)]
    return list(dict.fromkeys(found))


def whole_or_apart(item: str) -> list[str]:
    """One number with commas between its thousands, or several numbers. Raises UsageError for what could be both."""
    parts = item.strip().split(",")
    if len(parts) == 1:
        return parts
    if not parts[0].isdigit():
        return [parts[0], *whole_or_apart(",".join(parts[1:]))]
    if len(parts[0]) > THOUSANDS:
        return parts  # 1000,200: no number is written like that
    if all(part.isascii() and part.isdigit() and int(part) >= LEAST_LISTED and part[0] != "0" for part in parts):
        raise UsageError(
            f"--budget {item.strip()} could be one number or several; write {''.join(parts)} for one, or "
            f"'{', '.join(parts)}' for {len(parts)}."
        )
    return [item]


def positive(option: str, text: str) -> int:
    """A whole number above 0. Raises UsageError for anything else."""
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise UsageError(f"{option} is {text!r}; give a whole number above 0, such as 20.")
    return int(text)


def share(text: str) -> float:
    """A number above 0 and at most 1. Raises UsageError for anything else."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1:
        raise UsageError(f"--rate is {text!r}; give a number above 0 and at most 1, such as 0.2 to keep a fifth.")
    return rate
