"""A digest of what longzip delivers on fixed input, to see whether a change of the code changed any output.

    python scripts/digest_outputs.py before.json
    ... change the code ...
    python scripts/digest_outputs.py after.json --against before.json

Covers the samples of ``tests/samples`` in every output format, installed packages under several questions, budgets and
every strategy, texts of every kind with and without a question, and conversations through a window under every
strategy. Of each result the text, the JSON form and the report without its seconds are digested. Exits 1 where anything
differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import distribution
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import longzip
from longzip import (
    BudgetTooSmall,
    Compressed,
    Compressor,
    ContextCompressor,
    Settings,
    Source,
    TextOptions,
    WindowOptions,
)

ROOT = Path(__file__).parent.parent
PACKAGES = ("platformdirs", "typer", "jinja2")
QUESTIONS = (
    "how are default values of options shown in the help?",
    "where is the cache directory of a user found on windows",
    "class Environment: load a template by its name",
    'Traceback:\n  File "main.py", line 12, in get_command\n    raise RuntimeError("no '
    'command")\nwhy is no command found?',
)
BUDGETS = (400, 2000, 8000)
STRATEGIES = ("default", "shares", "longcodezip")
FORMATS = ("text", "markdown", "xml", "json")
WORDS = "the build fails because port 6379 is taken we decided to use Redis see src/app/main.py:42 why deploy by Friday"
Conversation = list[dict[str, object]]
LEVELS = ("light", "balanced", "aggressive")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="where the digests are written, as JSON")
    parser.add_argument("--against", type=Path, help="digests of another time; the differences are listed")
    parser.add_argument("--only", default="", help="digest what has this in its name")
    parser.add_argument("--texts", type=Path, help="a folder to which the outputs themselves are written")
    options = parser.parse_args()
    found: dict[str, str] = {}
    for name, text in outputs(options.only):
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
        if options.texts:
            options.texts.mkdir(parents=True, exist_ok=True)
            (options.texts / (name.replace("/", "_").replace(" ", "_") + ".txt")).write_text(text, encoding="utf-8")
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(found)} outputs\n")
    return compared(found, json.loads(options.against.read_text(encoding="utf-8"))) if options.against else 0


def compared(now: Mapping[str, str], before: Mapping[str, str]) -> int:
    """Says what differs; 1 where anything does."""
    shared = now.keys() & before.keys()
    different = sorted(name for name in shared if now[name] != before[name])
    sys.stdout.write("".join(f"differs: {name}\n" for name in different))
    sys.stdout.write(f"{len(shared) - len(different)} of {len(shared)} are the same\n")
    return 1 if different or not shared else 0


def outputs(only: str) -> Iterator[tuple[str, str]]:
    """Every output, by name, made when it is its turn."""
    cases: list[tuple[str, Callable[[], str]]] = [*sample_cases(), *package_cases(), *text_cases(), *window_cases()]
    for name, made in cases:
        if only in name:
            yield name, made()


class Case:
    """The results for several budgets, read and scored once, made on demand."""

    def __init__(
        self, sources: Path | Source | Sequence[Source], query: str, budgets: Sequence[int], settings: Settings
    ) -> None:
        self._sources, self._query, self._budgets, self._settings = sources, query, budgets, settings

    def __call__(self) -> str:
        try:
            found = compressor(self._settings).compress_to(self._sources, query=self._query, budgets=self._budgets)
        except BudgetTooSmall as error:
            return str(error)
        return "\n".join(map(described, found))


@cache
def compressor(settings: Settings) -> Compressor:
    """One for each settings: it remembers what it parsed."""
    return Compressor.load(settings=settings)


class TextCase:
    """One text through the door for any text, made on demand."""

    def __init__(
        self, sources: Source | Conversation, query: str | None, level: str | None, settings: Settings
    ) -> None:
        self._sources, self._query, self._level, self._settings = sources, query, level, settings

    def __call__(self) -> str:
        options = TextOptions(settings=self._settings)
        return described(longzip.compress(self._sources, self._query, level=self._level, options=options))


class WindowCase:
    """One conversation through a window, made on demand: the view after each twentieth message, and the window's
    numbers."""

    def __init__(self, messages: Conversation, strategy: str) -> None:
        self._messages, self._strategy = messages, strategy

    def __call__(self) -> str:
        options = WindowOptions(strategy=self._strategy)  # type: ignore[arg-type]
        window = ContextCompressor(t_max=1500, t_retained=900, t_summary=400, options=options)
        said: list[object] = []
        for number, message in enumerate(self._messages):
            window.append(message)
            if number % 20 == 19:
                said.append(window.get_current_context())
        numbers = replace(window.get_stats(), seconds=0.0)
        return json.dumps([said, asdict(numbers)], ensure_ascii=False, default=str)


def described(result: Compressed) -> str:
    """Everything of a result but the seconds."""
    report = replace(result.report, stages=tuple(replace(stage, seconds=0.0) for stage in result.report.stages))
    digest = asdict(result.digest) if result.digest else None
    parts = [str(result), result.as_dict(), report.as_dict(), digest, list(result.messages)]
    return json.dumps(parts, ensure_ascii=False, default=str)


def plain(strategy: str = "default", output: str = "text") -> Settings:
    return Settings(strategy=strategy, format=output, cache=False, isolated=False)  # type: ignore[arg-type]


def sample_cases() -> Iterator[tuple[str, Case]]:
    folder = ROOT / "tests" / "samples"
    found = [Source(path.name, path.read_bytes().decode()) for path in sorted(folder.iterdir()) if path.is_file()]
    for output in FORMATS:
        yield (
            f"samples/{output}",
            Case(found, "read the lines of a file and count them", (600, 2600), plain(output=output)),
        )
    for source, strategy in product(found, STRATEGIES):
        yield f"sample/{source.name}/{strategy}", Case(source, "count the items of a list", (150,), plain(strategy))


def package_cases() -> Iterator[tuple[str, Case]]:
    for package, strategy, (number, query) in product(PACKAGES, STRATEGIES, enumerate(QUESTIONS)):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            sys.exit(f"{package} is not installed; run scripts/setup dev")
        yield f"package/{package}/{strategy}/{number}", Case(Path(spec.origin).parent, query, BUDGETS, plain(strategy))


def text_cases() -> Iterator[tuple[str, TextCase]]:
    code = (ROOT / "tests" / "samples" / "sample.py").read_text(encoding="utf-8")
    talk = "\n\n".join(f"{line['role']}: {line['content']}" for line in conversation(3, 60))
    log = "\n".join(
        f"2026-03-0{number % 9 + 1} 12:00:{number % 60:02} {level(number)} request {number}" for number in range(400)
    )
    texts = {
        "document": distribution("typer").read_text("METADATA") or "",
        "talk": talk,
        "log": log,
        "code": code,
    }
    for (name, text), query, wanted in product(texts.items(), (None, "why does the build fail?"), LEVELS):
        settings = replace(plain(), force=True)
        source = Source("sample.py" if name == "code" else "", text)
        yield f"text/{name}/{'question' if query else 'plain'}/{wanted}", TextCase(source, query, wanted, settings)
    yield "text/messages", TextCase(conversation(5, 80), None, "balanced", replace(plain(), force=True))


def window_cases() -> Iterator[tuple[str, WindowCase]]:
    for strategy, seed in product(("ledger", "density", "auto", "truncate", "window"), (1, 2)):
        yield f"window/{strategy}/{seed}", WindowCase(conversation(seed, 200), strategy)


def level(number: int) -> str:
    return "ERROR" if number % 37 == 5 else "WARNING" if number % 11 == 3 else "INFO"


def conversation(seed: int, length: int) -> Conversation:
    """A conversation of a user and an assistant, with calls of tools and their results."""
    draw, words = random.Random(seed), WORDS.split()
    made: Conversation = [{"role": "system", "content": "You are careful."}]
    for number in range(length // 4):
        said = " ".join(draw.choice(words) for _ in range(draw.randrange(5, 40)))
        call = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "search", "arguments": json.dumps({"q": said[:20]})},
        }
        rows = json.dumps(
            [{"id": f"row_{draw.randrange(999)}", "price": draw.randrange(999)} for _ in range(draw.randrange(20))]
        )
        made += [
            {"role": "user", "content": f"{said}?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": rows},
            {"role": "assistant", "content": f"We decided: {said}. The error in src/f{draw.randrange(9)}.py is fixed."},
        ]
    return made


if __name__ == "__main__":
    sys.exit(main())
