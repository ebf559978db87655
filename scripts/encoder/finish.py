"""Check the parts that build_questions.py wrote, and take out again what may not be in them.

    python scripts/encoder/finish.py --out OUT --names FILE --evaluation FOLDER

Drops functions of repositories named in the file, and functions that share code with the evaluation data by a second,
plainer measure: six lines in a row, equal but for white space, comments kept. Their pairs go with them, as do pairs
whose function is missing. Rewrites only the parts that change.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from build_questions import Builder, digest


def plain_windows(text: str) -> set[int]:
    """Hashes of every six lines in a row that hold something, white space left out."""
    lines = [re.sub(r"\s+", "", line) for line in text.split("\n")]
    lines = [line for line in lines if any(map(str.isalnum, line))]
    joined = ("\n".join(lines[at : at + 6]) for at in range(len(lines) - 5))
    return {digest(part) for part in joined if len(part) >= 60}


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        return [json.loads(row) for row in rows]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=4) as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--names", type=Path, required=True)
    parser.add_argument("--evaluation", type=Path, required=True)
    arguments = parser.parse_args()
    builder = Builder(set(arguments.names.read_text(encoding="utf-8").lower().split()), set(), arguments.out)
    forbidden: set[int] = set()
    for path in sorted(arguments.evaluation.rglob("*.jsonl.gz")):
        if {"cosqa", "repoeval", "infile_completion"} & set(path.parts):
            for row in read(path):
                for key in ("code", "text", "gt", "ground_truth"):
                    forbidden |= plain_windows(str(row.get(key) or ""))
    dropped: Counter[str] = Counter()
    ids: set[int] = set()
    for path in sorted(arguments.out.glob("functions-*.jsonl.gz")):
        rows = read(path)
        kept = []
        for row in rows:
            reason = (
                "name"
                if builder.excluded(row["repo"])
                else "code"
                if not plain_windows(row["code"]).isdisjoint(forbidden)
                else ""
            )
            reason = reason or ("repeated id" if row["id"] in ids else "")
            if reason:
                dropped[f"{reason} {row['repo']}"] += 1
            else:
                kept.append(row)
        here = {row["id"] for row in kept}
        ids |= here
        if len(kept) < len(rows):
            write(path, kept)
        other = path.with_name(path.name.replace("functions-", "pairs-"))
        pairs = read(other)
        left = [pair for pair in pairs if pair["f"] in here and pair["q"].strip()]
        if len(left) < len(pairs):
            dropped["pairs"] += len(pairs) - len(left)
            write(other, left)
    print(f"{len(ids)} functions, dropped {dict(dropped)}")


if __name__ == "__main__":
    main()
