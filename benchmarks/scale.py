"""Seconds and memory of the command line, from ten thousand to ten million tokens.

    python benchmarks/scale.py --packages SITE_PACKAGES [--sizes 10000,100000,1000000] [--work DIR] [--model embedded]
    [--out DIR] [--tree DIR]

Repositories are assembled of the Python files of installed packages, in alphabetical order of the packages, until there
are so many tokens. Each is compressed in four runs, each a process of its own: cold (an empty cache), the same query
again, another query, and, after one file was edited, that query again. The floor is what reading the bytes of all
files once takes. Prints a table and one JSON line; with --out also writes scale.json and, where matplotlib is installed
(extra ``train``), scale.png. --tree measures the longzip of another source tree.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import longzip

FIRST, SECOND = "how are default values of options shown in the help?", "where is the layout of a table computed?"
BUDGET = 4000
RUNS = ("cold", "again", "other query", "one file edited")
EDIT = "\n\ndef edited_by_the_benchmark(value):\n    # a line that was not there before\n    return value\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One run. seconds: on the clock, from the start of the process to its end. processor: of all its threads and
    children.
    megabytes: the most memory it had at once. stages: seconds by stage. floor: see the module."""

    size: int
    tokens: int
    files: int
    run: str
    seconds: float
    processor: float
    megabytes: float
    cache_megabytes: float
    stages: dict[str, float]
    floor: float = 0.0


def floor(folder: Path) -> float:
    """Seconds to read the bytes of all files of a folder, the best of three."""
    found: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        for path in folder.rglob("*"):
            if path.is_file():
                path.read_bytes()
        found.append(time.perf_counter() - began)
    return round(min(found), 4)


def texts(packages: Path) -> Iterator[tuple[str, str]]:
    """Python files of packages, by name, as longzip reads them."""
    settings = longzip.Settings(cache=False, include=("*.py",))
    for folder in sorted(path for path in packages.iterdir() if path.is_dir() and (path / "__init__.py").is_file()):
        for source in longzip.read_repository([folder], settings).sources:
            yield source.name, source.text


def assemble(packages: Path, sizes: Sequence[int], work: Path) -> None:
    """A folder for each size, which is not there yet."""
    missing = sorted(size for size in sizes if not (work / str(size)).is_dir())
    count = longzip.Compressor.load("embedded", settings=longzip.Settings(cache=False)).count
    kept: list[tuple[str, str]] = []
    total, files = 0, texts(packages)
    for size in missing:
        while total < size:
            try:
                name, text = next(files)
            except StopIteration:
                sys.exit(f"{packages} holds {total:,} tokens only; name a folder with more packages.")
            kept.append((name, text))
            total += count(text)
        for name, text in kept:
            target = work / str(size) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())


def measure(size: int, work: Path, model: str, tree: Path | None = None) -> Iterator[Row]:
    """The four runs. tree: of the longzip that is measured; None: the one that is installed."""
    cache = Path(tempfile.mkdtemp(prefix="cache-", dir=work))
    folder = work / str(size)
    edited = sorted(folder.rglob("*.py"))[0]
    before = edited.read_bytes()
    least = floor(folder)
    environment = os.environ if tree is None else {**os.environ, "PYTHONPATH": str(tree.resolve())}
    try:
        for name, query in zip(RUNS, (FIRST, FIRST, SECOND, SECOND), strict=True):
            if name == RUNS[-1]:
                edited.write_bytes(before + EDIT.encode())
            yield replace(run(size, folder, name, query, model, cache, environment), floor=least)
    finally:
        edited.write_bytes(before)
        shutil.rmtree(cache)


def run(size: int, folder: Path, name: str, query: str, model: str, cache: Path, environment: Mapping[str, str]) -> Row:
    command = [
        sys.executable,
        "-m",
        "longzip",
        "compress",
        str(folder),
        "-q",
        query,
        "--budget",
        str(BUDGET),
        "--model",
        model,
    ]
    command += ["--cache", str(cache), "-o", str(cache / "result.txt")]
    began, used = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(environment), cwd=cache)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds, now = time.perf_counter() - began, os.times()
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed: {told}")
    return Row(
        size, number(r"^([\d,]+) → ", told), number(r"files: [\d,]+ of ([\d,]+)", told), name, round(seconds, 2),
        round(now.children_user + now.children_system - used.children_user - used.children_system, 2),
        round(usage.ru_maxrss / 1024),
        round(sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) / 1e6, 1), stages(told),
    )  # fmt: skip


def number(pattern: str, summary: str) -> int:
    """A number that the summary tells; 0 where it does not."""
    found = re.search(pattern, summary, re.M)
    return int(found[1].replace(",", "")) if found else 0


def stages(summary: str) -> dict[str, float]:
    """Seconds by stage, as the summary tells them."""
    told = re.search(r"^[\d.]+ s: (.*) · model", summary, re.M)
    return (
        {name: float(seconds) for name, seconds in re.findall(r"([a-z]+(?: [a-z]+)*) ([\d.]+) s", told[1])}
        if told
        else {}
    )


def table(rows: Sequence[Row]) -> str:
    lines = [
        "| size | tokens read | files read | run | seconds | processor | × floor | memory, MB | cache, MB "
        "| stages, seconds |",
        "|---:|---:|---:|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in row.stages.items() if seconds >= 0.05)
        lines.append(
            f"| {row.size:,} | {row.tokens:,} | {row.files:,} | {row.run} | {row.seconds:.1f} | {row.processor:.1f} "
            f"| {row.seconds / row.floor if row.floor else 0:,.0f} | {row.megabytes:,.0f} "
            f"| {row.cache_megabytes:,.1f} | {stages} |"
        )
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name in RUNS:
        own = [row for row in rows if row.run == name]
        left.loglog([row.tokens for row in own], [row.seconds for row in own], "o-", label=name)
        right.loglog([row.tokens for row in own], [row.megabytes for row in own], "o-", label=name)
    for axes, label in ((left, "seconds"), (right, "memory, MB")):
        axes.set(xlabel="tokens of the repository", ylabel=label)
        axes.grid(visible=True, which="both", alpha=0.3)
    left.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="a folder of installed packages")
    parser.add_argument("--sizes", default="10000,100000,1000000", help="tokens, separated by commas")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "longzip-scale",
        help="where repositories are assembled, once",
    )
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--tree", type=Path, help="the source tree of another longzip to measure")
    parser.add_argument("--out", type=Path, help="folder for scale.json and scale.png")
    arguments = parser.parse_args()
    arguments.work = arguments.work.resolve()
    sizes = [int(part) for part in arguments.sizes.split(",")]
    arguments.work.mkdir(parents=True, exist_ok=True)
    assemble(arguments.packages, sizes, arguments.work)
    rows: list[Row] = []
    for size in sizes:
        for row in measure(size, arguments.work, arguments.model, arguments.tree):
            rows.append(row)
            print(f"{row.size:,} {row.run}: {row.seconds:.1f} s", file=sys.stderr)
    record = {
        "model": arguments.model,
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "rows": [asdict(row) for row in rows],
    }
    print(table(rows))
    print(json.dumps(record))
    if arguments.out is not None:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "scale.json").write_text(json.dumps(record, indent=1) + "\n")
        try:
            plot(rows, arguments.out / "scale.png")
        except ImportError:
            print("matplotlib is not installed; no plot", file=sys.stderr)


if __name__ == "__main__":
    main()
