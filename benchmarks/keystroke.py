"""How long context at a cursor takes: ``Compressor.complete`` on a folder that it knows, one edit before each call.

    python -m benchmarks.keystroke FOLDER [--positions 500] [--budget 2000] [--saved] [--deadline-ms N] [--seed 1]

FOLDER: a repository; it is copied, and the copy is edited. A position is a line inside of a function of a real file,
chosen by the seed; before each call, half a line is typed there: into the open file as an editor holds it, and, with
--saved, into the file on disk as well. Prints percentiles of wall-clock and of processor time and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longzip import Compressor, Settings, Source, read_repository


@dataclass(frozen=True, slots=True)
class Position:
    """A cursor in a file, and what is typed there."""

    name: str
    offset: int
    typed: str


def positions(sources: Sequence[Source], compressor: Compressor, count: int, seed: int) -> list[Position]:
    """Lines inside of functions of at least three lines, files drawn by how many they have."""
    chosen = random.Random(seed)
    found: list[Position] = []
    for source in sources:
        for chunk in compressor.form.split(source):
            if chunk.kind != "function" or chunk.last_line - chunk.first_line < 3:
                continue
            ends = [chunk.start + at for at, character in enumerate(chunk.text) if character == "\n"]
            offset = chosen.choice(ends[1:] or ends)
            line = source.text[source.text.rfind("\n", 0, offset) + 1 : offset]
            found.append(Position(source.name, offset, "\n" + line[: max(1, len(line) // 2)]))
    return chosen.sample(found, min(count, len(found)))


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    return {
        "p50": round(1000 * percentile(values, 0.5), 1),
        "p95": round(1000 * percentile(values, 0.95), 1),
        "worst": round(1000 * max(values), 1),
    }


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    compressor = Compressor.load(settings=Settings(cache_dir=arguments.cache))
    sources = read_repository([folder], compressor.settings).sources
    texts = {source.name: source.text for source in sources}
    places = positions(sources, compressor, arguments.positions, arguments.seed)
    budget = {"budget": arguments.budget, "deadline_ms": arguments.deadline_ms}
    began = time.perf_counter()
    first = compressor.complete(prefix="\n", suffix="x", root=folder, budget=arguments.budget)
    built = time.perf_counter() - began
    wall: list[float] = []
    cpu: list[float] = []
    tokens: list[int] = []
    for place in places:
        text = texts[place.name]
        prefix, suffix = text[: place.offset] + place.typed, text[place.offset :]
        if arguments.saved:
            file = folder.parent / place.name
            file.write_text(prefix + suffix, encoding="utf-8")
            texts[place.name] = prefix + suffix
        start, used = time.perf_counter(), time.process_time()
        result = compressor.complete(prefix=prefix, suffix=suffix, path=place.name, root=folder, **budget)
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
        tokens.append(result.report.got)
    return {
        "positions": len(places), "repository tokens": first.report.original_tokens, "budget": arguments.budget,
        "saved": arguments.saved, "build s": round(built, 2), "wall ms": summary(wall), "cpu ms": summary(cpu),
        "tokens p50": percentile(tokens, 0.5),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--positions", type=int, default=500)
    parser.add_argument("--budget", type=int, default=2_000)
    parser.add_argument("--saved", action="store_true")
    parser.add_argument("--deadline-ms", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", help="the cache's folder; the user's own if not said")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / arguments.folder.resolve().name
        shutil.copytree(arguments.folder, folder, symlinks=True)
        found = measure(folder, arguments)
    for what in ("wall ms", "cpu ms"):
        print(what, found[what])
    print(json.dumps({"machine": platform.machine(), "python": platform.python_version(), **found}))


if __name__ == "__main__":
    main()
