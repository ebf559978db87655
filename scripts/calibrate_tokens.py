"""How many tokens a text has for readers whose vocabulary does not ship: weights, margins and errors, from real ones.

    python scripts/calibrate_tokens.py REPOSITORIES --rows rows.json --vocabulary qwen=tokenizer.json ... [--write]

REPOSITORIES: a folder of git repositories, bare or not, one or two levels down. Of each, up to six files of every
language are read at HEAD (600 to 30,000 bytes); of translated prose, more. A vocabulary is a tokenizer.json, Mistral's
tekken.json, or an encoding of tiktoken (tiktoken:cl100k_base). The rows keep the texts and what was counted, so that
another vocabulary needs no second reading. Weights are fitted on one half of the repositories, margins and errors are
those of the other half. --write puts them into ``longzip/models/readers.toml``.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longzip import Source
from longzip.formats.grammar.languages import fence
from longzip.models.estimates import FEATURES, TABLE, features, kind_of

SMALLEST, LARGEST = 600, 30_000  # bytes
PER_REPOSITORY, PER_KIND = 6, 80
TRANSLATED = {".md": 300, ".po": 60, ".rst": 12, ".txt": 12}  # of one repository, looked at for other scripts
READ = {".csv", ".svg", ".xml", ".hs", ".rst", ".txt", ".po"}  # beside the languages that have a grammar
FEW = 40  # files below which a language has no row of its own
FLOAT = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", type=Path, metavar="REPOSITORIES")
    parser.add_argument("--rows", type=Path, required=True, metavar="FILE")
    parser.add_argument("--vocabulary", action="append", default=[], metavar="NAME=PLACE")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows = json.loads(options.rows.read_text("utf-8")) if options.rows.exists() else sampled(options.repositories)
    for name, _, place in (given.partition("=") for given in options.vocabulary):
        if name not in rows[0]["tokens"]:
            count = counter(place)
            for row in rows:
                row["tokens"][name] = count(row["text"])
            options.rows.write_text(json.dumps(rows), "utf-8")
    matrix = np.array([features(row["text"]) for row in rows], dtype=float)
    held = np.array([half(row) for row in rows], dtype=bool)
    found = {name: measured(name, rows, matrix, held) for name in rows[0]["tokens"]}
    print(
        f"{len(rows):,} files, {len({row['repository'] for row in rows})} repositories, {held.sum():,} files held out"
    )
    for name, text in found.items():
        print(name, text.splitlines()[1], text.splitlines()[3], sep="\n  ")
    if options.write:
        kept = TABLE.read_text("utf-8").partition("# --- measured")[0]
        note = "# --- measured, by scripts/calibrate_tokens.py\n"
        TABLE.write_text(kept + note + "".join(found.values()), "utf-8")


def sampled(place: Path) -> list[dict[str, Any]]:
    """Files of many languages: repository, path, kind, text, and no counts yet. The same on every run."""
    draw = random.Random(7)
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    folders = sorted({head.parent for depth in ("*", "*/*", "*/.git") for head in place.glob(f"{depth}/HEAD")})
    for folder in folders:
        for _, files in sorted(listed(folder).items()):
            for path, blob in draw.sample(files, len(files))[: most(files[0][0])]:
                text = git(folder, "cat-file", "blob", blob).decode("utf-8", "replace")
                if "\ufffd" not in text and "\0" not in text:
                    source = Source(path, text)
                    kind = kind_of(text, fence(source) or Path(path).suffix[1:].lower())
                    name = folder.parent.name if folder.name in ("repo", ".git") else folder.name
                    kinds[kind].append({"repository": name, "path": path, "kind": kind, "text": text, "tokens": {}})
    return [row for _, found in sorted(kinds.items()) for row in draw.sample(found, min(len(found), PER_KIND))]


def most(path: str) -> int:
    return TRANSLATED.get(Path(path).suffix.lower(), PER_REPOSITORY)


def listed(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """(path, blob) of the files at HEAD, by language or ending."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in git(folder, "ls-tree", "-r", "-l", "-z", "HEAD").decode("utf-8", "replace").split("\0"):
        facts, _, path = line.partition("\t")
        mode, _, blob, size = facts.split() if path else ("", "", "", "")
        ending = Path(path).suffix.lower()
        kind = fence(Source(path, "")) or (ending if ending in READ else "")
        if kind and mode.startswith("100") and size.isdigit() and SMALLEST <= int(size) <= LARGEST:
            found[kind].append((path, blob))
    return found


def git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False).stdout


def counter(place: str) -> Callable[[str], int]:
    """What counts as the real reader does."""
    if place.endswith("tekken.json") or place.startswith("tiktoken:") or "tekken" in Path(place).name:
        import tiktoken

        encoding = tiktoken.get_encoding(place[9:]) if place.startswith("tiktoken:") else tekken(Path(place))
        return lambda text: len(encoding.encode(text, disallowed_special=()))
    from longzip.models.tokenizers import load_tokenizer

    return load_tokenizer(place).count


def tekken(path: Path) -> Any:
    import tiktoken

    read = json.loads(path.read_text("utf-8"))
    size = read["config"]["default_vocab_size"] - read["config"]["default_num_special_tokens"]
    ranks = {base64.b64decode(row["token_bytes"]): row["rank"] for row in read["vocab"][:size]}
    return tiktoken.Encoding("tekken", pat_str=read["config"]["pattern"], mergeable_ranks=ranks, special_tokens={})


def half(row: dict[str, Any]) -> int:
    """0 or 1, the same for all files of a repository; of other scripts, which few have, by file."""
    key = row["path"] if row["kind"] in ("cjk", "other scripts", "accented prose") else row["repository"]
    return zlib.crc32(key.encode()) % 2


def measured(name: str, rows: Sequence[dict[str, Any]], matrix: FLOAT, held: NDArray[np.bool_]) -> str:
    """A vocabulary as it stands in the table."""
    kinds = np.array([row["kind"] for row in rows])
    real = np.array([row["tokens"][name] for row in rows], dtype=float)
    weights = np.round(fitted(matrix[~held], real[~held], kinds[~held]), 3)
    ratio = real / (matrix @ weights)
    margin = np.ceil(np.quantile(ratio[held], 0.99) * 100) / 100
    spread = np.quantile(np.abs(ratio[held] - 1), 0.9)
    lines = [f"[vocabularies.{json.dumps(name)}]", f"margin = {margin:.2f}  # over in {over(ratio, margin)} files"]
    lines.append(
        "weights = {" + ", ".join(f"{key} = {weight:g}" for key, weight in zip(FEATURES, weights, strict=True)) + "}"
    )
    lines.append(f"spread = {spread:.3f}")
    lines.append(f"[vocabularies.{json.dumps(name)}.errors]")
    lines += [
        f"{json.dumps(kind)} = [{np.mean(part):.3f}, {np.quantile(part, 0.99):.3f}, {len(part)}]"
        for kind, part in parts(kinds, ratio)
    ]
    return "\n".join(lines) + "\n"


def over(ratio: FLOAT, margin: float) -> str:
    return f"{int((ratio > margin).sum()):,} of {len(ratio):,}"


def parts(kinds: NDArray[np.str_], ratio: FLOAT) -> Iterator[tuple[str, FLOAT]]:
    names, sizes = np.unique(kinds, return_counts=True)
    for kind in names[sizes >= FEW]:
        yield kind, ratio[kinds == kind]
    yield "others", ratio[np.isin(kinds, names[sizes < FEW])]


def fitted(matrix: FLOAT, real: FLOAT, kinds: NDArray[np.str_]) -> FLOAT:
    """Weights of at least 0 with the least squared relative error, every kind counting by the root of its size."""
    size = dict(zip(*np.unique(kinds, return_counts=True), strict=True))
    share = np.array([size[kind] ** -0.25 for kind in kinds])
    scaled = matrix / real[:, None] * share[:, None]
    square, aim = scaled.T @ scaled, scaled.T @ share
    weights = np.zeros(len(aim))
    for _ in range(2_000):
        for at in np.flatnonzero(square.diagonal()):
            weights[at] = max(0.0, weights[at] + (aim[at] - square[at] @ weights) / square[at, at])
    return weights


if __name__ == "__main__":
    main()
