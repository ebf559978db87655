"""Fetch packages in many languages, and check longzip's promises on their files at three budgets.

    python scripts/check_corpus.py --out .check [--per-language 350] [--rates 0.1,0.25,0.45] [--rows
    benchmarks/results/corpus]

The packages stand in configs/check.toml, pinned. Of each language so many files are taken, in an order that depends on
their names alone; each is compressed alone with the n-gram model at each rate, as scripts/check_promises.py does.
Prints a Markdown table and one JSON line. Exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from check_promises import Tally, check, language_of, table
from packages import fetch, members, parse_packages

from longzip import Compressor, Settings, Source
from longzip.sources.repository import Repository, read

FEWEST_TOKENS = 400  # of a file: budgets of smaller ones would be a few lines


def unpacked(config: Path, out: Path) -> Iterator[Path]:
    """The folders of the packages; fetched and unpacked where they are not there yet."""
    for package in parse_packages(tomllib.loads(config.read_text(encoding="utf-8"))["packages"]):
        target = out / "files" / package.kind / package.name.replace("/", "__")
        if not target.exists():
            folder = fetch(package, out / "packages")
            if folder is None:
                continue
            for archive in sorted(folder.iterdir()):
                for name, data in members(archive):
                    path = target / name.lstrip("/")
                    if ".." not in path.parts:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(data)
        yield target


def sampled(repository: Repository, per_language: int, compressor: Compressor) -> dict[str, list[Source]]:
    """By language, the files that are large enough, in the order of a hash of their names."""
    found: dict[str, list[Source]] = defaultdict(list)
    ordered = sorted(
        repository.sources, key=lambda source: hashlib.sha256(source.name.encode("utf-8", "replace")).digest()
    )
    for source in ordered:
        language = language_of(source)
        if (
            language is not None
            and len(found[language]) < per_language
            and compressor.count(source.text) >= FEWEST_TOKENS
        ):
            found[language].append(source)
    return {language: sources for language, sources in sorted(found.items()) if sources}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=Path("configs/check.toml"))
    parser.add_argument("--out", type=Path, default=Path(".check"))
    parser.add_argument("--per-language", type=int, default=350)
    parser.add_argument("--rates", default="0.1,0.25,0.45")
    parser.add_argument("--languages", help="only these, with commas")
    arguments = parser.parse_args()
    compressor = Compressor.load("ngram", settings=Settings())
    rates = [float(rate) for rate in arguments.rates.split(",")]
    repository = read(list(unpacked(arguments.config, arguments.out)), Settings(hidden=False))
    began, tallies = time.monotonic(), {}
    for language, sources in sampled(repository, arguments.per_language, compressor).items():
        if arguments.languages and language not in arguments.languages.split(","):
            continue
        tallies[language] = tally = Tally()
        started = time.monotonic()
        for source in sources:
            check(source, compressor, rates, tally)
        tally.seconds = time.monotonic() - started
        print(
            f"{language}: {tally.files} files, {len(tally.broken)} broken, {tally.seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )
        for line in tally.broken[:20]:
            print(f"  {line}", file=sys.stderr, flush=True)
    print(table(tallies))
    rows = {language: tally.summary() for language, tally in tallies.items()}
    print(json.dumps({"rates": rates, "seconds": round(time.monotonic() - began), "languages": rows}))
    sys.exit(1 if any(tally.broken for tally in tallies.values()) else 0)


if __name__ == "__main__":
    main()
