"""Documents of any program: which parts matter for a question, each under its own document; and texts cut by syntax.

It knows the public names of longzip and no program.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import PurePosixPath

import longzip
from longzip import Compressor, Settings, Source, TextOptions

PLAIN = Settings(model="ngram", cache=False)


def shortened(
    texts: Sequence[str], names: Sequence[str], query: str, budget: int, settings: Settings | None = None
) -> list[tuple[int, str]]:
    """What is left of the texts: (index of the text, its part), in their order, without those of which nothing is left.

    names: where each comes from, "" where that is not known; its ending tells the language. budget: tokens of all
    together. Raises LongzipError.
    """
    settings = settings or Settings()
    labels = [f"longzip-document-{at}{PurePosixPath(name).suffix}" for at, name in enumerate(names)]
    sources = [Source(label, text) for label, text in zip(labels, texts, strict=True)]
    present = [source for source in sources if source.text.strip()]
    if not present:
        return []
    if longzip.detect(present, settings).kind == "code":
        result = longzip.compress(present, query, budget=budget, options=TextOptions(settings=settings))
    else:
        result = longzip.compress_documents(present, query, budget, settings=settings)
    if len(present) == 1:
        return [(sources.index(present[0]), result.text)] if result.text.strip() else []
    return divided(result.text, labels)


def divided(text: str, labels: Sequence[str]) -> list[tuple[int, str]]:
    """A result by its documents. labels: what each is called in the line above its part, a name that no text holds."""
    parts: dict[int, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        at = next((at for at, label in enumerate(labels) if label in line.split()), None)
        if at is None:
            lines.append(line)
        else:
            lines = parts.setdefault(at, [])
    found = [(at, "".join(part).strip("\n")) for at, part in sorted(parts.items())]
    return [(at, part) for at, part in found if part.strip()]


@cache
def cutter() -> Compressor:
    """What knows where code may be cut; loads no model."""
    return Compressor.load(settings=PLAIN)


def pieces(text: str, name: str = "", language: str | None = None, most: int = 4_000) -> list[str]:
    """A text cut between functions, classes and module-level code; joined, the pieces are the text again.

    Neighbours stay together as long as they have at most ``most`` characters; what alone has more is cut between lines.
    name: its ending tells the language, where ``language`` does not.
    """
    found: list[str] = []
    for chunk in cutter().form.split(Source(name, text, language)):
        for part in [chunk.text] if len(chunk.text) <= most else by_lines(chunk.text, most):
            if found and len(found[-1]) + len(part) <= most:
                found[-1] += part
            else:
                found.append(part)
    return found


def by_lines(text: str, most: int) -> list[str]:
    found = [""]
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), most):
            part = line[start : start + most]
            if len(found[-1]) + len(part) > most:
                found.append("")
            found[-1] += part
    return [part for part in found if part]
