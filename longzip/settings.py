"""Every knob, validated when it is set, with a table of where each came from.

Settings know nothing of the command line: it hands its options in as one more layer.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from longzip.errors import SettingsError

Strategy = Literal["default", "shares", "passages", "longcodezip"]
OutputFormat = Literal["text", "markdown", "xml", "json"]
MARKER = "{count} ({range}){names}"
LONGEST_MARKER = 1_000  # characters
MOST_TOML_BYTES = 1_000_000
Blocks = Literal["perplexity", "statements"]
Fine = Literal["on", "off", "auto"]
TextKind = Literal["auto", "conversation", "code", "research", "document", "log"]
TextLayout = Literal["plain", "protocol", "contextzip", "retrospective"]
TextLanguage = Literal["auto", "en", "zh"]
Secrets = Literal["mask", "skip", "keep", "fail"]
Device = Literal["auto", "cpu", "cuda", "mps"]
Cascade = Literal["auto", "on", "off"]
Reading = Literal["auto", "all"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to compress. Formulas and symbols are those of LongCodeZip (arXiv 2510.00446, section III).

    budget, query: what ``longzip compress`` takes where it is given neither there; "" for none.
    model: "embedded", "ngram", a local model directory, a hub id, or a model on a server, URL#NAME, such as
        http://localhost:8000/v1#qwen.
    device: where the model runs; "auto" takes CUDA, then MPS, then the CPU.
    trust_remote_code: whether a model may bring its own Python code. Off unless you trust its author.
    server_tokenizer: of a model on a server its tokenizer (a file, a folder or a hub id), so that texts are sent as its
        token ids, which is exact; "" sends them as text.
    server_key: the environment variable that holds the server's API key, where it wants one.
    server_timeout: seconds to wait for one answer. server_retries: how often a failed request is sent again.
    server_concurrency: requests under way at once. server_window: most tokens in one request that is sent as token ids.
    ray: the address of a Ray cluster ("auto", "ray://HOST:10001", or "local" to start one here) on which the model
        runs, once in each of ray_actors actors; "" runs it in this process.
    count_for: whose tokens the budget counts: "model" (the scoring model's own), a family of models such as "gpt-5"
        (an estimate on the safe side), a tokenizer file or directory, a hub
        id, "tiktoken:ENCODING", or "chars/N" (N characters a token).
    strategy: "default": one knapsack over signatures, blocks and whole functions of all files; "shares": the published
        shares per function, cut at statement edges; "passages": for prose, sentences and lines by the words that they
        and their neighbours share with the query, without the model; "longcodezip": the published algorithm.
    fine: whether kept functions may be cut inside (fine stage); "off" keeps or drops them whole; "auto" cuts them where
        the seconds that takes cost less than the tokens that it saves the reader.
    price_in, price_second: what a million tokens cost the reader, and a second on this machine, in any one currency; at
        least 0. Only fine = "auto" asks.
    knee: with the budget "knee", the least growth of the kept relevance for which a budget half as large again is
    taken; > 0.
    outline: whether a query that nothing in the sources seems to have to do with is answered by an outline of the
    sources.
    blocks: where kept functions are cut: "statements", at every statement; "perplexity", where a line's perplexity
        spikes, at the nearest statement, which takes a pass of the model over them. The strategy longcodezip always
        cuts at spikes.
    alpha: a block begins at a line whose perplexity stands above its neighbours by alpha standard deviations; > 0.
    beta: how strongly relevance biases a function's share, in [0, 1] (Eq. 5).
    fine_ratio: R_fine, the share of the coarse selection that the fine stage keeps, in (0, 1]: B_coarse = B / R_fine.
    demote_tests: whether tests stand back behind the code that they test, unless the query is about tests.
    closure: whether what kept code uses counts: the imports of its file stay, and the signatures of functions and
        classes of the repository that it calls or inherits from are worth more (strategy default).
    exact: whether the knapsack over the repository is solved exactly; False: filled by worth per token (strategy
    default).
    small_lines: functions under so many lines are kept whole in the fine stage.
    query_characters: a longer query is scored by its last so many characters.
    score_tokens: the most tokens of the sources that the model reads; 0 means any number. Of more, it reads the
        functions that share the most words with the query, and what these use.
    cascade: whether the embedded model and the other signals put all functions in order, and ``model`` reads the best
        only, as many as ``max_seconds`` allows at its speed on this machine, 64 at most; "auto" where the model is
        large and runs on the CPU.
    max_seconds: about how long the model may read, by its usual speed on two cores; 0 means any time. A number of
        tokens like ``score_tokens``, so that the same input gives the same result on a slow day; the smaller of the two
        counts.
    batch_tokens: tokens, padding included, in one forward pass.
    format: of the result.
    instruction: text to put before the context; counted.
    marker: what a gap marker says: text with {count} ("12 lines"), {range} ("31-42"), {names} (": load(), 3 more", or
        nothing), {file} and {values} (": auth.py, 6379, 3 more": identifiers, paths and numbers of what is hidden, or
        nothing).
    marker_names: how many of the functions that a gap marker hides it names, at the most, where the budget has room.
    drop_comments: whether comments are left out that document nothing (doc comments and directives stay).
    shorten_literals: whether long lists and tables of data are shown by their head, and the number of what follows.
    merge_imports: whether the imports that are shown stand together: no blank lines between them, no markers for the
    others.
    line_numbers: whether each line begins with its number in the file.
    isolated: whether sources are parsed in processes of their own, so that a grammar that crashes or hangs costs one
    file.
    mentions: whether functions that the query names by their place are kept: frames of a stack trace, path:line, hunks
        of a diff.
    prompt: whether the result is the whole prompt: instruction, context, question; counted.
    include, exclude: git-style globs of files to read or to leave out.
    kind: what a text is, where it is not what it looks like.
    layout: of compressed prose: "plain", its kept sentences; "protocol", with the header and templates of the context
        compressor protocol; "contextzip", its blocks; "retrospective", what a review of a session asks for.
    language: of templates; "auto" goes by the text.
    force: whether texts are compressed, too, that had better be left alone: short, legal, medical, financial.
    read: "auto", of a large folder only the files that promise most for a question, by a cheap look at all of them,
        are parsed and scored; "all", every file.
    max_file_bytes: larger files are skipped.
    secrets: what is done with keys, tokens and passwords in what is read: "mask", a mask stands in their place; "skip",
        files with any are left out; "keep", nothing; "fail", an error.
    hidden: whether files and folders whose name begins with a dot are read. gitignore: whether what git ignores is left
        out.
    cache: whether what was computed is kept for the next time, on disk. cache_dir: the folder for it; "" means the
        user's folder for caches. cache_megabytes: beyond that, what was not used for the longest time goes.
    """

    budget: str = ""
    query: str = ""
    model: str = "embedded"
    device: Device = "auto"
    trust_remote_code: bool = False
    server_tokenizer: str = ""
    server_key: str = "LONGZIP_API_KEY"
    server_timeout: float = 120.0
    server_retries: int = 5
    server_concurrency: int = 8
    server_window: int = 4096
    ray: str = ""
    ray_actors: int = 2
    count_for: str = "model"
    strategy: Strategy = "default"
    fine: Fine = "on"
    price_in: float = 3.0
    price_second: float = 0.00005
    knee: float = 0.1
    outline: bool = True
    blocks: Blocks = "statements"
    alpha: float = 0.5
    beta: float = 0.5
    fine_ratio: float = 0.8
    demote_tests: bool = True
    closure: bool = True
    exact: bool = True
    small_lines: int = 5
    query_characters: int = 3000
    score_tokens: int = 0
    max_seconds: float = 300.0
    cascade: Cascade = "auto"
    batch_tokens: int = 16384
    format: OutputFormat = "text"
    instruction: str = ""
    marker: str = MARKER
    marker_names: int = 3
    drop_comments: bool = False
    shorten_literals: bool = False
    merge_imports: bool = False
    line_numbers: bool = False
    isolated: bool = True
    mentions: bool = True
    prompt: bool = False
    kind: TextKind = "auto"
    layout: TextLayout = "plain"
    language: TextLanguage = "auto"
    force: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    read: Reading = "auto"
    max_file_bytes: int = 1_000_000
    hidden: bool = False
    secrets: Secrets = "mask"
    encoding: str = ""
    gitignore: bool = True
    cache: bool = True
    cache_dir: str = ""
    cache_megabytes: int = 2000

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for knob in fields(self):
            check_type(knob.name, getattr(self, knob.name), hints[knob.name])
        check_range("alpha", self.alpha, self.alpha > 0, "above 0")
        check_range("beta", self.beta, 0 <= self.beta <= 1, "between 0 and 1")
        check_range("fine_ratio", self.fine_ratio, 0 < self.fine_ratio <= 1, "above 0 and at most 1")
        check_range("knee", self.knee, self.knee > 0, "above 0")
        for name in ("price_in", "price_second"):
            check_range(name, getattr(self, name), getattr(self, name) >= 0, "0 or more")
        for name in (
            "small_lines",
            "query_characters",
            "batch_tokens",
            "max_file_bytes",
            "cache_megabytes",
            "server_concurrency",
            "server_window",
            "ray_actors",
        ):
            check_range(name, getattr(self, name), getattr(self, name) > 0, "a positive number")
        check_range("server_timeout", self.server_timeout, self.server_timeout > 0, "above 0")
        check_range("server_retries", self.server_retries, self.server_retries >= 0, "0 or more")
        check_range("score_tokens", self.score_tokens, self.score_tokens >= 0, "0 or more")
        check_range("max_seconds", self.max_seconds, self.max_seconds >= 0, "0 or more")
        check_range("marker_names", self.marker_names, self.marker_names >= 0, "0 or more")
        check_marker(self.marker)
        check_encoding(self.encoding)


@dataclass(frozen=True, slots=True)
class Layer:
    """Some settings and where they come from. values: by the names of ``Settings``. profiles: more of them, by a name
    with which they are asked for."""

    origin: str
    values: Mapping[str, object]
    profiles: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def profile(self, name: str) -> list[Layer]:
        """The settings of a profile, which come after the others; nothing where there is none of that name."""
        found = self.profiles.get(name)
        return [] if found is None else [Layer(f"{self.origin}, profile {name}", found)]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings in force, and for each name the origin of its value."""

    settings: Settings
    origins: Mapping[str, str] = field(default_factory=dict)


def check_type(name: str, value: object, hint: Any) -> None:
    choices = get_args(hint)
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return
    if choices and not isinstance(choices[0], type):
        if value not in choices:
            raise SettingsError(f"{name} is {value!r}; choose one of: {', '.join(map(str, choices))}.")
    elif choices:
        if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{name} is {value!r}; give a list of globs.")
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise SettingsError(f"{name} is {value!r}; give a value of type {hint.__name__}.")


def check_range(name: str, value: object, holds: bool, wanted: str) -> None:
    if not holds:
        raise SettingsError(f"{name} is {value}; it must be {wanted}.")


def check_marker(text: str) -> None:
    """Raises SettingsError for what no gap marker can say."""
    if len(text) > LONGEST_MARKER or re.search(r"\{[^{}]*[:!\[.]", text):
        raise SettingsError(
            f"marker is {text[:80]!r}; give fields as they are, in at most {LONGEST_MARKER:,} characters."
        )
    try:
        filled = text.format(count="1 line", range="1", names="", file="a", values="")
    except (KeyError, IndexError, ValueError, AttributeError):
        raise SettingsError(
            f"marker is {text!r}; its fields are {{count}}, {{range}}, {{names}}, {{values}} and {{file}}."
        ) from None
    if not filled.isprintable() or not filled.strip():
        raise SettingsError(f"marker is {text!r}; it must be one line of text.")


def check_encoding(name: str) -> None:
    """Raises SettingsError for what is no encoding of text."""
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError):
        raise SettingsError(
            f"encoding is {name!r}; give one that Python knows, such as gb18030 or shift_jis."
        ) from None


def combine(*layers: Layer) -> Loaded:
    """Later layers win. Raises SettingsError for an unknown name, with its origin."""
    known = {knob.name for knob in fields(Settings)}
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known, "default")
    for layer in layers:
        for name, value in layer.values.items():
            if name not in known:
                raise SettingsError(f"{layer.origin} sets {name!r}, which is no setting; `longzip config` lists them.")
            values[name] = tuple(value) if isinstance(value, list) else value
            origins[name] = layer.origin
    try:
        return Loaded(Settings(**values), origins)
    except SettingsError as error:
        blamed = next((origins[name] for name in values if str(error).startswith(name + " ")), "")
        raise SettingsError(f"{blamed}: {error}" if blamed not in ("", "default") else str(error)) from None


def file_layers(folder: Path) -> list[Layer]:
    """``[tool.longzip]`` of pyproject.toml, then longzip.toml, of the nearest folder upwards that has one of them.

    Raises SettingsError where one of them cannot be read, or sets what only a file that was named may set.
    """
    for place in [folder, *folder.parents]:
        found = [file_layer(place / name) for name in ("pyproject.toml", "longzip.toml") if (place / name).is_file()]
        if layers := [
            layer for layer in found if layer.values or layer.profiles or not layer.origin.endswith("pyproject.toml")
        ]:
            for layer in layers:
                for part in (layer, *(one for name in layer.profiles for one in layer.profile(name))):
                    check_found(part)
            return layers
    return []


def on_server(model: str) -> bool:
    """Whether the setting ``model`` names a model on a server."""
    return model.startswith(("http://", "https://"))


HARMLESS = frozenset(
    {
        "strategy",
        "fine",
        "price_in",
        "price_second",
        "knee",
        "outline",
        "blocks",
        "alpha",
        "beta",
        "cascade",
        "fine_ratio",
    }
    | {"demote_tests", "closure", "exact", "small_lines", "query_characters", "format", "marker_names", "drop_comments"}
    | {"shorten_literals", "merge_imports", "line_numbers", "mentions", "prompt", "kind", "layout", "language", "force"}
    | {"include", "exclude", "cache", "budget"}
)  # what any file may set that lies in a folder: it changes what is chosen and how it looks, and nothing else
OWN_MODELS, OWN_COUNTS = ("embedded", "ngram"), re.compile(r"model|tiktoken:\w{1,40}|chars/[1-4]")


def check_found(layer: Layer) -> None:
    """Raises SettingsError for what a file may not set that nobody named: it may have come with a repository that is
    not to be trusted, and would run that repository's code here, write where it likes, send files and keys to a
    machine of its choice, put its own words before the code, or take away a limit."""
    defaults = Settings()
    for name, value in layer.values.items():
        if name in HARMLESS or name not in {knob.name for knob in fields(Settings)} or value == getattr(defaults, name):
            continue
        if not is_harmless(name, value, getattr(defaults, name)):
            what = "model to a server" if name == "model" and on_server(str(value)) else name
            raise SettingsError(
                f"{layer.origin} sets {what}, which longzip takes from no file that it merely found; if "
                f"you trust the file, pass --config {layer.origin}."
            )


def is_harmless(name: str, value: object, default: object) -> bool:
    """Whether a value of a setting that matters makes nothing worse than its default does."""
    if name == "secrets":
        return value != "keep"
    if name == "model":
        return value in OWN_MODELS
    if name == "count_for":
        return isinstance(value, str) and OWN_COUNTS.fullmatch(value) is not None
    if name in ("max_seconds", "max_file_bytes", "score_tokens", "batch_tokens"):
        below = isinstance(value, int | float) and isinstance(default, int | float) and value > 0
        return below and (name == "score_tokens" or value <= default)  # type: ignore[operator]
    return False


def file_layer(path: Path) -> Layer:
    """The settings in one TOML file: its ``[tool.longzip]`` where it is a pyproject.toml, else all of it.

    Raises SettingsError where it cannot be read.
    """
    table: object = read_toml(path)
    for key in ("tool", "longzip") if path.name == "pyproject.toml" else ():
        table = table.get(key, {}) if isinstance(table, dict) else table
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [tool.longzip] is no table; give settings as name = value below it.")
    table = dict(table)
    profiles = table.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(values, dict) for values in profiles.values()):
        raise SettingsError(
            f"{path}: profiles are no tables; write [profiles.NAME], in pyproject.toml "
            "[tool.longzip.profiles.NAME], and settings below it."
        )
    return Layer(str(path), as_text(table), {name: as_text(values) for name, values in profiles.items()})


def as_text(table: Mapping[str, object]) -> dict[str, object]:
    """The settings with a budget that was given as a number as the text that it is on the command line."""
    budget = table.get("budget")
    number = isinstance(budget, int) and not isinstance(budget, bool)
    return {**table, "budget": str(budget)} if number else dict(table)


def read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_TOML_BYTES + 1)
        if len(data) > MOST_TOML_BYTES:
            raise SettingsError(f"{path} is larger than {MOST_TOML_BYTES:,} bytes, which no file of settings needs.")
        return tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise SettingsError(f"{path} cannot be read as TOML: it is nested too deeply.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}.") from None


def environment_layer(environment: Mapping[str, str] = os.environ) -> Layer:
    """``LONGZIP_<NAME>`` variables; lists are separated by commas, switches are 1/0, true/false, yes/no, on/off."""
    hints = get_type_hints(Settings)
    values: dict[str, object] = {}
    for name, hint in hints.items():
        variable = f"LONGZIP_{name.upper()}"
        if variable in environment:
            values[name] = parse(variable, environment[variable], hint)
    return Layer("environment", values)


def parse(variable: str, text: str, hint: Any) -> object:
    try:
        if hint is bool:
            return {
                "1": True,
                "true": True,
                "yes": True,
                "on": True,
                "0": False,
                "false": False,
                "no": False,
                "off": False,
            }[text.lower()]
        if hint in (int, float):
            return hint(text)
    except (KeyError, ValueError):
        raise SettingsError(f"{variable} is {text!r}; give a value of type {hint.__name__}.") from None
    if get_args(hint) and isinstance(get_args(hint)[0], type):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
