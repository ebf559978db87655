"""Puts the tables of finished runs into RESULTS.md, each with the command that makes it.

    python -m benchmarks.publish [NAME ...]

Between ``<!-- NAME -->`` and ``<!-- /NAME -->`` in RESULTS.md stands the table of results/NAME; all else is left alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from longzip import LongzipError, SourceError

HERE = Path(__file__).parent


def published(text: str, results: Path, names: Sequence[str]) -> str:
    """The text with the tables of these runs, of all that it names where there are none. Raises SourceError for one
    without results or without a place."""
    for name in names or re.findall(r"<!-- ([\w.-]+) -->", text):
        place = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.S)
        if not place.search(text):
            raise SourceError(
                f"RESULTS.md has no place for {name}; write <!-- {name} --> and <!-- /{name} --> into it."
            )
        block = section(results / name)
        text = place.sub(lambda match, block=block: f"{match[1]}{block}{match[2]}", text)  # type: ignore[misc]
    return text


def section(folder: Path) -> str:
    try:
        about, table = (
            json.loads((folder / "run.json").read_text(encoding="utf-8")),
            (folder / "table.md").read_text(encoding="utf-8"),
        )
    except OSError:
        raise SourceError(
            f"there are no results in {folder}; run configs/benchmarks/{folder.name}.toml first."
        ) from None
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    begun = f", begun at {', '.join(about['earlier_commits'])}" if about.get("earlier_commits") else ""
    made = (
        f"seed {about['seed']}, commit {about['commit']}{begun}, model {about['model']}, {about['device']}; {versions}"
    )
    return f"`{about['command']}` ({made})\n\n{table}\n"


def main(names: Sequence[str]) -> int:
    try:
        text = published((HERE / "RESULTS.md").read_text(encoding="utf-8"), HERE / "results", names)
    except LongzipError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
